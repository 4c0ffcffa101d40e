/**
 * Shortest schedules and, among the shortest, one with the fewest context switches.
 *
 * The first is what breadth-first search gives. For the second, going forward one depth at a time, every state learns for each
 * task that could have moved last the fewest switches of any shortest way that ends so. One pass serves all targets.
 * Among equals the lowest task and then the lowest state is taken, so the answer does not depend on anything but the world.
 */
import { evaluate } from '@mmulab/model'
import type { EdgeAt, Target } from './findings.ts'
import { type Graph, sourceOf } from './graph.ts'
import { at } from './layout.ts'
import { nodeAt } from './node-plan.ts'
import type { Move } from './result.ts'
import type { Search } from './search.ts'
import { BREATH, type Budget, createBudget, ifThereIsMemory, type Work } from './work.ts'

export interface Shortest {
  readonly target: Target
  readonly moves: readonly Move[]
  /** The states passed, the initial one first; a move that only breaks a promise adds none. */
  readonly states: readonly number[]
  readonly switches: number
  readonly fewestSwitches: boolean
}

export interface Schedules {
  /** The best way to one of `targets`, all of which are reached by `depth` moves, or `undefined` if there are none. */
  best(targets: readonly Target[], depth: number): Work<Shortest | undefined>
}

/** Numbers of switches that may be kept: states times tasks. */
const CELLS = 2 ** 26
const NEVER = 0xffff

/** `graph`: edges of as many states as there is room for; without them the way is found, but not the fewest switches. */
export function createSchedules(
  search: Search,
  graphOf: (states: number) => Work<Graph | undefined>,
  budget: Budget = createBudget(Number.POSITIVE_INFINITY),
): Schedules {
  const tasks = search.linked.automata.length
  /** fewest[s * tasks + t]: switches of the best shortest way to `s` whose last move is by `t`. */
  let fewest = new Uint16Array(0)
  let known = 0

  const levelStart = (d: number): number => search.levels[d] ?? search.states

  /** Fills `fewest` up to the states of depth `d`; false where there is no room for it. */
  function* fill(graph: Graph, d: number): Work<boolean> {
    if (known > d) return true
    const cells = levelStart(d + 1) * tasks
    if (!budget.take((cells - fewest.length) * 2)) return false
    const grown = new Uint16Array(cells).fill(NEVER)
    grown.set(fewest)
    fewest = grown
    const begin = Math.max(0, known - 1)
    let breath = levelStart(begin) + BREATH
    for (let level = begin; level < d; level++) {
      const to = levelStart(level + 1)
      for (let s = levelStart(level); s < to; ) {
        const until = Math.min(to, breath)
        pass(graph, level, s, until)
        s = until
        if (s < breath) continue
        breath += BREATH
        yield { what: 'switches', done: s, of: levelStart(d) }
      }
    }
    known = d + 1
    return true
  }

  /** What states of one level, from one on and before another, mean for those of the next. */
  function pass(graph: Graph, level: number, from: number, until: number): void {
    const [to, end] = [levelStart(level + 1), levelStart(level + 2)]
    for (let s = from; s < until; s++) {
      const other = leastOf(s) + 1
      for (let e = graph.first[s] as number; e < (graph.first[s + 1] as number); e++) {
        const next = graph.target[e] as number
        if (next < to || next >= end) continue
        const t = graph.task[e] as number
        const cost = level === 0 ? 0 : Math.min(fewest[s * tasks + t] as number, other, NEVER - 1)
        const cell = next * tasks + t
        if (cost < (fewest[cell] as number)) fewest[cell] = cost
      }
    }
  }

  function leastOf(s: number): number {
    let least: number = NEVER
    for (let t = 0; t < tasks; t++) least = Math.min(least, fewest[s * tasks + t] as number)
    return least
  }

  /** Switches on the way to a target; its state is `d` moves from the start. */
  const costOf = (target: Target, d: number): number => {
    if (d === 0) return 0
    const least = leastOf(target.state)
    if (!target.move) return least
    return Math.min(at(fewest, target.state * tasks + target.move.task), least + 1)
  }

  function withFewest(
    graph: Graph,
    targets: readonly Target[],
    first: Target,
    depth: number,
  ): Shortest {
    let target = first
    let switches = costOf(first, stateDepth(first, depth))
    for (const t of targets) {
      const cost = costOf(t, stateDepth(t, depth))
      if (cost < switches || (cost === switches && compareTargets(t, target) < 0)) {
        target = t
        switches = cost
      }
    }
    let s = target.state
    let budget = switches
    let after = target.move?.task
    const states = [s]
    const moves: Move[] = target.move ? [moveOf(search, s, target.move)] : []
    for (let level = stateDepth(target, depth); level > 0; level--) {
      // The last task before `after` that keeps the number of switches.
      const last = range(tasks).find(
        (t) => at(fewest, s * tasks + t) + (after !== undefined && t !== after ? 1 : 0) === budget,
      )
      if (last === undefined) throw new Error('the count of switches has no way back')
      budget = at(fewest, s * tasks + last)
      const before = level === 1 ? undefined : budget
      const edge = edgeInto(graph, s, last, levelStart(level - 1), levelStart(level), (p) =>
        before === undefined
          ? true
          : Math.min(at(fewest, p * tasks + last), leastOf(p) + 1) === before,
      )
      const p = sourceOf(graph, edge)
      moves.unshift(moveOf(search, p, nthEdge(search, p, edge - at(graph.first, p))))
      s = p
      after = last
      states.unshift(s)
    }
    return { target, moves, states, switches, fewestSwitches: true }
  }

  return {
    *best(targets, depth) {
      const first = targets[0]
      if (!first) return undefined
      const d = deepest(targets, depth)
      const fits = levelStart(d + 1) * tasks <= CELLS && d < NEVER
      const graph = fits ? yield* graphOf(levelStart(d)) : undefined
      return graph && (yield* ifThereIsMemory(fill(graph, d)))
        ? withFewest(graph, targets, first, depth)
        : anyShortest(search, first, depth)
    },
  }
}

