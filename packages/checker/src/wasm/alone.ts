/**
 * The decision of `alone-code.ts` as WebAssembly: which task goes alone in a state, if any. The same questions in the same order, so
 * that the answers are the same; what they mean is explained there.
 */
import { ALWAYS_ALONE, MISLEADS } from '../alone-tables.ts'
import type { Field, Layout } from '../layout.ts'
import {
  ALWAYS,
  type AloneBlock,
  type AloneTask,
  IN_RECORD,
  isShut,
  NEVER,
  NO_STEP,
  RECORD,
  STEP,
} from './alone-data.ts'
import {
  add,
  and,
  type Code,
  call,
  eq,
  type FunctionCode,
  get,
  getGlobal,
  ints,
  jumpIf,
  leave,
  leavingSwitch,
  load,
  loop,
  lt,
  mul,
  ne,
  not,
  num,
  or,
  select,
  set,
  setGlobal,
  shl,
  type Value,
  when,
  xor,
} from './encoder.ts'
import { fieldOf, truthOf, WORDS } from './expression.ts'

/** What was found out about the state: who can run, and which barriers are shut; -1 as long as nobody has asked. */
const ABLE = 1
const SHUT = 2
/** Globals that are used here, with those that come before. */
export const ALONE_GLOBALS = 3

export interface AloneFunctions {
  readonly functions: readonly FunctionCode[]
  /** Number of the function that says who goes alone, or -1. */
  readonly who: number
  /** Per task the number of the function that says whether it may, once `forget` has been run for the state. */
  readonly goes: readonly number[]
  readonly forget: Code
  /** Per task the number of the function that says whether its next op has one outcome and tells nobody anything. */
  readonly isStep: readonly number[]
}

