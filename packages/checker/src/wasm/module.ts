/** The module of one world: the tasks, what is looked at in every state, and the set of states. */
import type { Linked } from '../automaton.ts'
import type { Watch } from '../generate.ts'
import type { Field, Layout } from '../layout.ts'
import { ALONE_GLOBALS } from './alone.ts'
import {
  add,
  and,
  block,
  type Code,
  call,
  divUnsigned,
  encodeModule,
  eq,
  type FunctionCode,
  get,
  getGlobal,
  geUnsigned,
  gt,
  I32,
  ints,
  jump,
  jumpIf,
  load,
  loadByte,
  loop,
  lt,
  ltUnsigned,
  mul,
  not,
  num,
  or,
  select,
  set,
  setGlobal,
  shl,
  shrUnsigned,
  store,
  sub,
  when,
} from './encoder.ts'
import { fieldOf, numberOf, truthOf, WORDS } from './expression.ts'
import type { MemoryLimits } from './host.ts'
import { BATCH, type MemoryMap, REPORT_WORDS, REPORTS } from './memory-map.ts'
import { reportCode, type TaskContext, taskParts } from './node.ts'
import { claimCode, newCode, settleCode, spinCode } from './shares.ts'
import { seatCode, sieveCode } from './sieve.ts'
import {
  enterCode,
  forgetCode,
  insertCode,
  refillCode,
  resolveCode,
  siftCode,
  stateAt,
} from './table.ts'
import { type Turns, turnsOf, type WasmReduction } from './turns.ts'

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
  fresh(list: number, left: number): number
  settle(region: number, list: number, left: number, bits: number, first: number): void
  spin(address: number, value: number, patience: number): number
}

const REPORT_FUNCTION = 0
const LOOK_FUNCTION = 1
const FIRST_TASK = 2

export function moduleCode(
  linked: Linked,
  layout: Layout,
  watches: readonly Watch[],
  map: MemoryMap,
  memory: MemoryLimits,
  reduced?: WasmReduction,
): Uint8Array<ArrayBuffer> {
  const cx: TaskContext = { layout, map, report: REPORT_FUNCTION }
  const parts = taskParts(linked.automata, cx)
  const { words } = layout
  const turns = turnsOf(linked, layout, map, parts, FIRST_TASK, reduced)
  const expand = FIRST_TASK + parts.length + turns.functions.length
  const functions: FunctionCode[] = [
    reportFunction(map),
    lookCode(linked, watches, cx),
    ...parts.map((p) => p.code),
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
    ...(map.workers > 1
      ? [claimCode(words, map), newCode(map), settleCode(words, map), spinCode()]
      : []),
  ]
  return encodeModule({ functions, globals: ALONE_GLOBALS, memory })
}

/** The log of the worker whose states are expanded: the first of the globals. */
const LOG = 0

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

/** (region, table, size, list, from, to, enough) -> first state not expanded */
function gatherCode(words: number, map: MemoryMap, expand: number, sift: number): FunctionCode {
  const [REGION, TABLE, SIZE, LIST, FROM, TO, ENOUGH] = [0, 1, 2, 3, 4, 5, 6]
  const [NEXT, MADE, LEFT, MOVES] = [7, 8, 9, 10]
  const { region } = map
  const last = shl(sub(sub(get(NEXT), get(FROM)), num(1)), num(2))
  const end = load(add(get(REGION), last), region.ends)
  const sifted = call(sift, ...[REGION, TABLE, SIZE, MADE, LIST, LEFT].map((local) => get(local)))
  const body = [
    block(
      loop(
        jumpIf(1, geUnsigned(get(FROM), get(TO))),
        jumpIf(1, geUnsigned(get(LEFT), get(ENOUGH))),
        set(NEXT, call(expand, get(REGION), get(FROM), get(TO))),
        jumpIf(1, eq(get(NEXT), get(FROM))),
        set(MADE, divUnsigned(end, num(words + 1))),
        when(get(MADE), [set(LEFT, sifted), set(MOVES, add(get(MOVES), get(MADE)))]),
        set(FROM, get(NEXT)),
        jump(0),
      ),
    ),
    store(get(REGION), get(LEFT), region.left),
    store(get(REGION), get(MOVES), region.moves),
    get(FROM),
  ]
  return { params: ints(7), results: ints(1), locals: ints(4), body, name: 'gather' }
}

/** Invariants, `sometimes` and measures. The first parameter is not used: what is looked at sees a state as tasks do. */
function lookCode(linked: Linked, watches: readonly Watch[], cx: TaskContext): FunctionCode {
  const { layout, map } = cx
  const first = map.lengths.hit
  const x = WORDS + layout.words
  const isLive = (i: number): Code => loadByte(num(0), map.live + first + i)
  const watched = watches.map((w, i) => {
    const truth = truthOf(w.when, layout)
    return when(and(w.for ? truth : not(truth), isLive(i)), reportCode(cx, 'watched', i))
  })
  const measured = linked.measures.map((m, i) => {
    const cell = (at: number): Code => load(num(0), at + i * 4)
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
function finished(linked: Linked, layout: Layout): Code {
  const tests = linked.automata.map((a, task) => {
    const pc = fieldOf(layout.pcs[task] as Field)
    const ends = a.nodes.flatMap((n, i) => (n.kind === 'end' ? [eq(pc, num(i))] : []))
    return a.daemon ? num(1) : ends.reduce((x, y) => or(x, y), num(0))
  })
  return tests.reduce((x, y) => and(x, y), num(1))
}

/** (region, from, to) -> first state not expanded */
function expandCode(layout: Layout, map: MemoryMap, turns: Turns): FunctionCode {
  const { words } = layout
  const { region } = map
  const [REGION, FROM, TO] = [0, 1, 2]
  const [WORD, rest] = [3, 3 + words]
  const [OUT, FIRST, STATE, AT, LAST, END] = [0, 1, 2, 3, 4, 5].map((i) => rest + i) as Six
  const state = Array.from({ length: words }, (_, i) => get(WORD + i))
  const calls = turns.code({ out: OUT, state: STATE, words: WORD, more: rest + 6 })
  const body = [
    setGlobal(LOG, get(REGION)),
    set(FIRST, add(get(REGION), num(region.succ))),
    set(OUT, get(FIRST)),
    set(END, add(get(FIRST), num(BATCH * (words + 1) * 4))),
    turns.begin(REGION, rest + 6),
    set(STATE, get(FROM)),
    set(AT, stateAt(words, map, get(FROM))),
    set(LAST, add(get(FROM), num(BATCH))),
    set(LAST, select(ltUnsigned(get(TO), get(LAST)), get(TO), get(LAST))),
    block(
      loop(
        jumpIf(1, geUnsigned(get(STATE), get(LAST))),
        jumpIf(1, geUnsigned(get(OUT), get(END))),
        jumpIf(1, geUnsigned(load(get(REGION), region.log), num(REPORTS))),
        state.map((_, i) => set(WORD + i, load(get(AT), i * 4))),
        call(LOOK_FUNCTION, num(0), get(STATE), ...state),
        calls,
        store(
          add(get(REGION), shl(sub(get(STATE), get(FROM)), num(2))),
          shrUnsigned(sub(get(OUT), get(FIRST)), num(2)),
          region.ends,
        ),
        set(STATE, add(get(STATE), num(1))),
        set(AT, add(get(AT), num(words * 4))),
        jump(0),
      ),
    ),
    get(STATE),
  ]
  return {
    params: ints(3),
    results: ints(1),
    locals: ints(words + 6 + turns.locals),
    body,
    name: 'expand',
  }
}

type Six = [number, number, number, number, number, number]
