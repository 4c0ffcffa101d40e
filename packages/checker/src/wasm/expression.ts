/** Expressions over the words of a packed state, which are locals from `WORDS` on, as WebAssembly. */
import type { Expr } from '@mmulab/model'
import { comparison, conjunction, fits } from '../expression-code.ts'
import { type Field, fieldFor, type Layout, lowMask, maskOf, placed } from '../layout.ts'
import {
  add,
  and,
  eq,
  get,
  le,
  lt,
  ne,
  not,
  num,
  or,
  select,
  shrUnsigned,
  sub,
  type Value,
} from './encoder.ts'

/** The local that is the first word of the state. */
export const WORDS = 2

export const word = (i: number, first: number = WORDS): Value => get(first + i)

/** The number. */
export function numberOf(e: Expr, layout: Layout): Value {
  switch (e.k) {
    case 'num':
      return num(e.n)
    case 'var':
      return fieldOf(fieldFor(layout, e.v))
    case 'if':
      return select(truthOf(e.c, layout), numberOf(e.a, layout), numberOf(e.b, layout))
    case 'bin':
      if (e.op === 'add') return add(numberOf(e.a, layout), numberOf(e.b, layout))
      if (e.op === 'sub') return sub(numberOf(e.a, layout), numberOf(e.b, layout))
      return truthOf(e, layout)
    default:
      return truthOf(e, layout)
  }
}

/** `first`: where the words are, if not where they always are. */
export function fieldOf(f: Field, first: number = WORDS): Value {
  if (f.bits === 0) return num(f.min)
  const whole = word(f.word, first)
  const low = f.shift === 0 ? whole : shrUnsigned(whole, num(f.shift))
  const raw = f.shift + f.bits === 32 ? low : and(low, num(lowMask(f)))
  return f.min === 0 ? raw : add(raw, num(f.min))
}

/** 1 where the expression is not 0, else 0. Nothing can fail, so everything may be computed. */
export function truthOf(e: Expr, layout: Layout): Value {
  switch (e.k) {
    case 'num':
      return num(e.n !== 0 ? 1 : 0)
    case 'var': {
      const f = fieldFor(layout, e.v)
      return not(isValue(f, 0))
    }
    case 'not':
      return not(truthOf(e.a, layout))
    case 'if':
      return select(truthOf(e.c, layout), truthOf(e.a, layout), truthOf(e.b, layout))
    case 'bin':
      return binaryTruth(e, layout)
    default:
      throw new Error(`expression ${e.k} was not closed before code was made for it`)
  }
}

function binaryTruth(e: Expr & { k: 'bin' }, layout: Layout): Value {
  const test = comparison(e)
  if (test) {
    const is = isValue(fieldFor(layout, test.v), test.n)
    return e.op === 'ne' ? not(is) : is
  }
  const values = (op: (a: Value, b: Value) => Value): Value =>
    op(numberOf(e.a, layout), numberOf(e.b, layout))
  switch (e.op) {
    case 'eq':
      return values(eq)
    case 'ne':
      return values(ne)
    case 'lt':
      return values(lt)
    case 'le':
      return values(le)
    case 'add':
    case 'sub':
      return ne(numberOf(e, layout), num(0))
    case 'or':
      return or(truthOf(e.a, layout), truthOf(e.b, layout))
    case 'and': {
      const { masks, rest } = conjunction(e, layout)
      const tests = [
        ...masks.map((t) => eq(and(word(t.word), num(t.mask)), num(t.value))),
        ...rest.map((x) => truthOf(x, layout)),
      ]
      return tests.reduce((a, b) => and(a, b))
    }
  }
}

function isValue(f: Field, n: number): Value {
  if (!fits(f, n)) return num(0)
  if (f.bits === 0) return num(1)
  return eq(and(word(f.word), num(maskOf(f))), num(placed(f, n)))
}