/** All functions take the words of a state from `WORDS` on. `block` is at address `begin`, `first` the number of the first function. */
export function aloneFunctions(
  block: AloneBlock,
  layout: Layout,
  begin: number,
  first: number,
): AloneFunctions {
  const { tasks, barriers } = block
  const params = ints(WORDS + layout.words)
  const state = Array.from({ length: WORDS + layout.words }, (_, i) => get(i))
  const numbers = tasks.map((_, t) => t)
  const can = (t: number): number => first + t
  const inside = (t: number): number => first + tasks.length + t
  const able = first + 2 * tasks.length
  const shut = able + 1
  const goes = (t: number): number => shut + 1 + t
  const steps = (t: number): number => goes(tasks.length) + t
  const who = steps(tasks.length)

  const pc = (t: number): Value => fieldOf(layout.pcs[t] as Field)
  const inRecord = (t: number, what: keyof typeof IN_RECORD, place: Value = pc(t)): Value =>
    load(shl(place, num(RECORD)), begin + task(t).records + IN_RECORD[what])
  const task = (t: number): AloneTask => tasks[t] as AloneTask
  const any = (list: readonly Value[], none: Value = num(0)): Value =>
    list.length === 0 ? none : list.reduce((a, b) => or(a, b))
  const answer = (body: Code, locals = 0): FunctionCode => ({
    params,
    results: ints(1),
    locals: ints(locals),
    body,
  })

  const canCode = (t: number): FunctionCode => {
    const cases: Value[] = []
    cases[ALWAYS] = leave(num(1))
    cases[NEVER] = leave(num(0))
    cases.push(...task(t).guards.map((g) => leave(truthOf(g, layout))))
    return answer([leavingSwitch(inRecord(t, 'guard'), cases), num(1)])
  }

  const insideCode = (t: number): FunctionCode => {
    const tests = task(t).insides.map((list) => leave(list.reduce((a, b) => and(a, b))))
    return answer([leavingSwitch(inRecord(t, 'inside'), [[], ...tests]), num(1)])
  }

  const stepsCode = (t: number): FunctionCode => {
    const cases: Value[] = []
    cases[NO_STEP] = leave(num(0))
    cases[STEP] = leave(num(1))
    cases.push(...task(t).shows.map((s) => leave(not(any(s.map((c) => truthOf(c, layout)))))))
    return answer([leavingSwitch(inRecord(t, 'isStep'), cases), num(0)])
  }

  const ableCode = answer(any(numbers.map((t) => shl(call(can(t), ...state), num(t)))))
  const shutCode = answer(any(barriers.map((g, b) => shl(isShut(g, layout), num(b)))))

  /** Asks once per state. */
  const once = (global: number, func: number): Value =>
    when(lt(getGlobal(global), num(0)), setGlobal(global, call(func, ...state)))

  const goesCode = (t: number): FunctionCode => {
    if (!task(t).mayGo) return answer(num(0))
    const others = numbers.filter((u) => u !== t)
    const own = WORDS + layout.words
    const [ROW, LEFT, WAITS, MORE, NOW] = [0, 1, 2, 3, 4].map((i) => own + i) as Five
    const local = (u: number, i: number): number => own + 5 + u * 4 + i
    const P = (u: number): number => local(u, 0)
    const C = (u: number): number => local(u, 1)
    const A = (u: number): number => local(u, 2)
    const W = (u: number): number => local(u, 3)
    const no = leave(num(0))
    const isAble = (u: number): Value => and(getGlobal(ABLE), num(1 << u))
    const without = (a: Value, b: Value): Value => and(a, xor(b, num(-1)))
    const all = barriers.length >= 31 ? 0x7fffffff : 2 ** barriers.length - 1
    const tableAt = (row: Value, u: number, place: Value, offset: number): Value =>
      load(shl(add(mul(row, num(task(u).nodes)), place), num(2)), begin + offset)

    const wake = (u: number): Code => {
      const woken = others
        .filter((v) => v !== u)
        .map((v) => and(get(A(v)), tableAt(get(W(u)), v, get(P(v)), task(v).by)))
      if (woken.length === 0) return []
      return when(not(lt(get(W(u)), num(0))), [
        set(NOW, any([get(A(u)), ...woken])),
        when(ne(get(NOW), get(A(u))), [set(A(u), get(NOW)), set(MORE, num(1))]),
      ])
    }
    const waking = [
      others.map((u) => [
        set(A(u), select(isAble(u), num(-1), num(0))),
        set(W(u), num(-1)),
        when(not(get(A(u))), set(W(u), inRecord(u, 'waiter', get(P(u))))),
      ]),
      loop(
        set(MORE, num(0)),
        others.map(wake),
        set(LEFT, without(get(LEFT), any(others.map((u) => and(get(A(u)), get(C(u))))))),
        when(not(get(LEFT)), no),
        jumpIf(0, get(MORE)),
      ),
      others.map((u) => when(lt(get(C(u)), num(0)), set(LEFT, and(get(LEFT), get(A(u)))))),
      when(not(get(LEFT)), no),
    ]
    const stays = call(inside(t), ...state)
    const body = [
      set(ROW, inRecord(t, 'row')),
      when(lt(get(ROW), num(0)), leave(eq(get(ROW), num(ALWAYS_ALONE)))),
      others.map((u) => [
        set(P(u), pc(u)),
        set(C(u), tableAt(get(ROW), u, get(P(u)), task(u).against)),
      ]),
      when(
        not(and(any(others.map((u) => get(C(u)))), num(1 | MISLEADS))),
        leave(and(call(can(t), ...state), stays)),
      ),
      once(ABLE, able),
      when(not(isAble(t)), no),
      set(LEFT, without(num(all), any(others.map((u) => select(isAble(u), get(C(u)), num(0)))))),
      when(not(get(LEFT)), no),
      when(ne(get(LEFT), num(1)), [
        once(SHUT, shut),
        set(LEFT, and(get(LEFT), getGlobal(SHUT))),
        when(not(get(LEFT)), no),
      ]),
      set(WAITS, any(others.map((u) => select(isAble(u), num(0), get(C(u)))))),
      when(or(lt(get(WAITS), num(0)), not(without(get(LEFT), get(WAITS)))), waking),
      stays,
    ]
    return answer(body, 5 + 4 * tasks.length)
  }

  const forget = [setGlobal(ABLE, num(-1)), setGlobal(SHUT, num(-1))]
  const asked = numbers.filter((t) => task(t).mayGo)
  const whoCode = answer([
    forget,
    asked.map((t) => when(call(goes(t), ...state), leave(num(t)))),
    num(-1),
  ])
  return {
    functions: [
      ...numbers.map(canCode),
      ...numbers.map(insideCode),
      ableCode,
      shutCode,
      ...numbers.map(goesCode),
      ...numbers.map(stepsCode),
      whoCode,
    ],
    who,
    goes: numbers.map(goes),
    forget,
    isStep: numbers.map(steps),
  }
}

type Five = [number, number, number, number, number]
