/**
 * Expressions over shared variables: small trees of pure data. A guard, an assigned value, an answer and a claim are all
 * expressions of this one kind, so read sets, generated code, exports and the words of a story come from one place.
 * Truth is 1 and 0.
 */
import type { PerTask, Variable } from './variable.ts'

export type BinaryOp = 'eq' | 'ne' | 'lt' | 'le' | 'add' | 'sub' | 'and' | 'or'

export type Expr =
  | { readonly k: 'num'; readonly n: number }
  | { readonly k: 'var'; readonly v: Variable }
  /** The number of a task, counted from 1: the one that runs the op, or the one bound by `anyTask`. */
  | { readonly k: 'task'; readonly who: 'self' | 'other' }
  | { readonly k: 'slot'; readonly p: PerTask; readonly who: 'self' | 'other' }
  | { readonly k: 'bin'; readonly op: BinaryOp; readonly a: Expr; readonly b: Expr }
  | { readonly k: 'not'; readonly a: Expr }
  | { readonly k: 'if'; readonly c: Expr; readonly a: Expr; readonly b: Expr }
  /** 1 when `e` holds with `other` bound to at least one task of the world, the running one included. */
  | { readonly k: 'anyTask'; readonly e: Expr }

/** Where an expression is wanted, a variable or a number will do. */
export type ExprLike = Expr | Variable | number

export function expr(x: ExprLike): Expr {
  if (typeof x === 'number') return { k: 'num', n: x }
  return 'kind' in x ? { k: 'var', v: x } : x
}

const bin =
  (op: BinaryOp) =>
  (a: ExprLike, b: ExprLike): Expr => ({ k: 'bin', op, a: expr(a), b: expr(b) })

export const eq: (a: ExprLike, b: ExprLike) => Expr = bin('eq')
export const ne: (a: ExprLike, b: ExprLike) => Expr = bin('ne')
export const lt: (a: ExprLike, b: ExprLike) => Expr = bin('lt')
export const le: (a: ExprLike, b: ExprLike) => Expr = bin('le')
export const plus: (a: ExprLike, b: ExprLike) => Expr = bin('add')
export const minus: (a: ExprLike, b: ExprLike) => Expr = bin('sub')

export const not = (a: ExprLike): Expr => ({ k: 'not', a: expr(a) })
export const TRUE: Expr = { k: 'num', n: 1 }
export const FALSE: Expr = { k: 'num', n: 0 }
/** Holds when all parts hold; of no parts, always. */
export const and = (...parts: ExprLike[]): Expr => fold('and', parts, TRUE)
/** Holds when any part holds; of no parts, never. */
export const or = (...parts: ExprLike[]): Expr => fold('or', parts, FALSE)
export const sum = (...parts: ExprLike[]): Expr => fold('add', parts, { k: 'num', n: 0 })
/** `c ? a : b`. */
export const when = (c: ExprLike, a: ExprLike, b: ExprLike): Expr => ({
  k: 'if',
  c: expr(c),
  a: expr(a),
  b: expr(b),
})
/** The running task's number, from 1. 0 never names a task. */
export const SELF: Expr = { k: 'task', who: 'self' }
/** The number of the task that `anyTask` is looking at. */
export const OTHER: Expr = { k: 'task', who: 'other' }
export const mine = (p: PerTask): Expr => ({ k: 'slot', p, who: 'self' })
export const theirs = (p: PerTask): Expr => ({ k: 'slot', p, who: 'other' })
export const anyTask = (e: ExprLike): Expr => ({ k: 'anyTask', e: expr(e) })
/** Holds when `f` holds for some element. */
export const any = <T>(list: readonly T[], f: (x: T, i: number) => ExprLike): Expr =>
  or(...list.map(f))
/** Holds when `f` holds for every element. */
export const all = <T>(list: readonly T[], f: (x: T, i: number) => ExprLike): Expr =>
  and(...list.map(f))

function fold(op: BinaryOp, parts: readonly ExprLike[], empty: Expr): Expr {
  if (parts.length === 0) return empty
  return parts.map(expr).reduce((a, b) => ({ k: 'bin', op, a, b }))
}

