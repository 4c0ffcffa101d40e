/** The module of one world: the tasks, what is looked at in every state, and the set of states. */
import type { Linked } from '../automaton.ts'
import type { Watch } from '../generate.ts'
import type { Field, Layout } from '../layout.ts'
import { ALONE_GLOBALS } from './alone.ts'
import {
  add,
  and,
  encodeModule,
  eq,
  type FunctionCode,
  get,
  getGlobal,
  gt,
  I32,
  ints,
  load,
  loadByte,
  lt,
  mul,
  not,
  num,
  or,
  set,
  store,
  type Value,
  when,
} from './encoder.ts'
import { expandCode, exploreCode, gatherCode, LOG } from './explore.ts'
import { fieldOf, numberOf, truthOf, WORDS } from './expression.ts'
import type { MemoryLimits } from './host.ts'
import { type MemoryMap, REPORT_WORDS } from './memory-map.ts'
import { reportCode, type TaskContext, taskParts } from './node.ts'
import type { Rows } from './rows.ts'
import { claimCode, settleCode, spinCode } from './shares.ts'
import { seatCode, sieveCode } from './sieve.ts'
import { enterCode, forgetCode, insertCode, refillCode, resolveCode, siftCode } from './table.ts'
import { turnsOf, type WasmReduction } from './turns.ts'
import { tellCode } from './walk.ts'

/** Every worker has a region; a list is given by the number of its first successor. */
export interface Exports {
  /** Expands states from the first on, before the second and while batch and log have room; the first one not expanded. */
  expand(region: number, from: number, to: number): number
  /** Expands states and puts on the list what is not known to be known, until so many are on it; the first one not expanded. */
  gather(
    region: number,
    table: number,
    size: number,
    list: number,
    from: number,
    to: number,
    enough: number,
  ): number
  /**
   * Expands states and stores what is new, as long as nothing is reported and there are at most so many; the first one not expanded.
   * Leaves in the region how many successors were made, and how many states there are now.
   */
  explore(
    region: number,
    table: number,
    size: number,
    bits: number,
    states: number,
    from: number,
    to: number,
    most: number,
  ): number
  forget(region: number): void
  insert(
    region: number,
    table: number,
    size: number,
    bits: number,
    left: number,
    states: number,
    limit: number,
  ): number
  resolve(region: number, table: number, size: number, bits: number, count: number): void
  refill(
    region: number,
    table: number,
    size: number,
    bits: number,
    states: number,
    list: number,
    low: number,
    high: number,
  ): void
  seat(table: number, size: number, count: number): void
  sieve(region: number, table: number, size: number, bits: number, count: number): number
  claim(
    region: number,
    table: number,
    size: number,
    bits: number,
    states: number,
    low: number,
    high: number,
  ): void
  /** Stores what is new on a worker's list, after what is new on the lists before it; how much that was. */
  settle(worker: number, bits: number, states: number): number
  spin(address: number, value: number, patience: number): number
}

const REPORT_FUNCTION = 0
const FIRST_TASK = 2

export function moduleCode(
  linked: Linked,
  layout: Layout,
  watches: readonly Watch[],
  map: MemoryMap,
  memory: MemoryLimits,
  rows: Rows,
  reduced?: WasmReduction,
): Uint8Array<ArrayBuffer> {
  const cx: TaskContext = { layout, map, report: REPORT_FUNCTION }
  const parts = taskParts(linked.automata, cx, rows.compiled)
  const { words } = layout
  const tell = FIRST_TASK + parts.length
  const turns = turnsOf(linked, layout, map, rows, tell, reduced)
  const expand = tell + 1 + turns.functions.length
  const functions: FunctionCode[] = [
    reportFunction(map),
    lookCode(linked, watches, cx),
    ...parts.map((p) => p.code),
    tellCode(layout, map, parts, FIRST_TASK, REPORT_FUNCTION),
    ...turns.functions,
    expandCode(layout, map, turns),
    siftCode(words, map),
    gatherCode(words, map, expand, expand + 1),
    forgetCode(words, map),
    insertCode(words, map),
    resolveCode(words, map),
    enterCode(words, map),
    refillCode(expand + 6),
    seatCode(map),
    sieveCode(words, map),
    exploreCode(words, map, { expand, sift: expand + 1, insert: expand + 4 }),
    ...(map.workers > 1 ? [claimCode(words, map), settleCode(words, map), spinCode()] : []),
  ]
  return encodeModule({ functions, globals: ALONE_GLOBALS, memory })
}

/** (kind, state, what, assignment, value): notes it in the log. */
function reportFunction(map: MemoryMap): FunctionCode {
  const at = 5
  const size = REPORT_WORDS * 4
  const count = load(getGlobal(LOG), map.region.log)
  const body = [
    set(at, add(getGlobal(LOG), mul(count, num(size)))),
    [0, 1, 2, 3, 4].map((i) => store(get(at), get(i), map.region.log + 4 + i * 4)),
    store(getGlobal(LOG), add(count, num(1)), map.region.log),
  ]
  return { params: ints(5), results: [], locals: ints(1), body }
}

/** Invariants, `sometimes` and measures. The first parameter is not used: what is looked at sees a state as tasks do. */
function lookCode(linked: Linked, watches: readonly Watch[], cx: TaskContext): FunctionCode {
  const { layout, map } = cx
  const first = map.lengths.hit
  const x = WORDS + layout.words
  const isLive = (i: number): Value => loadByte(num(0), map.live + first + i)
  const watched = watches.map((w, i) => {
    const truth = truthOf(w.when, layout)
    return when(and(w.for ? truth : not(truth), isLive(i)), reportCode(cx, 'watched', i))
  })
  const measured = linked.measures.map((m, i) => {
    const cell = (at: number): Value => load(num(0), at + i * 4)
    const taken = m.when ? truthOf(m.when, layout) : finished(linked, layout)
    return when(
      isLive(watches.length + i),
      when(taken, [
        set(x, numberOf(m.value, layout)),
        when(
          or(lt(get(x), cell(map.least)), gt(get(x), cell(map.most))),
          reportCode(cx, 'measured', i, 0, get(x)),
        ),
      ]),
    )
  })
  const params = ints(WORDS + layout.words)
  return { params, results: [], locals: [I32], body: [watched, measured] }
}

/** By default a measure counts where all tasks but the daemons have finished. */
function finished(linked: Linked, layout: Layout): Value {
  const tests = linked.automata.map((a, task) => {
    const pc = fieldOf(layout.pcs[task] as Field)
    const ends = a.nodes.flatMap((n, i) => (n.kind === 'end' ? [eq(pc, num(i))] : []))
    return a.daemon ? num(1) : ends.reduce((x, y) => or(x, y), num(0))
  })
  return tests.reduce((x, y) => and(x, y), num(1))
}
