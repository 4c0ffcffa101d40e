/**
 * Fair regions: sets of states in which a run can stay for ever without anybody being treated unfairly. Strong fairness: what is
 * possible again and again is done again and again, for each task and, where asked for, for each alternative of each choice.
 *
 * This is emptiness of a Streett automaton, by components: in a strongly connected set of states, if something is possible
 * somewhere that is done nowhere inside, no fair run passes again and again through the states where it is possible; without them
 * the set falls apart into smaller ones, which are looked at in the same way. What is left in the end is fair as a whole.
 */
import { choicesOf } from './alternatives.ts'
import type { Graph } from './graph.ts'
import { createOrbits, NOBODY_MOVES, type Orbits } from './orbits.ts'
import type { Search } from './search.ts'
import { BREATH, type Work } from './work.ts'

export interface Region {
  /** The mark of its states, in `Fairness.of`. */
  readonly id: number
  readonly states: Int32Array
}

/** What a region is fair to. */
export type FairTo = 'tasks' | 'choices'

export interface Fairness {
  /** Per state the mark of the region it was last found to be in; 0 for none. */
  readonly of: Int32Array
  /** Takes states, all of one strongly connected set, for a region. */
  region(states: Int32Array): Region
  /** The fair regions within one; states in which a task of `without` could move are left out. */
  refine(region: Region, to: FairTo, without?: number): Work<Region[]>
  /** The tasks that can move in a state. */
  enabled(state: number): number
  /** Under the names of the state: numbers of the alternatives that are open in a state, and of those that an edge out of it takes (at most one). */
  alternatives(state: number): number[]
  alternativeOf(state: number, edge: number): number | undefined
}

/** What fairness rests on; only tests that break it pass any. */
export interface FairRules {
  /** Of the tasks that can move in some state of a region, and those that can in all, the ones that have a right to. */
  entitled(somewhere: number, everywhere: number): number
  /** Whether what is left after taking states out is looked at again. */
  readonly again: boolean
  /** Whether moves that lead nowhere (the kernel stops, a variable leaves its domain) count as possible. */
  readonly open: boolean
  /** Whether equal tasks that come back as each other count together. */
  readonly joins: boolean
}

export const STRONG: FairRules = {
  entitled: (somewhere) => somewhere,
  again: true,
  open: true,
  joins: true,
}

/** Bytes per state that finding the regions takes. */
export const FAIR_BYTES = 28

