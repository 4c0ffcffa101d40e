/** What is known of variables where some code runs, as ranges; and what expressions become there. */
import type { Expr, Variable } from '@mmulab/model'
import { comparison, isTruth } from './expression-code.ts'
import { fieldFor, type Layout } from './layout.ts'

/** From `low` to `high`, without `not`, which are none of the two. */
export interface Range {
  readonly low: number
  readonly high: number
  readonly not: readonly number[]
}

/** Of the variables of which more is known than what their fields can hold. */
export type Ranges = ReadonlyMap<Variable, Range>

const NOBODY: readonly number[] = []

export const NOTHING_KNOWN: Ranges = new Map()

export const rangeOf = (v: Variable, ranges: Ranges, layout: Layout): Range => {
  const known = ranges.get(v)
  if (known) return known
  const { min, max } = fieldFor(layout, v)
  return { low: min, high: max, not: NOBODY }
}

const has = ({ low, high, not }: Range, n: number): boolean =>
  n >= low && n <= high && !not.includes(n)

/** What is known where `v` is `n`. */
export const whereIs = (ranges: Ranges, v: Variable, n: number): Ranges =>
  new Map(ranges).set(v, { low: n, high: n, not: NOBODY })

/** What is known where `v`, which may have several values, is not `n`. */
export function whereIsNot(ranges: Ranges, v: Variable, n: number, layout: Layout): Ranges {
  const before = rangeOf(v, ranges, layout)
  const not = [...before.not, n]
  let { low, high } = before
  while (not.includes(low)) low++
  while (not.includes(high)) high--
  return new Map(ranges).set(v, { low, high, not: not.filter((x) => x > low && x < high) })
}

const num = (n: number): Expr => ({ k: 'num', n })
const [TRUE, FALSE] = [num(1), num(0)]
const truth = (is: boolean): Expr => (is ? TRUE : FALSE)

/** The expression where so much is known: equal to it there, constants folded. The same object where nothing has changed. */
export function within(e: Expr, ranges: Ranges, layout: Layout): Expr {
  switch (e.k) {
    case 'var': {
      const known = ranges.get(e.v)
      if (known) return known.low === known.high ? num(known.low) : e
      const { bits, min } = fieldFor(layout, e.v)
      return bits === 0 ? num(min) : e
    }
    case 'not': {
      const a = within(e.a, ranges, layout)
      if (a.k === 'num') return truth(a.n === 0)
      return a === e.a ? e : { ...e, a }
    }
    case 'if': {
      const c = within(e.c, ranges, layout)
      if (c.k === 'num') return within(c.n !== 0 ? e.a : e.b, ranges, layout)
      const [a, b] = [within(e.a, ranges, layout), within(e.b, ranges, layout)]
      return c === e.c && a === e.a && b === e.b ? e : { k: 'if', c, a, b }
    }
    case 'bin':
      return e.op === 'and' || e.op === 'or'
        ? joined(e, ranges, layout)
        : computed(e, ranges, layout)
    default:
      return e
  }
}

type Binary = Expr & { readonly k: 'bin' }

/** A conjunction or disjunction. */
function joined(e: Binary, ranges: Ranges, layout: Layout): Expr {
  const isAnd = e.op === 'and'
  /** One part decides, or the other one is all that is left. */
  const where = (part: Expr & { k: 'num' }, other: Expr): Expr => {
    if ((part.n !== 0) !== isAnd) return truth(!isAnd)
    const rest = within(other, ranges, layout)
    if (rest.k === 'num') return truth(rest.n !== 0)
    return isTruth(rest) ? rest : { k: 'bin', op: 'ne', a: rest, b: FALSE }
  }
  const a = within(e.a, ranges, layout)
  if (a.k === 'num') return where(a, e.b)
  const b = within(e.b, ranges, layout)
  if (b.k === 'num') return where(b, a)
  return a === e.a && b === e.b ? e : { k: 'bin', op: e.op, a, b }
}

function computed(e: Binary, ranges: Ranges, layout: Layout): Expr {
  const { op } = e
  const [a, b] = [within(e.a, ranges, layout), within(e.b, ranges, layout)]
  if (op === 'add' || op === 'sub') {
    if (a.k === 'num' && b.k === 'num') return num(op === 'add' ? a.n + b.n : a.n - b.n)
    if (b.k === 'num' && b.n === 0) return a
    if (op === 'add' && a.k === 'num' && a.n === 0) return b
  } else {
    const is = compared(op, spread(a, ranges, layout), spread(b, ranges, layout))
    if (is !== undefined) return truth(is)
  }
  return a === e.a && b === e.b ? e : { k: 'bin', op, a, b }
}

/** The values of a number or a variable. */
function spread(e: Expr, ranges: Ranges, layout: Layout): Range | undefined {
  if (e.k === 'num') return { low: e.n, high: e.n, not: NOBODY }
  return e.k === 'var' ? rangeOf(e.v, ranges, layout) : undefined
}

/** Whether two that have such values compare so; undefined where that is open. */
function compared(
  op: Binary['op'],
  a: Range | undefined,
  b: Range | undefined,
): boolean | undefined {
  if (!a || !b) return undefined
  if (op === 'lt' || op === 'le') {
    const slack = op === 'lt' ? 1 : 0
    if (a.high + slack <= b.low) return true
    return a.low + slack > b.high ? false : undefined
  }
  const apart = a.low > b.high || b.low > a.high || excludes(a, b) || excludes(b, a)
  if (apart) return op === 'ne'
  const isOne = a.low === a.high && b.low === b.high
  return isOne ? op === 'eq' : undefined
}

const excludes = (a: Range, b: Range): boolean => b.low === b.high && a.not.includes(b.low)

/** A variable, and a value that it can have. */
export interface Question {
  readonly v: Variable
  readonly n: number
}

/**
 * Whether which variable has which value is to be known next, for an expression of which `within` has left something. Conditions
 * first: once they are known, what is added is a number.
 */
export const question = (e: Expr, ranges: Ranges, layout: Layout): Question | undefined =>
  condition(e, ranges, layout) ?? first(e, ranges, layout)

function condition(e: Expr, ranges: Ranges, layout: Layout): Question | undefined {
  if (e.k === 'num' || e.k === 'var') return undefined
  if (e.k === 'bin' && (e.op === 'add' || e.op === 'sub'))
    return condition(e.a, ranges, layout) ?? condition(e.b, ranges, layout)
  return first(e, ranges, layout)
}

function first(e: Expr, ranges: Ranges, layout: Layout): Question | undefined {
  switch (e.k) {
    case 'var': {
      const range = rangeOf(e.v, ranges, layout)
      return { v: e.v, n: has(range, 0) ? 0 : range.low }
    }
    case 'not':
      return first(e.a, ranges, layout)
    case 'if':
      return first(e.c, ranges, layout)
    case 'bin': {
      const test = comparison(e)
      if (test && has(rangeOf(test.v, ranges, layout), test.n)) return test
      if (e.a.k === 'var' && e.b.k === 'num') return nearest(e.a.v, e.b.n, ranges, layout)
      if (e.b.k === 'var' && e.a.k === 'num') return nearest(e.b.v, e.a.n, ranges, layout)
      return first(e.a, ranges, layout) ?? first(e.b, ranges, layout)
    }
    default:
      return undefined
  }
}

/** The end of the range that is nearer to `n`: what is smaller or larger is soon known. */
function nearest(v: Variable, n: number, ranges: Ranges, layout: Layout): Question {
  const { low, high } = rangeOf(v, ranges, layout)
  return { v, n: n - low < high - n ? low : high }
}
