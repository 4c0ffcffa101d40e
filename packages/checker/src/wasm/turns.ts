/**
 * The turns of tasks in a reduced search, and what is made of their successors: only one task's where one goes alone, steps that are
 * passed through, and tasks sorted. The same as `generate.ts` and `symmetry-code.ts` write in JavaScript.
 */
import type { Reduction } from '../alone.ts'
import type { Linked } from '../automaton.ts'
import { FOLLOWED } from '../generate.ts'
import type { Field, Layout } from '../layout.ts'
import { type AloneFunctions, aloneFunctions } from './alone.ts'
import { type AloneBlock, aloneBlock } from './alone-data.ts'
import {
  add,
  block,
  type Code,
  call,
  eq,
  type FunctionCode,
  get,
  ints,
  jump,
  jumpIf,
  load,
  loop,
  lt,
  ltUnsigned,
  mul,
  not,
  num,
  or,
  set,
  store,
  type Value,
  type ValueType,
  when,
} from './encoder.ts'
import { fieldOf, WORDS } from './expression.ts'
import type { MemoryMap } from './memory-map.ts'
import { OF_TASK, type Rows, rowMap } from './rows.ts'
import { placeWords, sortCode } from './sort.ts'
import { pairCode, rowAt, turnCode, walkCode, walkLocals } from './walk.ts'

/** A task's turn. */
type TurnOf = (task: number, at: Omit<TurnLocals, 'address' | 'more'>) => Code

/** (where a successor is, number of the state): goes on from it as long as the task that has moved goes alone, by one way only. */
function followCode(
  task: number,
  layout: Layout,
  alone: AloneFunctions,
  turn: TurnOf,
): FunctionCode {
  const { words } = layout
  const AT = 0
  const [SITE, OUT, COUNT] = [0, 1, 2].map((i) => WORDS + words + i) as [number, number, number]
  const state = Array.from({ length: words }, (_, i) => get(WORDS + i))
  const body = [
    set(SITE, load(get(AT), words * 4)),
    block(
      loop(
        state.map((_, i) => set(WORDS + i, load(get(AT), i * 4))),
        jumpIf(1, not(call(alone.isStep[task] as number, num(0), num(0), ...state))),
        alone.forget,
        jumpIf(1, not(call(alone.goes[task] as number, num(0), num(0), ...state))),
        set(OUT, get(AT)),
        turn(task, { out: OUT, state: 1, words: WORDS }),
        jumpIf(1, eq(get(OUT), get(AT))),
        set(COUNT, add(get(COUNT), num(1))),
        jumpIf(0, ltUnsigned(get(COUNT), num(FOLLOWED))),
      ),
    ),
    store(get(AT), get(SITE), words * 4),
  ]
  return { params: ints(WORDS), results: [], locals: ints(words + 3), body }
}

/** What a reduced search is made of, and the words that it looks up. */
export interface WasmReduction {
  readonly reduction: Reduction
  readonly block: AloneBlock | undefined
  /** Where, after that block, the tables for sorting are. */
  readonly places: number
  readonly words: readonly number[]
}

export function wasmReduction(linked: Linked, layout: Layout, reduction: Reduction): WasmReduction {
  const { alone, symmetry } = reduction
  const block = alone && aloneBlock(linked, layout, alone)
  const found = block?.words ?? new Int32Array()
  const words = [...found, ...placeWords(symmetry)]
  return { reduction, block, places: found.length * 4, words }
}

/** Locals of `expand`: where the next successor goes, number, first word and address of the state; from `more` on those that are ours. */
interface TurnLocals {
  readonly out: number
  readonly state: number
  readonly words: number
  readonly address: number
  readonly more: number
}

export interface Turns {
  readonly functions: readonly FunctionCode[]
  /** Which locals of `expand` they need, */
  readonly locals: readonly ValueType[]
  /** what has to be done before the first state, */
  begin(region: number, more: number): Code
  /** and for each state: the turns of all tasks, one after another. */
  code(at: TurnLocals): Code
}

/** `tell`: number of the function for rows that are told of; ours come after it. */
export function turnsOf(
  { automata }: Linked,
  layout: Layout,
  map: MemoryMap,
  rows: Rows,
  tell: number,
  reduced: WasmReduction | undefined,
): Turns {
  const { words } = layout
  const tasks = automata.map((_, t) => t)
  if (!reduced)
    return {
      functions: [],
      locals: [...ints(2), ...walkLocals(words)],
      begin: () => [],
      code: ({ out, state, words: at, address, more }) => {
        const [TASK, ROW] = [more, more + 1]
        const end = rows.tasks + tasks.length * OF_TASK.bytes
        return [
          pairCode(words, more + 2, { address: get(address) }),
          set(TASK, num(rows.tasks)),
          loop(
            set(ROW, rowAt(layout, map, TASK, get(address))),
            walkCode(layout, map, { out, state, words: at, row: ROW, more: more + 2 }, tell, false),
            set(TASK, add(get(TASK), num(OF_TASK.bytes))),
            jumpIf(0, ltUnsigned(get(TASK), num(end))),
          ),
        ]
      },
    }
  const turnFunction = tell + 1
  const turn: TurnOf = (task, { out, state, words: at }) => {
    const args = Array.from({ length: words }, (_, w) => get(at + w))
    const pc = fieldOf(layout.pcs[task] as Field, at)
    const row = add(num(rows.first[task] as number), mul(pc, num(rowMap(words).bytes)))
    return set(out, call(turnFunction, get(out), get(state), ...args, row))
  }

  const { reduction, block: data, places } = reduced
  const { fuses, symmetry } = reduction
  let next = turnFunction + 1
  const alone = data && aloneFunctions(data, layout, map.alone, next)
  next += alone?.functions.length ?? 0
  const follows = alone && fuses ? tasks.map((t) => followCode(t, layout, alone, turn)) : []
  const follow = next
  next += follows.length
  const sorts = symmetry ? [sortCode(symmetry, layout, map.alone + places)] : []
  const sort = next
  const after = (t: number, { out, state, more }: TurnLocals): Code => {
    const [FROM, TURNED] = [more + 1, more + 2]
    if (follows.length + sorts.length === 0) return []
    return eachSuccessor(FROM, out, (words + 1) * 4, [
      follows.map((_, i) => (i === t ? call(follow + t, get(FROM), get(state)) : [])),
      sorts.map(() => [
        store(get(TURNED), call(sort, get(FROM))),
        set(TURNED, add(get(TURNED), num(4))),
      ]),
    ])
  }
  return {
    functions: [turnCode(layout, map, tell), ...(alone?.functions ?? []), ...follows, ...sorts],
    locals: ints(3),
    begin: (region, more) => set(more + 2, add(get(region), num(map.region.turned))),
    code: (at) => {
      const WHO = at.more
      const state = Array.from({ length: words }, (_, w) => get(at.words + w))
      const asks = alone ? set(WHO, call(alone.who, num(0), num(0), ...state)) : []
      const turns = tasks.map((t) => {
        const whole = [set(at.more + 1, get(at.out)), turn(t, at), after(t, at)]
        return alone ? when(or(lt(get(WHO), num(0)), eq(get(WHO), num(t))), whole) : whole
      })
      return [asks, turns]
    },
  }
}

/** What is done with each successor from `from` to `to`, both locals: `from` goes over them. */
const eachSuccessor = (from: number, to: number, stride: number, body: Code): Value =>
  block(
    loop(jumpIf(1, eq(get(from), get(to))), body, set(from, add(get(from), num(stride))), jump(0)),
  )
