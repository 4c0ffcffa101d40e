/** The way of a state along the rows of a node (`rows.ts`), and of all tasks one after another. */
import type { Field, Layout } from '../layout.ts'
import {
  add,
  and,
  type Code,
  call,
  eq,
  type FunctionCode,
  get,
  gt,
  ints,
  jumpIf,
  leave,
  load,
  loadByte,
  loop,
  lt,
  ltUnsigned,
  mul,
  not,
  num,
  or,
  set,
  shl,
  shrUnsigned,
  store,
  storeByte,
  sub,
  type Value,
  when,
  xor,
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

/** How many there are from `more` on. */
export const WALK_LOCALS = 3

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
  const field = (offset: number, i = 0): Value => load(get(row), map.rows + offset + i * 4)
  const differs = all
    .map((i) => and(xor(get(first + i), field(at.value, i)), field(at.mask, i)))
    .reduce((a, b) => or(a, b))
  const write = [
    all.map((i) =>
      store(get(out), add(and(get(first + i), field(at.keep, i)), field(at.add, i)), i * 4),
    ),
    store(get(out), field(at.site), words * 4),
  ]
  const told = sub(num(0), get(row))
  const whole = all.map((i) => get(first + i))
  return loop(
    set(IS, xor(not(differs), field(at.negated))),
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
  const body = [walkCode(layout, map, locals, tell, true), get(0)]
  return { params: ints(ROW + 1), results: ints(1), locals: ints(WALK_LOCALS), body }
}

/** The row of the node at which a task is; `task`: the local with the task's offset among the rows; `state`: address of the state. */
export function rowAt({ words }: Layout, map: MemoryMap, task: number, state: Value): Value {
  const field = (offset: number): Value => load(get(task), map.rows + offset)
  const word = load(add(state, field(OF_TASK.word)))
  const pc = and(shrUnsigned(word, field(OF_TASK.shift)), field(OF_TASK.mask))
  return add(field(OF_TASK.rows), mul(pc, num(rowMap(words).bytes)))
}
