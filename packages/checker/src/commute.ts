/**
 * Whether the order of two ops makes a difference, asked of their values: by trying all values of the variables that they speak
 * of. Two counts up are two counts up in either order, though both write the same variable.
 */
import { type Expr, evaluate, type Variable, variablesOf } from '@mmulab/model'
import type { Edge, LinkedVariable, Node } from './automaton.ts'
import { enables, type Footprint } from './dependence.ts'
import { canWake } from './wake.ts'

export type Ranges = ReadonlyMap<Variable, LinkedVariable>

/** More combinations of values than this are not tried, and the answer is the careful one. */
const COMBINATIONS = 1 << 9

type Read = (v: Variable) => number

/** What an op does where it can run: its answer and what it writes; undefined where a variable would leave its domain. */
function effect(n: Node, now: Read): { answer: number; after: Read } | undefined {
  const writes = new Map(n.assign.map((a) => [a.to, evaluate(a.value, now)]))
  for (const [v, x] of writes) if (x < v.min || x > v.max) return undefined
  return { answer: evaluate(n.answer, now), after: (v) => writes.get(v) ?? now(v) }
}

const can = (n: Node, now: Read): boolean => evaluate(n.guard, now) !== 0

/**
 * Whether `a`, where it can run and keeps all variables in their domains, goes with `b` in either order: neither keeps the other from
 * running or changes its answer, and the outcome is the same.
 */
export function commutes({ node: a }: Footprint, { node: b }: Footprint, ranges: Ranges): boolean {
  return everywhere([a, b], [], ranges, (now) => {
    if (!can(a, now) || !can(b, now)) return true
    const first = effect(a, now)
    if (!first) return true
    const other = effect(b, now)
    const then = can(b, first.after) ? effect(b, first.after) : 'stopped'
    if (then === 'stopped') return false
    if (!other || !then) return !other && !then
    const back = can(a, other.after) ? effect(a, other.after) : undefined
    return (
      back !== undefined &&
      back.answer === first.answer &&
      then.answer === other.answer &&
      [...a.assign, ...b.assign].every(({ to }) => then.after(to) === back.after(to))
    )
  })
}

/** Whether `b` may wait before and after `a`, and not for the same tasks. Whoever need not wait any more waits for nobody. */
export function misdirects(
  { node: a }: Footprint,
  { node: b, holders }: Footprint,
  ranges: Ranges,
): boolean {
  return !everywhere([a, b], holders, ranges, (now) => {
    if (!can(a, now) || can(b, now)) return true
    const done = effect(a, now)
    if (!done || can(b, done.after)) return true
    return holders.every((h) => (evaluate(h, now) !== 0) === (evaluate(h, done.after) !== 0))
  })
}

/**
 * Whether `a` may make it possible to run `b`. Where others can undo that before `a` is done, its order decides whether `b` is ever
 * possible, which is all that a scheduler is asked about, though nobody need ever run it.
 */
export const frees = (a: Footprint, b: Footprint, ranges: Ranges): boolean =>
  enables(a, b) && canWake(a.node, b.node, ranges)

/** Whether no variable leaves its domain by an op, wherever it can run. */
export const staysInside = (n: Node, ranges: Ranges): boolean =>
  n.assign.every((a) => {
    const op = { ...n, assign: [a], answer: n.guard }
    return everywhere([op], [], ranges, (now) => !can(op, now) || effect(op, now) !== undefined)
  })

/** Whether an op can be run anywhere in these ranges. */
export const canBeRun = (n: Node, ranges: Ranges): boolean => {
  const op = { ...n, assign: [], answer: n.guard }
  return !everywhere([op], [], ranges, (now) => !can(op, now))
}

/** Whether a variable has a value still after an op, where it had it before. */
export const leavesAlone = (n: Node, v: Variable, value: number, ranges: Ranges): boolean => {
  const op = { ...n, assign: n.assign.filter((a) => a.to === v), answer: n.guard }
  if (op.assign.length === 0) return true
  return everywhere([op], [], ranges, (now) => {
    if (now(v) !== value || !can(op, now)) return true
    const done = effect(op, now)
    return !done || done.after(v) === value
  })
}

/** The edges that an op may take where the variables are in these ranges. */
export function edgesWithin(n: Node, ranges: Ranges): readonly Edge[] {
  if (n.kind !== 'step' || n.edges.length < 2) return n.edges
  const op = { ...n, assign: [] }
  return n.edges.filter(
    (e) =>
      !everywhere([op], [], ranges, (now) => !can(op, now) || evaluate(n.answer, now) !== e.answer),
  )
}

/** Whether something holds for all values of the variables of some ops; false where there are too many of them. */
function everywhere(
  nodes: readonly Node[],
  more: readonly Expr[],
  ranges: Ranges,
  holds: (now: Read) => boolean,
): boolean {
  const involved = new Set<Variable>()
  for (const n of nodes) {
    variablesOf(n.guard, involved)
    variablesOf(n.answer, involved)
    for (const a of n.assign) {
      involved.add(a.to)
      variablesOf(a.value, involved)
    }
  }
  for (const e of more) variablesOf(e, involved)
  const list = [...involved].map((v) => ranges.get(v) ?? { variable: v, min: v.init, max: v.init })
  const count = list.reduce((n, r) => n * (r.max - r.min + 1), 1)
  if (count > COMBINATIONS) return false
  const values = new Map(list.map((r) => [r.variable, r.min]))
  const now: Read = (v) => values.get(v) ?? v.init
  for (let i = 0; i < count; i++) {
    if (!holds(now)) return false
    for (const r of list) {
      const next = now(r.variable) + 1
      values.set(r.variable, next > r.max ? r.min : next)
      if (next <= r.max) break
    }
  }
  return true
}
