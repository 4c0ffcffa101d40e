/**
 * Expressions as JavaScript over the words `s0`, `s1`, ... of a packed state, and what can be known about them before
 * they run: the interval of their values, and the facts that follow from a condition that holds.
 */
import { type Expr, mapParts, simplify, type Variable } from '@mmulab/model'
import { type Field, fieldFor, type Layout, lowMask, maskOf, placed } from './layout.ts'

/** An expression for the number. */
export function valueCode(e: Expr, layout: Layout): string {
  switch (e.k) {
    case 'num':
      return e.n < 0 ? `(${e.n})` : String(e.n)
    case 'var':
      return fieldCode(fieldFor(layout, e.v))
    case 'if':
      return `(${truthCode(e.c, layout)}?${valueCode(e.a, layout)}:${valueCode(e.b, layout)})`
    case 'bin':
      if (e.op === 'add') return `(${valueCode(e.a, layout)}+${valueCode(e.b, layout)})`
      if (e.op === 'sub') return `(${valueCode(e.a, layout)}-${valueCode(e.b, layout)})`
      return `(${truthCode(e, layout)}?1:0)`
    default:
      return `(${truthCode(e, layout)}?1:0)`
  }
}

function fieldCode(f: Field): string {
  if (f.bits === 0) return f.min < 0 ? `(${f.min})` : String(f.min)
  const low = f.shift === 0 ? `s${f.word}` : `s${f.word}>>>${f.shift}`
  const raw = f.shift + f.bits === 32 ? `(${low})` : `(${low}&${lowMask(f)})`
  return f.min === 0 ? raw : `(${raw}+${f.min})`
}

/** An expression for "not 0", made for a condition. */
export function truthCode(e: Expr, layout: Layout): string {
  switch (e.k) {
    case 'num':
      return e.n !== 0 ? 'true' : 'false'
    case 'var':
      return `!${isValue(e.v, 0, layout)}`
    case 'not':
      return `!${truthCode(e.a, layout)}`
    case 'if':
      return `(${truthCode(e.c, layout)}?${truthCode(e.a, layout)}:${truthCode(e.b, layout)})`
    case 'bin':
      return binaryTruth(e, layout)
    default:
      throw new Error(`expression ${e.k} was not closed before code was made for it`)
  }
}

function binaryTruth(e: Expr & { k: 'bin' }, layout: Layout): string {
  const test = comparison(e)
  if (test) return `${e.op === 'ne' ? '!' : ''}${isValue(test.v, test.n, layout)}`
  const both = (sign: string): string =>
    `(${valueCode(e.a, layout)}${sign}${valueCode(e.b, layout)})`
  switch (e.op) {
    case 'eq':
      return both('===')
    case 'ne':
      return both('!==')
    case 'lt':
      return both('<')
    case 'le':
      return both('<=')
    case 'add':
    case 'sub':
      return `(${valueCode(e, layout)}!==0)`
    case 'or':
      return `(${truthCode(e.a, layout)}||${truthCode(e.b, layout)})`
    case 'and':
      return conjunctionCode(e, layout)
  }
}

/** Tests of fields of one word against constants, as one: where the bits of `mask` are those of `value`. */
export interface MaskTest {
  readonly word: number
  readonly mask: number
  readonly value: number
}

/** A conjunction as tests of whole words, and what cannot be tested so. */
export function conjunction(e: Expr, layout: Layout): { masks: MaskTest[]; rest: Expr[] } {
  const masks = new Map<number, MaskTest>()
  const rest: Expr[] = []
  for (const part of conjuncts(e)) {
    const test = comparison(part)
    const f = test && layout.fieldOf.get(test.v)
    const isMask = part.k === 'bin' && part.op === 'eq' && test && f && f.bits > 0
    if (!isMask || !fits(f, test.n)) {
      rest.push(part)
      continue
    }
    const { mask, value } = masks.get(f.word) ?? { mask: 0, value: 0 }
    if ((mask & maskOf(f)) !== 0) rest.push(part)
    else
      masks.set(f.word, {
        word: f.word,
        mask: mask | maskOf(f),
        value: value | placed(f, test.n),
      })
  }
  return { masks: [...masks.values()], rest }
}

function conjunctionCode(e: Expr, layout: Layout): string {
  const { masks, rest } = conjunction(e, layout)
  const tests = masks.map((t) => `(s${t.word}&${t.mask})===${t.value}`)
  return `(${[...tests, ...rest.map((x) => truthCode(x, layout))].join('&&')})`
}