export function createFairness(search: Search, graph: Graph, rules: FairRules = STRONG): Fairness {
  const { states, first, target, task, open } = graph
  const { linked, symmetry } = search
  const orbits: Orbits =
    symmetry?.follows && rules.joins
      ? createOrbits(graph, symmetry, linked.automata.length)
      : NOBODY_MOVES
  const tasks = linked.automata.length
  const of = new Int32Array(states)
  const number = new Int32Array(states)
  const next = new Int32Array(states)
  const root = new Uint8Array(states)
  const stacks = new Int32Array(states)
  const choices = choicesOf(search)
  /** Per alternative: the round in which it was last seen to be possible, and done. */
  const possible = new Int32Array(choices.count)
  const done = new Int32Array(choices.count)
  let round = 0
  let ids = 0

  const region = (list: Int32Array): Region => {
    const id = ++ids
    for (const s of list) of[s] = id
    return { id, states: list }
  }

  const enabled = (s: number): number => {
    let mask = 0
    for (let e = first[s] as number; e < (first[s + 1] as number); e++)
      mask |= 1 << (task[e] as number)
    if (open[s] === 1 && rules.open)
      search.again(s, s + 1, (_, t) => {
        mask |= 1 << t
      })
    return mask
  }

  const one = (t: number, s: number): number => orbits.one(t, s)

  const alternatives = (s: number): number[] => {
    const list: number[] = []
    choices.open(s, (a) => list.push(a))
    return list
  }

  const alternativeOf = (s: number, edge: number): number | undefined => {
    const t = task[edge] as number
    const begin = choices.first(s, t)
    if (begin === undefined) return undefined
    let nth = 0
    for (let e = first[s] as number; e < edge; e++) if (task[e] === t) nth++
    return choices.live(begin, nth)
  }

  /** Does something with every state of a region, with breaks. */
  function* each({ states: list }: Region, f: (s: number) => void): Work<void> {
    for (let i = 0; i < list.length; ) {
      for (const until = Math.min(list.length, i + BREATH); i < until; i++) f(list[i] as number)
      yield { what: 'fairness', done: i, of: list.length }
    }
  }

  /** Notes which alternatives are possible and done in a region, by any of those who come back as each other. */
  function* noteChoices(r: Region): Work<void> {
    round++
    const seen = new Int32Array(tasks)
    yield* each(r, (s) => {
      choices.open(s, notePossible, one)
      seen.fill(0)
      for (let e = first[s] as number; e < (first[s + 1] as number); e++) {
        const t = task[e] as number
        const nth = seen[t] as number
        seen[t] = nth + 1
        if (of[target[e] as number] !== r.id) continue
        const begin = choices.first(s, t, one)
        const a = begin === undefined ? undefined : choices.live(begin, nth)
        if (a !== undefined) done[a] = round
      }
    })
  }
  const notePossible = (a: number): void => {
    possible[a] = round
  }

  /** What is possible in a region and never done there: which of its states must go. */
  function* unfairStates(r: Region, to: FairTo): Work<((s: number) => boolean) | undefined> {
    let [somewhere, everywhere, moved] = [0, -1, 0]
    yield* orbits.settle(r, of)
    yield* each(r, (s) => {
      let [can, does] = [0, 0]
      for (let e = first[s] as number; e < (first[s + 1] as number); e++) {
        const mover = 1 << (task[e] as number)
        can |= mover
        if (of[target[e] as number] === r.id) does |= mover
      }
      if (open[s] === 1) can |= enabled(s)
      can = orbits.all(can, s)
      somewhere |= can
      everywhere &= can
      moved |= orbits.all(does, s)
    })
    const wronged = rules.entitled(somewhere, everywhere) & ~moved
    if (wronged !== 0) return (s) => (orbits.all(enabled(s), s) & wronged) !== 0
    if (to === 'tasks' || choices.count === 0) return undefined
    yield* noteChoices(r)
    const missed = (a: number): boolean => possible[a] === round && done[a] !== round
    if (!possible.some((_, a) => missed(a))) return undefined
    const isMissed = Uint8Array.from(possible, (_, a) => (missed(a) ? 1 : 0))
    return (s) => {
      let out = false
      const look = (a: number): void => {
        out ||= isMissed[a] === 1
      }
      choices.open(s, look, one)
      return out
    }
  }

  /** Strongly connected sets, with an edge inside, of the states that bear the mark `id`. */
  function* components(list: Int32Array, id: number): Work<Region[]> {
    const found: Region[] = []
    let order = 0
    let depth = 0
    let top = states
    for (const s of list) number[s] = 0
    const enter = (v: number): void => {
      stacks[depth++] = v
      number[v] = ++order
      next[v] = first[v] as number
      root[v] = 1
    }
    const close = (v: number): void => {
      const mark = number[v] as number
      const begin = top
      while (top < states && (number[stacks[top] as number] as number) >= mark) top++
      const whole = new Int32Array(top - begin + 1)
      whole.set(stacks.subarray(begin, top))
      whole[top - begin] = v
      if (whole.length > 1 || hasLoop(graph, v)) found.push(region(whole))
      else of[v] = 0
    }
    const walk = (steps: number): void => {
      for (let n = 0; n < steps && depth > 0; n++) {
        const v = stacks[depth - 1] as number
        const e = next[v] as number
        if (e < (first[v + 1] as number)) {
          const w = target[e] as number
          if (of[w] === id && number[w] === 0) {
            enter(w)
            continue
          }
          next[v] = e + 1
          // What is closed has lost the mark.
          if (of[w] === id && (number[w] as number) < (number[v] as number)) {
            number[v] = number[w] as number
            root[v] = 0
          }
          continue
        }
        depth--
        if (root[v] === 1) close(v)
        else stacks[--top] = v
      }
    }
    let breath = BREATH
    for (const s of list) {
      if (of[s] !== id || number[s] !== 0) continue
      enter(s)
      while (depth > 0) {
        walk(BREATH)
        if (order < breath) continue
        breath += BREATH
        yield { what: 'fairness', done: order, of: list.length }
      }
    }
    return found
  }

  function* refine(whole: Region, to: FairTo, without = 0): Work<Region[]> {
    const fair: Region[] = []
    let todo: Region[] = [whole]
    if (without !== 0) todo = yield* leaving(whole, (s) => (enabled(s) & without) !== 0)
    for (let r = todo.pop(); r; r = todo.pop()) {
      const unfair = yield* unfairStates(r, to)
      if (!unfair) fair.push(r)
      else if (rules.again) todo.push(...(yield* leaving(r, unfair)))
      else fair.push(...(yield* leaving(r, unfair)))
    }
    return fair
  }

  function* leaving(r: Region, out: (s: number) => boolean): Work<Region[]> {
    // Those that stay keep the mark until they have another one.
    const stays: number[] = []
    yield* each(r, (s) => {
      if (out(s)) of[s] = 0
      else stays.push(s)
    })
    const stay = Int32Array.from(stays)
    return yield* components(stay, r.id)
  }

  return { of, region, refine, enabled, alternatives, alternativeOf }
}

export function hasLoop({ first, target }: Graph, s: number): boolean {
  for (let e = first[s] as number; e < (first[s + 1] as number); e++)
    if (target[e] === s) return true
  return false
}
