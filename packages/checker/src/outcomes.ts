/**
 * What an op may do where variables have some of these values: what it answers, writes and adds to counters. Exactly where there are
 * few combinations of values, and part by part, as if no part had to do with another, where there are many; never less than it does.
 */
import {
  applyBinary,
  type Expr,
  evaluate,
  VALUES_LIMIT,
  type Variable,
  variablesOf,
} from '@mmulab/model'
import type { Node } from './automaton.ts'
import { join, type Span } from './counters.ts'

export type Values = ReadonlySet<number>
/** Undefined where there are too many. */
export type ValuesOf = (v: Variable) => Values | undefined

/** What an op may do. */
export interface Outcome {
  readonly answers: Values
  /** Undefined stands for all. */
  readonly writes: ReadonlyMap<Variable, Values | undefined>
  /** What comes to a variable that the op only adds to, by answer; where more is known of it than the op says. */
  readonly added: ReadonlyMap<Variable, ReadonlyMap<number, Span>>
}

export const NOTHING_YET: Outcome = { answers: new Set(), writes: new Map(), added: new Map() }

/** More combinations of values than this are not tried. */
const COMBINATIONS = 1 << 9

export function involvedIn(n: Node): Set<Variable> {
  const all = variablesOf(n.guard)
  variablesOf(n.answer, all)
  for (const a of n.assign) {
    all.add(a.to)
    variablesOf(a.value, all)
  }
  return all
}

/** `onlyWay`: where there is only one way on, it is taken whatever is answered. */
export function outcomeOf(n: Node, known: ValuesOf, onlyWay: boolean): Outcome {
  const list = [...involvedIn(n)].map((v) => ({ v, all: known(v) }))
  const count = list.reduce((c, { all }) => c * (all?.size ?? Number.POSITIVE_INFINITY), 1)
  // The only way on is taken whatever is answered.
  const isAsked = n.kind === 'step' && (n.edges.length > 1 || !onlyWay)
  if (count > COMBINATIONS) return guessed(n, isAsked, known)
  const values = list.map(({ v, all }) => [v, [...(all ?? [])]] as const)
  return tried(n, isAsked, values)
}

const answersOf = (n: Node): number[] => n.edges.map((e) => e.answer)

/** Part by part, as if nothing in it had to do with anything else. */
function guessed(n: Node, isAsked: boolean, known: ValuesOf): Outcome {
  const can = valuesIn(n.guard, known)
  if (can?.size === 1 && can.has(0)) return { ...NOTHING_YET }
  const said = isAsked ? valuesIn(n.answer, known) : undefined
  const answers = new Set(answersOf(n).filter((x) => said?.has(x) ?? true))
  const writes = new Map(n.assign.map((a) => [a.to, valuesIn(a.value, known)]))
  return { answers, writes, added: new Map() }
}

/** By trying all values. */
function tried(
  n: Node,
  isAsked: boolean,
  list: readonly (readonly [Variable, readonly number[]])[],
): Outcome {
  const answers = new Set<number>()
  const writes = new Map(n.assign.map((a) => [a.to, new Set<number>()]))
  const added = new Map(n.assign.map((a) => [a.to, new Map<number, Span>()]))
  const now = new Map(list.map(([v, all]) => [v, all[0] ?? v.init]))
  const read = (v: Variable): number => now.get(v) ?? v.init
  const places = list.map(() => 0)
  const count = list.reduce((c, [, all]) => c * all.length, 1)
  for (let c = 0; c < count; c++) {
    if (evaluate(n.guard, read) !== 0) {
      const said = isAsked ? [evaluate(n.answer, read)] : answersOf(n)
      for (const answer of said) answers.add(answer)
      const after = n.assign.map((a) => ({ to: a.to, x: evaluate(a.value, read) }))
      // An op by which a variable would leave its domain is not run.
      const isRun = after.every(({ to, x }) => x >= to.min && x <= to.max)
      for (const { to, x } of isRun ? after : []) {
        writes.get(to)?.add(x)
        const spans = added.get(to)
        const more = { min: x - read(to), max: x - read(to) }
        for (const answer of said) spans?.set(answer, join(spans.get(answer) ?? more, more))
      }
    }
    for (const [k, [v, all]] of list.entries()) {
      const next = (places[k] ?? 0) + 1
      places[k] = next < all.length ? next : 0
      now.set(v, all[places[k] ?? 0] ?? v.init)
      if (next < all.length) break
    }
  }
  return { answers, writes, added }
}

/** A superset of the values of an expression. */
export function valuesIn(e: Expr, known: ValuesOf): Values | undefined {
  switch (e.k) {
    case 'num':
      return new Set([e.n])
    case 'var':
      return known(e.v)
    case 'not': {
      const a = valuesIn(e.a, known)
      return a ? new Set([...a].map((x) => (x === 0 ? 1 : 0))) : EITHER
    }
    case 'if': {
      const c = valuesIn(e.c, known)
      if (c?.size === 1) return valuesIn(c.has(0) ? e.b : e.a, known)
      const [a, b] = [valuesIn(e.a, known), valuesIn(e.b, known)]
      return a && b && limited(new Set([...a, ...b]))
    }
    case 'bin': {
      const [a, b] = [valuesIn(e.a, known), valuesIn(e.b, known)]
      const isNumber = e.op === 'add' || e.op === 'sub'
      const isOne = (x: Values | undefined, is: boolean): boolean =>
        x !== undefined && (is ? !x.has(0) : x.size === 1 && x.has(0))
      if (e.op === 'and' && (isOne(a, false) || isOne(b, false))) return new Set([0])
      if (e.op === 'or' && (isOne(a, true) || isOne(b, true))) return new Set([1])
      if (!a || !b || a.size * b.size > COMBINATIONS) return isNumber ? undefined : EITHER
      const out = new Set<number>()
      for (const x of a) for (const y of b) out.add(applyBinary(e.op, x, y))
      return limited(out)
    }
    default:
      return undefined
  }
}

const EITHER: Values = new Set([0, 1])

const limited = (x: Values): Values | undefined => (x.size > VALUES_LIMIT ? undefined : x)