/** Applies `f` to what an expression is made of; what stays the same is the same object. */
export function mapParts(e: Expr, f: (e: Expr) => Expr): Expr {
  switch (e.k) {
    case 'num':
    case 'var':
    case 'task':
    case 'slot':
      return e
    case 'bin': {
      const [a, b] = [f(e.a), f(e.b)]
      return a === e.a && b === e.b ? e : { ...e, a, b }
    }
    case 'not': {
      const a = f(e.a)
      return a === e.a ? e : { ...e, a }
    }
    case 'if': {
      const [c, a, b] = [f(e.c), f(e.a), f(e.b)]
      return c === e.c && a === e.a && b === e.b ? e : { ...e, c, a, b }
    }
    case 'anyTask': {
      const inner = f(e.e)
      return inner === e.e ? e : { ...e, e: inner }
    }
  }
}

/** Applies `f` to every node from the leaves up. */
export const mapExpr = (e: Expr, f: (e: Expr) => Expr): Expr =>
  f(mapParts(e, (part) => mapExpr(part, f)))

function bindTask(e: Expr, who: 'self' | 'other', index: number): Expr {
  return mapExpr(e, (x) => {
    if (x.k === 'task' && x.who === who) return { k: 'num', n: index + 1 }
    if (x.k === 'slot' && x.who === who) return { k: 'var', v: x.p.slot(index) }
    return x
  })
}

/** Closes an expression for the task `self` (from 0) in a world of `tasks` tasks: what is left has only variables. */
export function closeExpr(e: Expr, self: number, tasks: number): Expr {
  const opened = mapExpr(e, (x) =>
    x.k === 'anyTask'
      ? or(...Array.from({ length: tasks }, (_, i) => bindTask(x.e, 'other', i)))
      : x,
  )
  return simplify(bindTask(opened, 'self', self))
}

/** Binds `other` of an expression that speaks of two tasks (who waits for whom). */
export const closeOther = (e: Expr, other: number): Expr => simplify(bindTask(e, 'other', other))

const truth = (b: boolean): number => (b ? 1 : 0)

export function applyBinary(op: BinaryOp, a: number, b: number): number {
  switch (op) {
    case 'eq':
      return truth(a === b)
    case 'ne':
      return truth(a !== b)
    case 'lt':
      return truth(a < b)
    case 'le':
      return truth(a <= b)
    case 'add':
      return a + b
    case 'sub':
      return a - b
    case 'and':
      return truth(a !== 0 && b !== 0)
    case 'or':
      return truth(a !== 0 || b !== 0)
  }
}

/** The value of a closed expression. */
export function evaluate(e: Expr, read: (v: Variable) => number): number {
  switch (e.k) {
    case 'num':
      return e.n
    case 'var':
      return read(e.v)
    case 'bin':
      return applyBinary(e.op, evaluate(e.a, read), evaluate(e.b, read))
    case 'not':
      return truth(evaluate(e.a, read) === 0)
    case 'if':
      return evaluate(evaluate(e.c, read) !== 0 ? e.a : e.b, read)
    default:
      throw new Error(`expression ${e.k} was not closed before it was evaluated`)
  }
}

const isNum = (e: Expr, n?: number): e is Expr & { k: 'num' } =>
  e.k === 'num' && (n === undefined || e.n === n)

const isTruth = (e: Expr): boolean =>
  e.k === 'not' || e.k === 'anyTask' || (e.k === 'bin' && e.op !== 'add' && e.op !== 'sub')
const asTruth = (e: Expr): Expr => (isTruth(e) ? e : ne(e, 0))

