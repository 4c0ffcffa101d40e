/**
 * Breadth-first search over all states of a world, in slices. States are numbered in the order in which they are found, so
 * every depth is a range of numbers, and the same world always gives the same numbers.
 */
import type { Variable } from '@mmulab/model'
import type { Reduction } from './alone.ts'
import type { Linked } from './automaton.ts'
import type { EngineOptions } from './engine.ts'
import { createEngine } from './engines.ts'
import { orbitsOfPlaces } from './exchange.ts'
import type { Findings } from './findings.ts'
import { type Batch, sitesOf } from './generate.ts'
import {
  at,
  fieldFor,
  initialState,
  type Layout,
  pack,
  readField,
  type Unpacked,
  unpack,
} from './layout.ts'
import type { Site } from './node-plan.ts'
import { createObserver } from './observer.ts'
import { damaged, faultOf, type Saved, statesOf } from './saved.ts'
import { type Symmetry, withTwins } from './symmetry.ts'

export type SearchOptions = EngineOptions

export interface Search {
  /** What is explored: without what nobody needs to know, where slicing was asked for. */
  readonly linked: Linked
  /** With that: who could ever wake whom is asked of it. */
  readonly whole: Linked
  /** Interleavings were left out: only what the reductions are proved for may be asked of its states. */
  readonly reduced: boolean
  readonly layout: Layout
  /** States stand for those that exchanges of tasks make of them. */
  readonly symmetry: Symmetry | undefined
  /** Expands at most `limit` states. Does nothing any more when `done`. */
  run(limit: number): void
  /** Set where `run` could not go on before somebody has answered. */
  readonly wait: Promise<void> | undefined
  /** All states are expanded, or a limit was met. */
  readonly done: boolean
  /** Why the search ended before all states were expanded. */
  readonly stopped: string | undefined
  readonly states: number
  readonly expanded: number
  readonly transitions: number
  /** Depth of the states that are being expanded; at the end, of the last ones. */
  readonly depth: number
  /** Number of the first state of each depth. */
  readonly levels: readonly number[]
  readonly bytes: number
  /** Bytes that may still be taken; as many as there are, where nobody has set a limit. */
  readonly spare: number
  readonly findings: Findings
  /** Names of marks that were passed and numbers of `sometimes` expressions that held. */
  readonly marks: ReadonlySet<string>
  readonly sometimes: ReadonlySet<number>
  /** Variables that would have left their domains, in the order in which it was noticed. */
  readonly exceeded: ReadonlySet<Variable>
  /** Smallest and largest value of each measure; undefined when it was never taken. */
  measured(index: number): { readonly min: number; readonly max: number } | undefined
  /** Says of a task and its node whether the node's guard has held until now. */
  reached(): (task: number, node: number) => boolean
  /** Memories that the states are in. */
  readonly memories: number
  /** The array that a packed state is in, and where it begins there. */
  statesWith(state: number): Int32Array
  placeOf(state: number): number
  stateAt(index: number): Unpacked
  /** Reads the variables of a state. */
  reader(state: number): (v: Variable) => number
  /** The node at which a task is. */
  nodeAt(state: number, task: number): number
  /** Whether a task has begun something that it does at once: what can still happen is asked of the state after that. */
  isBetween(state: number): boolean
  /**
   * The successors of the states from `from` to the returned number, looked up: `slots` of the batch has their numbers. `open`
   * hears of states in which a task has a move beyond which nothing is known. For expanded states only.
   */
  again(from: number, to: number, open: (state: number, task: number, site: number) => void): number
  readonly batch: Batch
  readonly sites: readonly Site[]
  /** Those who help it go. If it runs on, it does so alone. */
  close(): void
  /** All of it, to go on from later. Good until the search runs again. */
  save(): Saved
}

