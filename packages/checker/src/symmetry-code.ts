/**
 * Of states that exchanges turn into each other one stands for all. It is found by sorting: an exchange is made where the one state
 * stands behind the other. Which exchanges were made is kept beside each successor, so that a task can be
 * followed under the name that it has in each state.
 */
import type { Variable } from '@mmulab/model'
import { becomes, type Exchange, type Renaming } from './exchange.ts'
import { at, type Field, fieldFor, type Layout, lowMask } from './layout.ts'
import type { Symmetry } from './symmetry.ts'

/** A function `sortTasks(succ, turned, from, to)` over successors as in a batch; bit k of `turned` is exchange k. */
export function symmetryCode({ exchanges }: Symmetry, layout: Layout): string {
  const { words } = layout
  const each = (f: (i: number) => string): string =>
    Array.from({ length: words }, (_, i) => f(i)).join('')
  return `${tablesCode(exchanges)}
function sortTasks(succ,turned,from,to){
  for(let i=from;i<to;i+=${words + 1}){
    ${each((i) => `let s${i}=succ[i+${i}];`)}let t=0;
    ${exchanges.map((e, k) => exchangeCode(e, k, layout)).join('\n    ')}
    turned[i/${words + 1}]=t;
    if(t!==0){${each((i) => `succ[i+${i}]=s${i};`)}}}}`
}

function exchangeCode(e: Exchange, k: number, layout: Layout): string {
  const stored = ([v, w]: readonly [Variable, Variable]): [Field, Field] => [
    fieldFor(layout, v),
    fieldFor(layout, w),
  ]
  const pcs = e.tasks.map(([a, b]): Pair => {
    const [f, g] = [at(layout.pcs, a), at(layout.pcs, b)]
    return { f, g, after: (x) => placed(e, k, a, x), before: (x) => placed(e, k, b, x) }
  })
  const own = e.own.map((p): Pair => {
    const [f, g] = stored(p)
    const after = (x: string): string => renamedCode(e.names.get(p[0]), f, x)
    return { f, g, after, before: after }
  })
  const pairs = [...pcs, ...own].filter((p) => p.f.bits > 0)
  const changed = new Set(e.own.flat())
  const names = [...e.names].flatMap(([v, names]): Single[] => {
    const f = fieldFor(layout, v)
    return changed.has(v) || f.bits === 0 ? [] : [{ f, after: (x) => renamedCode(names, f, x) }]
  })
  const places = [...e.places.keys()].flatMap((t): Single[] =>
    becomes(e, t) === t ? [{ f: at(layout.pcs, t), after: (x) => placed(e, k, t, x) }] : [],
  )
  const order = [
    ...pairs.map(({ f, g, before }) => `${raw(f)}-${before(raw(g))}`),
    // Whoever is named goes behind.
    ...names.map(({ f, after }) => `${after(raw(f))}-${raw(f)}`),
    ...places.map(({ f, after }) => `${raw(f)}-${after(raw(f))}`),
  ]
  const swaps = pairs.map(
    ({ f, g, after, before }) =>
      `x=${raw(f)};y=${raw(g)};s${f.word}^=(x^${before('y')})<<${f.shift};s${g.word}^=(y^${after('x')})<<${g.shift};`,
  )
  const renames = [...names, ...places].map(
    ({ f, after }) => `x=${raw(f)};s${f.word}^=(x^${after('x')})<<${f.shift};`,
  )
  return `if((${order.join('||') || '0'})>0){let x,y;${swaps.join('')}${renames.join('')}t|=${1 << k}}`
}

/** Two fields that change places, and what becomes of the one in the place of the other: code, of code. */
interface Pair {
  readonly f: Field
  readonly g: Field
  readonly after: (x: string) => string
  readonly before: (y: string) => string
}

interface Single {
  readonly f: Field
  readonly after: (x: string) => string
}

/** The place of the other task that a place is. */
const placed = ({ places }: Exchange, k: number, task: number, x: string): string =>
  places.has(task) ? `P${k}_${task}[${x}]` : x

const tablesCode = (exchanges: readonly Exchange[]): string =>
  exchanges
    .flatMap((e, k) => [...e.places].map(([t, to]) => `const P${k}_${t}=[${to.join()}];`))
    .join('\n')

/** What becomes of a value as the field holds it. */
function renamedCode(names: Renaming | undefined, { min, max }: Field, x: string): string {
  const changes = [...(names ?? [])].filter(([n, m]) => n !== m && n >= min && n <= max)
  if (changes.length === 0) return x
  return `(${changes.reduceRight((rest, [n, m]) => `${x}===${n - min}?${m - min}:${rest}`, x)})`
}

const raw = (f: Field): string => `(s${f.word}>>>${f.shift}&${lowMask(f)})`

/** The same for one packed state, in place; which exchanges were made. */
export function createSorter(symmetry: Symmetry, layout: Layout): (words: Int32Array) => number {
  const sort = new Function(`'use strict';${symmetryCode(symmetry, layout)}return sortTasks`)() as (
    succ: Int32Array,
    turned: Int32Array,
    from: number,
    to: number,
  ) => void
  const turned = new Int32Array(1)
  return (words) => {
    sort(words, turned, 0, layout.words)
    return turned[0] ?? 0
  }
}

/** Under which name a task goes on after exchanges: `[task before]` is the task after. */
export function namesAfter({ exchanges }: Symmetry, turned: number, tasks: number): number[] {
  const now = Array.from({ length: tasks }, (_, t) => t)
  exchanges.forEach((e, k) => {
    if (((turned >> k) & 1) === 0) return
    now.forEach((n, t) => {
      now[t] = becomes(e, n)
    })
  })
  return now
}
