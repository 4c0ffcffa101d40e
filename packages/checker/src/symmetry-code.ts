/**
 * Of states that an exchange of tasks turns into each other one stands for all. It is found by sorting: two tasks are exchanged
 * where the one stands behind the other. Which exchanges were made is kept beside each successor, so that a task can be
 * followed under the name that it has in each state.
 */
import type { Variable } from '@mmulab/model'
import { at, type Field, fieldFor, type Layout, lowMask } from './layout.ts'
import type { Exchange, Symmetry } from './symmetry.ts'

/** A function `sortTasks(succ, turned, from, to)` over successors as in a batch; bit k of `turned` is exchange k. */
export function symmetryCode({ exchanges }: Symmetry, layout: Layout): string {
  const { words } = layout
  const each = (f: (i: number) => string): string =>
    Array.from({ length: words }, (_, i) => f(i)).join('')
  return `function sortTasks(succ,turned,from,to){
  for(let i=from;i<to;i+=${words + 1}){
    ${each((i) => `let s${i}=succ[i+${i}];`)}let t=0;
    ${exchanges.map((e, k) => exchangeCode(e, k, layout)).join('\n    ')}
    turned[i/${words + 1}]=t;
    if(t!==0){${each((i) => `succ[i+${i}]=s${i};`)}}}}`
}

function exchangeCode({ tasks, own, names }: Exchange, k: number, layout: Layout): string {
  const [a, b] = tasks
  const stored = ([v, w]: readonly [Variable, Variable]): [Field, Field] => [
    fieldFor(layout, v),
    fieldFor(layout, w),
  ]
  const pairs = [[at(layout.pcs, a), at(layout.pcs, b)], ...own.map(stored)].filter(
    (p): p is [Field, Field] => p[0] !== undefined && p[0].bits > 0,
  )
  const fields = names.map((v) => fieldFor(layout, v)).filter((f) => f.bits > 0)
  const isAt = (f: Field, task: number): string => `(${raw(f)}===${task + 1 - f.min}?1:0)`
  const order = [
    ...pairs.map(([f, g]) => `${raw(f)}-${raw(g)}`),
    ...fields.map((f) => `${isAt(f, a)}-${isAt(f, b)}`),
  ]
  const swaps = pairs.map(
    ([f, g]) => `x=${raw(f)}^${raw(g)};s${f.word}^=x<<${f.shift};s${g.word}^=x<<${g.shift};`,
  )
  const renames = fields.map((f) => {
    const [n, m] = [a + 1 - f.min, b + 1 - f.min]
    return `x=${raw(f)};if(x===${n}||x===${m})s${f.word}^=${(n ^ m) << f.shift};`
  })
  return `if((${order.join('||') || '0'})>0){let x;${swaps.join('')}${renames.join('')}t|=${1 << k}}`
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
  exchanges.forEach(({ tasks: [a, b] }, k) => {
    if (((turned >> k) & 1) === 0) return
    now.forEach((n, t) => {
      if (n === a || n === b) now[t] = n === a ? b : a
    })
  })
  return now
}