/** `from`: where to go on, instead of beginning. @throws LabError CHECKPOINT_DAMAGED */
export function createSearch(
  whole: Linked,
  layout: Layout,
  options: SearchOptions = {},
  reduction?: Reduction,
  from?: Saved,
): Search {
  const linked = reduction?.explored ?? whole
  const sites = sitesOf(linked.automata)
  const observer = createObserver(linked, sites)
  const { watches, listener } = observer
  const deaf = (run: () => void): void => {
    observer.rerun = () => {}
    run()
    observer.rerun = undefined
  }
  const engine = createEngine({
    linked,
    layout,
    watches,
    listener,
    options,
    reduction,
    deaf,
  })
  const { symmetry } = reduction ?? {}
  const orbits = symmetry && orbitsOfPlaces(linked.automata, symmetry.exchanges)
  const inside = linked.automata.flatMap((_, t) => {
    const places = reduction?.alone?.tables.inside[t] ?? []
    return places.includes(true) ? [{ pc: at(layout.pcs, t), places }] : []
  })
  const levels = [0]
  let levelEnd = 1
  let expanded = 0
  /** Moves that were made before; and moves that stopped the kernel, of states that are done with. */
  let movesBefore = 0
  let halts = 0
  let stopped: string | undefined
  /** What was of interest before states were expanded again. */
  let awake: Uint8Array | undefined

  const isDone = (): boolean => stopped !== undefined || expanded === engine.count

  const goOn = (saved: Saved): void => {
    const fault = faultOf(saved, layout, engine)
    if (fault !== undefined) throw damaged(fault)
    const states = statesOf(saved)
    if (!engine.start(saved.states, states))
      stopped = `memory is exhausted by the ${saved.states} states of the checkpoint`
    // Whether it is whole is known at its end.
    while (!states.next().done);
    observer.goOn(saved.observed)
    for (const site of saved.hit) engine.hit[site] = 1
    engine.least.set(saved.least)
    engine.most.set(saved.most)
    levels.splice(0, 1, ...saved.levels)
    levelEnd = saved.levelEnd
    expanded = saved.expanded
    movesBefore = saved.moves
    halts = observer.halts
  }

  const begin = initialState(linked)
  if (from) goOn(from)
  else if (!engine.start(1, [pack(layout, begin.pcs, begin.values)]))
    stopped = 'memory is exhausted before the first state'
  observer.enter(levels.length - 1, engine.live)

  return {
    linked,
    whole,
    reduced: reduction !== undefined,
    layout,
    symmetry,
    findings: observer.findings,
    marks: observer.marks,
    sometimes: observer.sometimes,
    get exceeded() {
      return withTwins(observer.exceeded, symmetry)
    },
    levels,
    sites,
    get batch() {
      return engine.batch
    },
    get done() {
      return isDone()
    },
    get stopped() {
      return stopped
    },
    get states() {
      return engine.count
    },
    get expanded() {
      return expanded
    },
    get transitions() {
      return movesBefore + engine.moves + observer.halts
    },
    get depth() {
      return levels.length - 1
    },
    get bytes() {
      return engine.bytes
    },
    get spare() {
      return (options.maxBytes ?? Number.POSITIVE_INFINITY) - engine.bytes
    },
    get wait() {
      return engine.wait
    },
    get memories() {
      return engine.memories
    },
    statesWith: engine.statesWith,
    placeOf: engine.placeOf,
    run(most) {
      if (awake) engine.live.set(awake)
      awake = undefined
      const until = expanded + most
      while (!isDone() && expanded < until) {
        if (expanded === levelEnd) {
          levels.push(levelEnd)
          levelEnd = engine.count
          observer.enter(levels.length - 1, engine.live)
        }
        const next = engine.advance(expanded, Math.min(levelEnd, until))
        if (next > expanded) halts = observer.halts
        expanded = next
        stopped = engine.full
        if (engine.wait) break
      }
      if (isDone()) engine.close()
    },
    measured(i) {
      const min = at(engine.least, i)
      const max = at(engine.most, i)
      return min > max ? undefined : { min, max }
    },
    reached() {
      // What one of several equal tasks has come to, all of them can.
      const place = (task: number, node: number): number | string =>
        orbits?.[task]?.[node] ?? `${task} ${node}`
      const hit = sites.filter((_, i) => engine.hit[i] === 1)
      const places = new Set(hit.map(({ task, node }) => place(task, node)))
      return (task, node) => places.has(place(task, node))
    },
    save: () => ({
      words: layout.words,
      states: engine.count,
      expanded,
      moves: movesBefore + engine.moves,
      levels: [...levels],
      levelEnd,
      observed: { ...observer.save(expanded), halts },
      hit: Array.from(engine.hit.keys()).filter((site) => engine.hit[site] === 1),
      least: [...engine.least],
      most: [...engine.most],
      packed: engine.pieces(),
    }),
    close: () => engine.close(),
    stateAt: (index) => unpack(layout, engine.statesWith(index), engine.placeOf(index)),
    reader: (state) => (v) =>
      readField(fieldFor(layout, v), engine.statesWith(state), engine.placeOf(state)),
    nodeAt: (state, task) =>
      readField(at(layout.pcs, task), engine.statesWith(state), engine.placeOf(state)),
    isBetween: (state) =>
      inside.some(({ pc, places }) =>
        at(places, readField(pc, engine.statesWith(state), engine.placeOf(state))),
      ),
    again(from, to, open) {
      awake ??= engine.live.slice()
      engine.live.fill(0)
      observer.rerun = open
      try {
        return engine.look(from, to)
      } finally {
        observer.rerun = undefined
      }
    },
  }
}