/** The parts that must all hold. */
export const conjuncts = (e: Expr): Expr[] =>
  e.k === 'bin' && e.op === 'and' ? [...conjuncts(e.a), ...conjuncts(e.b)] : [e]

/** `v == n` and `v != n`, whichever way round they are written. */
export function comparison(e: Expr): { v: Variable; n: number } | undefined {
  if (e.k !== 'bin' || (e.op !== 'eq' && e.op !== 'ne')) return undefined
  if (e.a.k === 'var' && e.b.k === 'num') return { v: e.a.v, n: e.b.n }
  if (e.b.k === 'var' && e.a.k === 'num') return { v: e.b.v, n: e.a.n }
  return undefined
}

export const fits = (f: Field, n: number): boolean => n >= f.min && n <= f.max

function isValue(v: Variable, n: number, layout: Layout): string {
  const f = fieldFor(layout, v)
  if (!fits(f, n)) return 'false'
  if (f.bits === 0) return 'true'
  return `((s${f.word}&${maskOf(f)})===${placed(f, n)})`
}

export type Interval = readonly [number, number]

/** Smallest and largest value; never too narrow. */
export function intervalOf(e: Expr, layout: Layout): Interval {
  switch (e.k) {
    case 'num':
      return [e.n, e.n]
    case 'var': {
      const f = fieldFor(layout, e.v)
      return [f.min, f.max]
    }
    case 'if': {
      const [a, b] = [intervalOf(e.a, layout), intervalOf(e.b, layout)]
      return [Math.min(a[0], b[0]), Math.max(a[1], b[1])]
    }
    case 'bin': {
      if (e.op !== 'add' && e.op !== 'sub') return [0, 1]
      const [a, b] = [intervalOf(e.a, layout), intervalOf(e.b, layout)]
      return e.op === 'add' ? [a[0] + b[0], a[1] + b[1]] : [a[0] - b[1], a[1] - b[0]]
    }
    default:
      return [0, 1]
  }
}

/** Whether an expression is 0 or 1 whatever the state. */
export const isTruth = (e: Expr): boolean =>
  e.k === 'not' || (e.k === 'bin' && e.op !== 'add' && e.op !== 'sub')

/** What is known of the state where some code runs: values of variables, and a condition with its truth. */
export interface Facts {
  readonly values: ReadonlyMap<Variable, number>
  readonly conditions: readonly { readonly e: Expr; readonly n: number }[]
}

export const NO_FACTS: Facts = { values: new Map(), conditions: [] }

/** What is known where, besides `facts`, `e` has the value `n`. */
export function learn(facts: Facts, e: Expr, n: number): Facts {
  if (e.k === 'num') return facts
  const values = new Map(facts.values)
  if (e.k === 'var') values.set(e.v, n)
  if (e.k === 'not' && e.a.k === 'var' && n !== 0) values.set(e.a.v, 0)
  if (n !== 0 && isTruth(e))
    for (const part of conjuncts(e)) {
      const test = part.k === 'bin' && part.op === 'eq' ? comparison(part) : undefined
      if (test) values.set(test.v, test.n)
    }
  return { values, conditions: [...facts.conditions, { e, n }] }
}

/** The expression, which is simple, where `facts` are known; equal to it there. */
export function assume(e: Expr, facts: Facts): Expr {
  if (e.k === 'num' || facts.conditions.length === 0) return e
  const known = replace(e, facts)
  return known === e ? e : simplify(known)
}

/** Conditions are looked for as they were written, before values are put into them: from the root down. */
function replace(e: Expr, facts: Facts): Expr {
  if (e.k === 'num') return e
  for (const c of facts.conditions) if (sameExpr(c.e, e)) return { k: 'num', n: c.n }
  if (e.k === 'var') {
    const n = facts.values.get(e.v)
    return n === undefined ? e : { k: 'num', n }
  }
  return mapParts(e, (part) => replace(part, facts))
}

export function sameExpr(a: Expr, b: Expr): boolean {
  if (a === b) return true
  if (a.k === 'num') return b.k === 'num' && a.n === b.n
  if (a.k === 'var') return b.k === 'var' && a.v === b.v
  if (a.k === 'not') return b.k === 'not' && sameExpr(a.a, b.a)
  if (a.k === 'bin')
    return b.k === 'bin' && a.op === b.op && sameExpr(a.a, b.a) && sameExpr(a.b, b.b)
  if (a.k === 'if')
    return b.k === 'if' && sameExpr(a.c, b.c) && sameExpr(a.a, b.a) && sameExpr(a.b, b.b)
  return false
}