const range = (n: number): number[] => Array.from({ length: n }, (_, i) => i)

const stateDepth = (t: Target, depth: number): number => (t.move ? depth - 1 : depth)

const deepest = (targets: readonly Target[], depth: number): number =>
  targets.some((t) => !t.move) ? depth : depth - 1

const compareTargets = (a: Target, b: Target): number =>
  (a.move?.task ?? -1) - (b.move?.task ?? -1) ||
  a.state - b.state ||
  (a.move?.edge ?? 0) - (b.move?.edge ?? 0)

/** The first edge by `task` into `s` from a state between `from` and `to` that is good. */
function edgeInto(
  graph: Graph,
  s: number,
  task: number,
  from: number,
  to: number,
  good: (source: number) => boolean,
): number {
  const targets = graph.target.subarray(0, at(graph.first, to))
  let e = targets.indexOf(s, at(graph.first, from))
  for (; e >= 0; e = targets.indexOf(s, e + 1))
    if (graph.task[e] === task && good(sourceOf(graph, e))) return e
  throw new Error('a state has no way back')
}

/** One of the shortest ways, found backwards by expanding each depth again: takes no memory, and as long as the search did. */
function anyShortest(search: Search, target: Target, depth: number): Shortest {
  const { batch, layout, sites, levels } = search
  const stride = layout.words + 1
  const moves: Move[] = target.move ? [moveOf(search, target.state, target.move)] : []
  const states = [target.state]
  for (let level = stateDepth(target, depth); level > 0; level--) {
    const wanted = at(states, 0)
    const end = levels[level] ?? search.states
    for (let from = at(levels, level - 1); from < end; ) {
      const next = search.again(from, end, () => {})
      const total = at(batch.ends, next - from - 1) / stride
      const k = batch.slots.subarray(0, total).indexOf(wanted)
      if (k >= 0) {
        const source = from + batch.ends.findIndex((e) => e / stride > k)
        const site = at(sites, at(batch.succ, k * stride + stride - 1))
        moves.unshift(moveOf(search, source, site))
        states.unshift(source)
        break
      }
      from = next
    }
  }
  const switches = moves.filter((m, i) => i > 0 && moves[i - 1]?.task !== m.task).length
  return { target, moves, states, switches, fewestSwitches: switches === 0 }
}

/** The edge behind the `nth` successor of a state. */
export function nthEdge(search: Search, state: number, nth: number): EdgeAt {
  const { batch, sites, layout } = search
  const stride = layout.words + 1
  search.again(state, state + 1, () => {})
  return at(sites, at(batch.succ, nth * stride + stride - 1))
}

/** The move that takes an edge. Where edges do the same, generated code names the first; the answer is made exact here. */
export function moveOf(search: Search, state: number, edge: EdgeAt): Move {
  const automaton = at(search.linked.automata, edge.task)
  const node = nodeAt(automaton, edge.node)
  const answer =
    node.kind === 'choose' || node.edges.length === 1
      ? at(node.edges, edge.edge).answer
      : evaluate(node.answer, search.reader(state))
  return { task: edge.task, answer }
}
