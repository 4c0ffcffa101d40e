/**
 * What the decision who goes alone looks up, as one block of memory. Per task a record for each of its nodes, then a table for each
 * purpose with a row per node of another task, as `alone-tables.ts` has them.
 */

import type { Expr } from '@mmulab/model'
import type { AloneReduction } from '../alone.ts'
import { isStep } from '../alone-code.ts'
import type { Automaton, Linked, Node } from '../automaton.ts'
import { intervalOf, sameExpr } from '../expression-code.ts'
import type { Layout } from '../layout.ts'
import { at } from '../layout.ts'
import { le, lt, not, num, type Value } from './encoder.ts'
import { numberOf, truthOf } from './expression.ts'

/** Bytes of a record, as a power of two, and where in it each thing is. */
export const RECORD = 5
export const IN_RECORD = { row: 0, waiter: 4, guard: 8, inside: 12, isStep: 16 } as const

/** Numbers of guards in records: those below the first one are answers. */
export const ALWAYS = 0
export const NEVER = 1

/** And of what makes a step one that tells nobody anything. */
export const NO_STEP = 0
export const STEP = 1

export interface AloneTask {
  /** Offsets in the block. */
  readonly records: number
  readonly against: number
  readonly by: number
  readonly nodes: number
  /** What a record's guard says, from number `NEVER + 1` on. */
  readonly guards: readonly Expr[]
  /** What a record's `inside` says, from 1 on: no variable leaves its domain. 0 is always. */
  readonly insides: readonly (readonly Value[])[]
  /** What a record's `isStep` says, from `STEP + 1` on: where any of these holds it is none to pass over. */
  readonly shows: readonly (readonly Expr[])[]
  /** Whether the task goes alone anywhere. */
  readonly mayGo: boolean
}

export interface AloneBlock {
  readonly words: Int32Array
  readonly tasks: readonly AloneTask[]
  readonly barriers: readonly (Expr | undefined)[]
}

export function aloneBlock(
  { automata }: Linked,
  layout: Layout,
  { words: found, tables, block }: AloneReduction,
): AloneBlock {
  const words: number[] = []
  const tasks = automata.map((a, t): AloneTask => {
    const [row, waiter] = [at(found.row, t), at(found.waiter, t)]
    const guards = guardsOf(a)
    const insides = insidesOf(a, layout)
    const shows = showsOf(at(found.shows, t))
    const put = (list: Iterable<number>): number => {
      const begin = words.length * 4
      for (const w of list) words.push(w)
      return begin
    }
    const records = put(
      a.nodes.flatMap((n, i) => {
        const record = [
          at(row, i),
          at(waiter, i),
          at(guards.of, i),
          at(insides.of, i),
          isStep(n) ? at(shows.of, i) : NO_STEP,
        ]
        return [...record, ...Array.from({ length: 2 ** (RECORD - 2) - record.length }, () => 0)]
      }),
    )
    const against = put(at(found.against, t))
    const by = put(at(found.by, t))
    const mayGo = row.some((r) => r !== -1)
    return {
      records,
      against,
      by,
      nodes: a.nodes.length,
      guards: guards.list,
      insides: insides.list,
      shows: shows.list,
      mayGo,
    }
  })
  const whole = block(Int32Array.from(words), tasks)
  return { words: whole, tasks, barriers: tables.barriers.map((b) => b.guard) }
}

function guardsOf({ nodes }: Automaton): { list: Expr[]; of: number[] } {
  const list: Expr[] = []
  const of = nodes.map(({ kind, guard }) => {
    if (kind === 'end') return NEVER
    if (guard.k === 'num') return guard.n !== 0 ? ALWAYS : NEVER
    const known = list.findIndex((g) => sameExpr(g, guard))
    return NEVER + 1 + (known < 0 ? list.push(guard) - 1 : known)
  })
  return { list, of }
}

function showsOf(shows: readonly (readonly Expr[])[]): { list: (readonly Expr[])[]; of: number[] } {
  const list: (readonly Expr[])[] = []
  const of = shows.map((s) => (s.length === 0 ? STEP : STEP + list.push(s)))
  return { list, of }
}

function insidesOf({ nodes }: Automaton, layout: Layout): { list: Value[][]; of: number[] } {
  const list: Value[][] = []
  const of = nodes.map((n) => {
    const tests = n.kind === 'end' ? [] : staysInside(n, layout)
    return tests.length === 0 ? 0 : list.push(tests)
  })
  return { list, of }
}

/** Each is 1 where a variable stays in its domain by the op. */
const staysInside = (n: Node, layout: Layout): Value[] =>
  n.assign.flatMap(({ to, value }) => {
    const [low, high] = intervalOf(value, layout)
    const x = numberOf(value, layout)
    return [
      ...(low < to.min ? [not(lt(x, num(to.min)))] : []),
      ...(high > to.max ? [le(x, num(to.max))] : []),
    ]
  })

/** 1 where nobody can come, behind this barrier, to what is shut. */
export const isShut = (guard: Expr | undefined, layout: Layout): Value =>
  guard ? not(truthOf(guard, layout)) : num(1)