/** Constant folding; nothing else, so that an expression still reads as it was written. */
export function simplify(e: Expr): Expr {
  return mapExpr(e, (x) => {
    if (x.k === 'bin') {
      if (isNum(x.a) && isNum(x.b)) return { k: 'num', n: applyBinary(x.op, x.a.n, x.b.n) }
      if (x.op === 'and') {
        if (isNum(x.a, 0) || isNum(x.b, 0)) return FALSE
        if (isNum(x.a)) return asTruth(x.b)
        if (isNum(x.b)) return asTruth(x.a)
      }
      if (x.op === 'or') {
        if (isNum(x.a, 0)) return asTruth(x.b)
        if (isNum(x.b, 0)) return asTruth(x.a)
        if (isNum(x.a) || isNum(x.b)) return TRUE
      }
      if (x.op === 'add' && isNum(x.a, 0)) return x.b
      if ((x.op === 'add' || x.op === 'sub') && isNum(x.b, 0)) return x.a
    }
    if (x.k === 'not' && isNum(x.a)) return x.a.n === 0 ? TRUE : FALSE
    if (x.k === 'if' && isNum(x.c)) return x.c.n !== 0 ? x.a : x.b
    return x
  })
}

/** Every variable that a closed expression reads. */
export function variablesOf(e: Expr, into: Set<Variable> = new Set()): Set<Variable> {
  mapExpr(e, (x) => {
    if (x.k === 'var') into.add(x.v)
    return x
  })
  return into
}

/** Sets larger than this are not enumerated. */
export const VALUES_LIMIT = 256

/** The values a variable can have: its domain, unless more is known. `undefined` stands for "too many to list". */
export type ValuesOfVariable = (v: Variable) => ReadonlySet<number> | undefined

const wholeDomain: ValuesOfVariable = (v) => domainValues(v.min, v.max)

/**
 * A superset of the values an expression can have, from those of its variables; `undefined` when it is larger than
 * `VALUES_LIMIT`. Sound but not exact: correlations between two readings of one variable are not seen.
 */
export function valuesOf(e: Expr, known: ValuesOfVariable = wholeDomain): number[] | undefined {
  const set = values(e, known)
  return set && [...set].sort((a, b) => a - b)
}

function domainValues(min: number, max: number): Set<number> | undefined {
  if (max - min >= VALUES_LIMIT) return undefined
  return new Set(Array.from({ length: max - min + 1 }, (_, i) => min + i))
}

function values(e: Expr, known: ValuesOfVariable): ReadonlySet<number> | undefined {
  switch (e.k) {
    case 'num':
      return new Set([e.n])
    case 'var':
      return known(e.v)
    case 'slot':
      return domainValues(0, e.p.max)
    case 'task':
      return undefined
    case 'not':
    case 'anyTask':
      return new Set([0, 1])
    case 'if': {
      const a = values(e.a, known)
      const b = values(e.b, known)
      return a && b && new Set([...a, ...b])
    }
    case 'bin': {
      if (e.op !== 'add' && e.op !== 'sub') return new Set([0, 1])
      const a = values(e.a, known)
      const b = values(e.b, known)
      if (!a || !b || a.size * b.size > VALUES_LIMIT * 16) return undefined
      const out = new Set<number>()
      for (const x of a) for (const y of b) out.add(applyBinary(e.op, x, y))
      return out.size > VALUES_LIMIT ? undefined : out
    }
  }
}

/** The expression in words, C-like: `kvm.count != 0 && pte[0] == 1`. */
export function showExpr(e: Expr): string {
  const sign: Record<BinaryOp, string> = {
    eq: '==',
    ne: '!=',
    lt: '<',
    le: '<=',
    add: '+',
    sub: '-',
    and: '&&',
    or: '||',
  }
  switch (e.k) {
    case 'num':
      return String(e.n)
    case 'var':
      return e.v.name
    case 'task':
      return e.who
    case 'slot':
      return `${e.p.name}@${e.who}`
    case 'not':
      return `!${group(e.a)}`
    case 'anyTask':
      return `any task: ${showExpr(e.e)}`
    case 'if':
      return `${group(e.c)} ? ${group(e.a)} : ${group(e.b)}`
    case 'bin':
      return `${group(e.a)} ${sign[e.op]} ${group(e.b)}`
  }
}

const group = (e: Expr): string => {
  const text = showExpr(e)
  return e.k === 'bin' || e.k === 'if' ? `(${text})` : text
}
