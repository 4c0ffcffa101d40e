/**
 * Breadth-first search over all states of a world, in slices. States are numbered in the order in which they are found, so
 * every depth is a range of numbers, and the same world always gives the same numbers.
 */
import type { Variable } from '@mmulab/model'
import type { Reduction } from './alone.ts'
import type { Linked } from './automaton.ts'
import type { Findings } from './findings.ts'
import { type Batch, generate, sitesOf } from './generate.ts'
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
import type { Site } from './node-code.ts'
import { createObserver } from './observer.ts'
import { Store, type StoreLimits } from './store.ts'
import { train } from './training.ts'

export interface SearchOptions extends StoreLimits {
  /** States that may be stored. */
  readonly maxStates?: number | undefined
}

export interface Search {
  readonly linked: Linked
  readonly layout: Layout
  /** Expands at most `limit` states. Does nothing any more when `done`. */
  run(limit: number): void
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
  readonly findings: Findings
  /** Names of marks that were passed and numbers of `sometimes` expressions that held. */
  readonly marks: ReadonlySet<string>
  readonly sometimes: ReadonlySet<number>
  /** Variables that would have left their domains, in the order in which it was noticed. */
  readonly exceeded: ReadonlySet<Variable>
  /** Smallest and largest value of each measure; undefined when it was never taken. */
  measured(index: number): { readonly min: number; readonly max: number } | undefined
  /** Whether the node's guard has held. */
  wasReached(task: number, node: number): boolean
  /** Packed states, one after another. */
  readonly packed: Int32Array
  stateAt(index: number): Unpacked
  /** Reads the variables of a state. */
  reader(state: number): (v: Variable) => number
  /** The node at which a task is. */
  nodeAt(state: number, task: number): number
  /**
   * The successors of the states from `from` to the returned number, looked up: `slots` of the batch has their numbers. `open`
   * hears of states that have a move beyond which nothing is known. For expanded states only.
   */
  again(from: number, to: number, open: (state: number) => void): number
  readonly batch: Batch
  readonly sites: readonly Site[]
}

/** States after which it pays to have the generated code compiled well. */
const TRAINING = 1 << 11

export function createSearch(
  linked: Linked,
  layout: Layout,
  options: SearchOptions = {},
  reduction?: Reduction,
): Search {
  const limit = options.maxStates ?? 2 ** 30
  const sites = sitesOf(linked.automata)
  const observer = createObserver(linked, sites)
  const program = generate(linked, layout, observer.watches, observer.listener, reduction)
  const store = new Store(layout.words, options)
  const { batch } = program
  const stride = layout.words + 1
  const levels = [0]
  let levelEnd = 1
  let expanded = 0
  let moves = 0
  let stopped: string | undefined
  let done = false
  let trained = false
  /** What was of interest before states were expanded again. */
  let awake: Uint8Array | undefined

  const begin = initialState(linked)
  store.states.set(pack(layout, begin.pcs, begin.values))
  store.count = 1
  program.rehash(store.states, 1, store.table, store.table.length, store.bits)
  observer.enter(0, program.live)

  const stop = (why: string): void => {
    stopped = why
    done = true
  }

  const prepare = (): void => {
    observer.rerun = () => {}
    train(program, linked, layout)
    observer.rerun = undefined
    trained = true
  }

  /** One batch; false when a limit was met. */
  const step = (to: number): boolean => {
    const next = program.expand(store.states, expanded, to)
    const count = at(batch.ends, next - expanded - 1) / stride
    if (!store.reserve(count, program)) {
      stop(`memory is exhausted after ${store.count} states`)
      return false
    }
    const { states, table, bits } = store
    const n = program.insert(states, table, table.length, bits, count, store.count, limit)
    store.count = n < 0 ? -1 - n : n
    if (n < 0) stop(`the limit of ${limit} states was met`)
    else {
      moves += count
      expanded = next
    }
    return n >= 0
  }

  return {
    linked,
    layout,
    findings: observer.findings,
    marks: observer.marks,
    sometimes: observer.sometimes,
    exceeded: observer.exceeded,
    levels,
    batch,
    sites,
    get done() {
      return done
    },
    get stopped() {
      return stopped
    },
    get states() {
      return store.count
    },
    get expanded() {
      return expanded
    },
    get transitions() {
      return moves + observer.halts
    },
    get depth() {
      return levels.length - 1
    },
    get bytes() {
      return store.bytes
    },
    get packed() {
      return store.states
    },
    run(most) {
      if (awake) program.live.set(awake)
      awake = undefined
      const until = expanded + most
      while (!done && expanded < until) {
        if (expanded === levelEnd) {
          levels.push(levelEnd)
          levelEnd = store.count
          observer.enter(levels.length - 1, program.live)
        }
        if (!trained && expanded >= TRAINING) prepare()
        if (!step(Math.min(levelEnd, until))) return
        if (expanded === store.count) done = true
      }
    },
    measured(i) {
      const min = at(program.least, i)
      const max = at(program.most, i)
      return min > max ? undefined : { min, max }
    },
    wasReached(task, node) {
      const first = sites.findIndex((s) => s.task === task && s.node === node)
      return program.hit[first] === 1
    },
    stateAt: (index) => unpack(layout, store.states, index * layout.words),
    reader: (state) => (v) => readField(fieldFor(layout, v), store.states, state * layout.words),
    nodeAt: (state, task) => readField(at(layout.pcs, task), store.states, state * layout.words),
    again(from, to, open) {
      awake ??= program.live.slice()
      program.live.fill(0)
      observer.rerun = open
      try {
        const next = program.expand(store.states, from, to)
        const count = at(batch.ends, next - from - 1) / stride
        const { states, table, bits } = store
        program.resolve(states, table, table.length, bits, count)
        return next
      } finally {
        observer.rerun = undefined
      }
    },
  }
}
