/** The module of one world: the tasks, what is looked at in every state, and the set of states. */
import type { Linked } from '../automaton.ts'
import type { Watch } from '../generate.ts'
import type { Field, Layout } from '../layout.ts'
import {
  add,
  and,
  block,
  type Code,
  call,
  encodeModule,
  eq,
  type FunctionCode,
  get,
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
  shl,
  shrUnsigned,
  store,
  sub,
  when,
} from './encoder.ts'
import { fieldOf, numberOf, truthOf, WORDS } from './expression.ts'
import type { MemoryLimits } from './host.ts'
import { BATCH, type MemoryMap, REPORT_WORDS } from './memory-map.ts'
import { reportCode, type TaskContext, type TaskPart, taskParts } from './node.ts'
import { insertCode, refillCode, resolveCode, siftCode } from './table.ts'

export interface Exports {
  /** Expands states from the first on, before the second and while batch and log have room; the first one not expanded. */
  expand(from: number, to: number): number
  insert(
    table: number,
    size: number,
    bits: number,
    left: number,
    states: number,
    limit: number,
  ): number
  /** Leaves out successors that are known to be known; how many are left, for `insert`. */
  sift(table: number, size: number, count: number): number
  resolve(table: number, size: number, bits: number, count: number): void
  refill(table: number, size: number, bits: number, states: number): void
}

const REPORT_FUNCTION = 0

export function moduleCode(
  linked: Linked,
  layout: Layout,
  watches: readonly Watch[],
  map: MemoryMap,
  memory: MemoryLimits,
): Uint8Array<ArrayBuffer> {
  const cx: TaskContext = { layout, map, report: REPORT_FUNCTION }
  const look = lookCode(linked, watches, cx)
  const parts = taskParts(linked.automata, cx)
  const functions: FunctionCode[] = [
    reportFunction(map),
    look,
    ...parts.map((p) => p.code),
    expandCode(layout, map, parts),
    siftCode(layout.words, map),
    insertCode(layout.words, map),
    resolveCode(layout.words, map),
    refillCode(layout.words, map),
  ]
  return encodeModule({ functions, memory })
}

/** (kind, state, what, assignment, value): notes it in the log. */
function reportFunction(map: MemoryMap): FunctionCode {
  const at = 5
  const size = REPORT_WORDS * 4
  const count = load(num(0), map.log)
  const body = [
    set(at, mul(count, num(size))),
    [0, 1, 2, 3, 4].map((i) => store(get(at), get(i), map.log + 4 + i * 4)),
    store(num(0), add(count, num(1)), map.log),
  ]
  return { params: [I32, I32, I32, I32, I32], results: [], locals: [I32], body }
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
        when(lt(get(x), cell(map.least)), store(num(0), get(x), map.least + i * 4)),
        when(gt(get(x), cell(map.most)), store(num(0), get(x), map.most + i * 4)),
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

function expandCode(layout: Layout, map: MemoryMap, parts: readonly TaskPart[]): FunctionCode {
  const [FROM, TO] = [0, 1]
  const firstWord = 2
  const [out, state, at, last] = [0, 1, 2, 3].map((i) => firstWord + layout.words + i) as [
    number,
    number,
    number,
    number,
  ]
  const stride = (layout.words + 1) * 4
  const words = Array.from({ length: layout.words }, (_, i) => get(firstWord + i))
  const calls = parts.map(({ from, to, task }, i) => {
    const turn = set(out, call(2 + i, get(out), get(state), ...words))
    const alone = parts.filter((p) => p.task === task).length === 1
    if (alone) return turn
    const field = layout.pcs[task] as Field
    const shift = firstWord - WORDS
    if (shift !== 0) throw new Error('words are not where expressions look for them')
    return when(ltUnsigned(sub(fieldOf(field), num(from)), num(to - from)), turn)
  })
  const body = [
    store(num(0), num(0), map.log),
    set(out, num(map.succ)),
    set(state, get(FROM)),
    set(at, add(num(map.states), mul(get(FROM), num(layout.words * 4)))),
    set(last, add(get(FROM), num(BATCH))),
    set(last, select(ltUnsigned(get(TO), get(last)), get(TO), get(last))),
    block(
      loop(
        jumpIf(1, geUnsigned(get(state), get(last))),
        jumpIf(1, geUnsigned(get(out), num(map.succ + BATCH * stride))),
        jumpIf(1, geUnsigned(load(num(0), map.log), num(map.reports))),
        words.map((_, i) => set(firstWord + i, load(get(at), i * 4))),
        call(1, num(0), get(state), ...words),
        calls,
        store(
          shl(sub(get(state), get(FROM)), num(2)),
          shrUnsigned(sub(get(out), num(map.succ)), num(2)),
          map.ends,
        ),
        set(state, add(get(state), num(1))),
        set(at, add(get(at), num(layout.words * 4))),
        jump(0),
      ),
    ),
    get(state),
  ]
  const locals = ints(layout.words + 4)
  return { params: [I32, I32], results: [I32], locals, body, name: 'expand' }
}
