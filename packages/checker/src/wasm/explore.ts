/**
 * States expanded batch by batch, and what becomes of a batch. One works alone with `explore`, which goes on from batch to batch by
 * itself; where several share the work, or there are several memories, `gather` leaves the successors on a list.
 */
import type { Layout } from '../layout.ts'
import {
  add,
  block,
  call,
  divUnsigned,
  eq,
  type FunctionCode,
  get,
  geUnsigned,
  gtUnsigned,
  ints,
  jump,
  jumpIf,
  load,
  loop,
  ltUnsigned,
  num,
  select,
  set,
  setGlobal,
  shl,
  shrUnsigned,
  store,
  sub,
  type Value,
  when,
} from './encoder.ts'
import { BATCH, type MemoryMap, REPORTS } from './memory-map.ts'
import { stateAt } from './table.ts'
import type { Turns } from './turns.ts'

/** The log of the worker whose states are expanded: the first of the globals. */
export const LOG = 0
/** Number of the function that looks at a state as such. */
const LOOK_FUNCTION = 1

/** (region, from, to) -> first state not expanded */
export function expandCode(layout: Layout, map: MemoryMap, turns: Turns): FunctionCode {
  const { words } = layout
  const { region } = map
  const [REGION, FROM, TO] = [0, 1, 2]
  const [WORD, rest] = [3, 3 + words]
  const [OUT, FIRST, STATE, AT, LAST, END] = [0, 1, 2, 3, 4, 5].map((i) => rest + i) as Six
  const state = Array.from({ length: words }, (_, i) => get(WORD + i))
  const calls = turns.code({ out: OUT, state: STATE, words: WORD, address: AT, more: rest + 6 })
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
    locals: [...ints(words + 6), ...turns.locals],
    body,
    name: 'expand',
  }
}

type Six = [number, number, number, number, number, number]

/** (region, table, size, list, from, to, enough) -> first state not expanded */
export function gatherCode(
  words: number,
  map: MemoryMap,
  expand: number,
  sift: number,
): FunctionCode {
  const [REGION, TABLE, SIZE, LIST, FROM, TO, ENOUGH] = [0, 1, 2, 3, 4, 5, 6]
  const [NEXT, MADE, LEFT, MOVES] = [7, 8, 9, 10]
  const { region } = map
  const sifted = call(sift, ...[REGION, TABLE, SIZE, MADE, LIST, LEFT].map((local) => get(local)))
  const body = [
    block(
      loop(
        jumpIf(1, geUnsigned(get(FROM), get(TO))),
        jumpIf(1, geUnsigned(get(LEFT), get(ENOUGH))),
        set(NEXT, call(expand, get(REGION), get(FROM), get(TO))),
        jumpIf(1, eq(get(NEXT), get(FROM))),
        set(MADE, made(words, map, { REGION, FROM, NEXT })),
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

/** (region, table, size, bits, states, from, to, most) -> first state not expanded */
export function exploreCode(
  words: number,
  map: MemoryMap,
  functions: { readonly expand: number; readonly sift: number; readonly insert: number },
): FunctionCode {
  const [REGION, TABLE, SIZE, BITS, STATES, FROM, TO, MOST] = [0, 1, 2, 3, 4, 5, 6, 7]
  const [NEXT, MADE, MOVES, LEFT] = [8, 9, 10, 11]
  const { region, lengths } = map
  const { expand, sift, insert } = functions
  const table = [REGION, TABLE, SIZE].map((local) => get(local))
  const noLimit = num(-1)
  const body = [
    block(
      loop(
        jumpIf(1, geUnsigned(get(FROM), get(TO))),
        jumpIf(1, gtUnsigned(add(get(STATES), num(lengths.batch)), get(MOST))),
        set(NEXT, call(expand, get(REGION), get(FROM), get(TO))),
        jumpIf(1, eq(get(NEXT), get(FROM))),
        set(MADE, made(words, map, { REGION, FROM, NEXT })),
        set(FROM, get(NEXT)),
        when(get(MADE), [
          set(MOVES, add(get(MOVES), get(MADE))),
          set(LEFT, call(sift, ...table, get(MADE), num(0), num(0))),
          when(
            get(LEFT),
            set(STATES, call(insert, ...table, get(BITS), get(LEFT), get(STATES), noLimit)),
          ),
        ]),
        // Whoever listens hears of each batch before the next one is made.
        jumpIf(1, load(get(REGION), region.log)),
        jump(0),
      ),
    ),
    store(get(REGION), get(STATES), region.left),
    store(get(REGION), get(MOVES), region.moves),
    get(FROM),
  ]
  return { params: ints(8), results: ints(1), locals: ints(4), body, name: 'explore' }
}

/** How many successors the states from `FROM` on, before `NEXT`, have. */
function made(
  words: number,
  { region }: MemoryMap,
  { REGION, FROM, NEXT }: Readonly<Record<'REGION' | 'FROM' | 'NEXT', number>>,
): Value {
  const last = shl(sub(sub(get(NEXT), get(FROM)), num(1)), num(2))
  return divUnsigned(load(add(get(REGION), last), region.ends), num(words + 1))
}
