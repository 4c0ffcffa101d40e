/**
 * Can one op bring about what another waits for? Asked of the two expressions alone: are there values of their variables for
 * which the wait does not hold, the op can run, and after it the wait holds?
 */
import { evaluate, type Variable, variablesOf } from '@mmulab/model'
import type { LinkedVariable, Node } from './automaton.ts'

/** More combinations than this are not tried; the answer is then "it may". */
const COMBINATIONS = 1 << 14

export function canWake(
  waker: Node,
  waiter: Node,
  variables: ReadonlyMap<Variable, LinkedVariable>,
): boolean {
  const read = variablesOf(waiter.guard)
  const assigns = waker.assign.filter((a) => read.has(a.to))
  if (assigns.length === 0) return false
  const involved = new Set(read)
  variablesOf(waker.guard, involved)
  for (const a of assigns) variablesOf(a.value, involved)
  const list = [...involved]
  const ranges = list.map((v) => variables.get(v) ?? { variable: v, min: v.init, max: v.init })
  const combinations = ranges.reduce((n, r) => n * (r.max - r.min + 1), 1)
  if (combinations > COMBINATIONS) return true
  const values = new Map(ranges.map((r) => [r.variable, r.min]))
  const now = (v: Variable): number => values.get(v) ?? v.init
  for (let i = 0; i < combinations; i++) {
    if (evaluate(waiter.guard, now) === 0 && evaluate(waker.guard, now) !== 0) {
      const after = new Map(assigns.map((a) => [a.to, evaluate(a.value, now)]))
      if (evaluate(waiter.guard, (v) => after.get(v) ?? now(v)) !== 0) return true
    }
    for (const r of ranges) {
      const next = now(r.variable) + 1
      values.set(r.variable, next > r.max ? r.min : next)
      if (next <= r.max) break
    }
  }
  return false
}
