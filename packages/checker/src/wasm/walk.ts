/** The way of a state along the rows of a node (`rows.ts`), and of all tasks one after another. */
import type { Field, Layout } from '../layout.ts'
import {
  add,
  add64,
  and,
  and64,
  type Code,
  call,
  eq,
  extend,
  type FunctionCode,
  get,
  gt,
  I64,
  ints,
  jumpIf,
  leave,
  load,
  load64,
  loadByte,
  loop,
  lt,
  ltUnsigned,
  mul,
  not,
  not64,
  num,
  num64,
  or64,
  set,
  shl,
  shl64,
  shrUnsigned,
  store,
  store64,
  storeByte,
  sub,
  type Value,
  type ValueType,
  when,
  xor,
  xor64,
} from './encoder.ts'
import { fieldOf, WORDS } from './expression.ts'
import type { MemoryMap } from './memory-map.ts'
import { REPORT, type TaskPart } from './node.ts'
import { COMPILED, OF_TASK, rowMap, TOLD } from './rows.ts'

/** Locals: where the next successor goes, number and first word of the state, its row, and a few from `more` on. */
export interface WalkLocals {
  readonly out: number
  readonly state: number
  readonly words: number
  readonly row: number
  readonly more: number
}

/** Those from `more` on: a few words, and then the state's words, two in each. */
export const walkLocals = (words: number): ValueType[] => [
  ...ints(SINGLE),
  ...Array.from({ length: Math.ceil(words / 2) }, (): ValueType => I64),
]
const SINGLE = 3

/** Puts the words together by twos, the last one alone where they are odd; from an address, or as they are in their locals. */
export const pairCode = (
  words: number,
  more: number,
  of: { address: Value } | { words: number },
): Code =>
  Array.from({ length: Math.ceil(words / 2) }, (_, i) => {
    const word = (n: number): Value =>
      extend('address' in of ? load(of.address, n * 4) : get(of.words + n))
    if (i * 2 + 1 === words) return set(more + SINGLE + i, word(i * 2))
    const both =
      'address' in of
        ? load64(of.address, i * 8)
        : or64(word(i * 2), shl64(word(i * 2 + 1), num64(32n)))
    return set(more + SINGLE + i, both)
  })

/**
 * Walks along rows until there is none, from the one in `row` on, which is none that is told of. `tell` is the number of the function
 * for those. Where a successor might be, there is room for it: what is written there counts only once `out` has grown. With `careful`
 * nothing is written there before it is one.
 */
export function walkCode(
  { words }: Layout,
  map: MemoryMap,
  { out, state, words: first, row, more }: WalkLocals,
  tell: number,
  careful: boolean,
): Code {
  const [IS, GROWTH, HIT] = [more, more + 1, more + 2]
  const at = rowMap(words)
  const all = Array.from({ length: words }, (_, i) => i)
  const field = (offset: number): Value => load(get(row), map.rows + offset)
  /** Two words of a row; of the last one of an odd number only that. */
  const fields = (offset: number, i: number): Value =>
    i * 2 + 1 === words
      ? extend(field(offset + i * 8))
      : load64(get(row), map.rows + offset + i * 8)
  const pairs = Array.from({ length: Math.ceil(words / 2) }, (_, i) => i)
  const pair = (i: number): Value => get(more + SINGLE + i)
  const differs = pairs
    .map((i) => and64(xor64(pair(i), fields(at.value, i)), fields(at.mask, i)))
    .reduce((a, b) => or64(a, b))
  const write = [
    pairs.map((i) => {
      const added = load64(get(row), map.rows + at.add + i * 8)
      return store64(get(out), add64(and64(pair(i), fields(at.keep, i)), added), i * 8)
    }),
    words % 2 === 0 ? store(get(out), field(at.add + words * 4), words * 4) : [],
  ]
  const told = sub(num(0), get(row))
  const whole = all.map((i) => get(first + i))
  return loop(
    set(IS, xor(not64(differs), field(at.negated))),
    set(GROWTH, and(field(at.growth), sub(num(0), get(IS)))),
    careful ? when(get(GROWTH), write) : write,
    set(HIT, field(at.hit)),
    // Written once only: what several workers write again and again, they take out of each other's caches.
    when(ltUnsigned(loadByte(get(HIT), map.hit), get(IS)), storeByte(get(HIT), num(1), map.hit)),
    set(out, add(get(out), get(GROWTH))),
    set(row, load(add(get(row), shl(get(IS), num(2))), map.rows + at.next)),
    jumpIf(0, gt(get(row), num(0))),
    when(get(row), [
      loop(
        set(out, call(tell, get(out), get(state), ...whole, told)),
        set(row, load(told, map.rows + TOLD.next)),
        jumpIf(0, lt(get(row), num(0))),
      ),
      jumpIf(1, get(row)),
    ]),
  )
}

/** (where the next successor goes, number of the state, words..., row to tell of) -> where the next one goes. */
export function tellCode(
  layout: Layout,
  map: MemoryMap,
  parts: readonly TaskPart[],
  firstPart: number,
  report: number,
): FunctionCode {
  const { words } = layout
  const [OUT, STATE] = [0, 1]
  const ROW = WORDS + words
  const field = (offset: number): Value => load(get(ROW), map.rows + offset)
  const state = Array.from({ length: words }, (_, i) => get(WORDS + i))
  const compiled = parts.map((p, i) =>
    when(
      and(
        eq(field(TOLD.what), num(p.task)),
        ltUnsigned(sub(fieldOf(layout.pcs[p.task] as Field), num(p.from)), num(p.to - p.from)),
      ),
      leave(call(firstPart + i, get(OUT), get(STATE), ...state)),
    ),
  )
  const isOver = and(
    eq(field(TOLD.kind), num(REPORT.flag)),
    not(loadByte(field(TOLD.what), map.live)),
  )
  const body = [
    when(eq(field(TOLD.kind), num(COMPILED)), compiled),
    storeByte(field(TOLD.hit), num(1), map.hit),
    when(
      not(isOver),
      call(
        report,
        field(TOLD.kind),
        get(STATE),
        field(TOLD.what),
        field(TOLD.assignment),
        field(TOLD.value),
      ),
    ),
    get(OUT),
  ]
  return { params: ints(WORDS + words + 1), results: ints(1), locals: [], body }
}

/** (where the next successor goes, number of the state, words..., row) -> where the next one goes: one task's turn. */
export function turnCode(layout: Layout, map: MemoryMap, tell: number): FunctionCode {
  const ROW = WORDS + layout.words
  const locals = { out: 0, state: 1, words: WORDS, row: ROW, more: ROW + 1 }
  const body = [
    pairCode(layout.words, ROW + 1, { words: WORDS }),
    walkCode(layout, map, locals, tell, true),
    get(0),
  ]
  return { params: ints(ROW + 1), results: ints(1), locals: walkLocals(layout.words), body }
}

/** The row of the node at which a task is; `task`: the local with the task's offset among the rows; `state`: address of the state. */
export function rowAt({ words }: Layout, map: MemoryMap, task: number, state: Value): Value {
  const field = (offset: number): Value => load(get(task), map.rows + offset)
  const word = load(add(state, field(OF_TASK.word)))
  const pc = and(shrUnsigned(word, field(OF_TASK.shift)), field(OF_TASK.mask))
  return add(field(OF_TASK.rows), mul(pc, num(rowMap(words).bytes)))
}
