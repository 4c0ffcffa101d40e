/** Sorting of equal tasks, drivers and pages as WebAssembly: the same exchanges in the same order as `symmetry-code.ts` makes them. */
import type { Variable } from '@mmulab/model'
import { becomes, type Exchange, type Renaming } from '../exchange.ts'
import { at, type Field, fieldFor, type Layout, lowMask } from '../layout.ts'
import type { Symmetry } from '../symmetry.ts'
import {
  and,
  type Code,
  eq,
  type FunctionCode,
  get,
  gt,
  ints,
  load,
  lt,
  not,
  num,
  or,
  select,
  set,
  shl,
  shrUnsigned,
  store,
  sub,
  type Value,
  when,
  xor,
} from './encoder.ts'
import { WORDS } from './expression.ts'

/** The places of tasks as those of others, one table after another, in the order of `placeTables`. */
export const placeWords = (symmetry: Symmetry | undefined): number[] =>
  placeTables(symmetry).flatMap(({ to }) => [...to])

const placeTables = (symmetry: Symmetry | undefined) =>
  (symmetry?.exchanges ?? []).flatMap((exchange) =>
    [...exchange.places].map(([task, to]) => ({ exchange, task, to })),
  )

/** What becomes of a value as a field holds it. */
type Change = (x: Value) => Value

interface Pair {
  readonly f: Field
  readonly g: Field
  readonly after: Change
  readonly before: Change
}

interface Single {
  readonly f: Field
  readonly after: Change
}

/** (where a successor is) -> which exchanges were made. `tables` is the address of `placeWords`. */
export function sortCode(symmetry: Symmetry, layout: Layout, tables: number): FunctionCode {
  const { words } = layout
  const AT = 0
  const [X, Y, TURNED] = [0, 1, 2].map((i) => WORDS + words + i) as [number, number, number]
  const state = Array.from({ length: words }, (_, i) => WORDS + i)
  const places = new Map<Exchange, Map<number, number>>()
  let next = tables
  for (const { exchange, task, to } of placeTables(symmetry)) {
    places.set(exchange, (places.get(exchange) ?? new Map()).set(task, next))
    next += to.length * 4
  }
  const placed =
    (e: Exchange, task: number): Change =>
    (x) => {
      const table = places.get(e)?.get(task)
      return table === undefined ? x : load(shl(x, num(2)), table)
    }
  const body = [
    state.map((local, i) => set(local, load(get(AT), i * 4))),
    symmetry.exchanges.map((e, k) => [
      set(X, num(0)),
      orderOf(e, layout, placed).map((d) => when(not(get(X)), set(X, d))),
      when(gt(get(X), num(0)), [
        madeCode(e, layout, placed, X, Y),
        set(TURNED, or(get(TURNED), num(1 << k))),
      ]),
    ]),
    when(
      get(TURNED),
      state.map((local, i) => store(get(AT), get(local), i * 4)),
    ),
    get(TURNED),
  ]
  return { params: ints(1), results: ints(1), locals: ints(WORDS + words + 2), body }
}

type Placed = (e: Exchange, task: number) => Change

function partsOf(e: Exchange, layout: Layout, placed: Placed) {
  const pcs = e.tasks.map(
    ([a, b]): Pair => ({
      f: at(layout.pcs, a),
      g: at(layout.pcs, b),
      after: placed(e, a),
      before: placed(e, b),
    }),
  )
  const own = e.own.map(([v, w]: readonly [Variable, Variable]): Pair => {
    const f = fieldFor(layout, v)
    const after = renamed(e.names.get(v), f)
    return { f, g: fieldFor(layout, w), after, before: after }
  })
  const changed = new Set(e.own.flat())
  const names = [...e.names].flatMap(([v, list]): Single[] => {
    const f = fieldFor(layout, v)
    return changed.has(v) || f.bits === 0 ? [] : [{ f, after: renamed(list, f) }]
  })
  const places = [...e.places.keys()].flatMap((t): Single[] =>
    becomes(e, t) === t ? [{ f: at(layout.pcs, t), after: placed(e, t) }] : [],
  )
  return { pairs: [...pcs, ...own].filter((p) => p.f.bits > 0), names, places }
}

/** Differences, the first of which that is not 0 says in its sign whether the exchange is made. */
function orderOf(e: Exchange, layout: Layout, placed: Placed): Value[] {
  const { pairs, names, places } = partsOf(e, layout, placed)
  return [
    ...pairs.map(({ f, g, before }) => sign(raw(f), before(raw(g)))),
    // Whoever is named goes behind.
    ...names.map(({ f, after }) => sign(after(raw(f)), raw(f))),
    ...places.map(({ f, after }) => sign(raw(f), after(raw(f)))),
  ]
}

/** Where fields are as wide as a word, the difference could be wider. */
const sign = (a: Value, b: Value): Value => sub(gt(a, b), lt(a, b))

function madeCode(e: Exchange, layout: Layout, placed: Placed, X: number, Y: number): Code {
  const { pairs, names, places } = partsOf(e, layout, placed)
  const change = (f: Field, by: Value): Value => {
    const local = WORDS + f.word
    return set(local, xor(get(local), f.shift === 0 ? by : shl(by, num(f.shift))))
  }
  return [
    pairs.map(({ f, g, after, before }) => [
      set(X, raw(f)),
      set(Y, raw(g)),
      change(f, xor(get(X), before(get(Y)))),
      change(g, xor(get(Y), after(get(X)))),
    ]),
    [...names, ...places].map(({ f, after }) => [
      set(X, raw(f)),
      change(f, xor(get(X), after(get(X)))),
    ]),
  ]
}

function renamed(names: Renaming | undefined, { min, max }: Field): Change {
  const changes = [...(names ?? [])].filter(([n, m]) => n !== m && n >= min && n <= max)
  return (x) =>
    changes.reduceRight((rest, [n, m]) => select(eq(x, num(n - min)), num(m - min), rest), x)
}

const raw = (f: Field): Value => {
  const word = get(WORDS + f.word)
  return and(f.shift === 0 ? word : shrUnsigned(word, num(f.shift)), num(lowMask(f)))
}
