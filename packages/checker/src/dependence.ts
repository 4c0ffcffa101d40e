/**
 * Which ops can get in each other's way: what every node of an automaton reads and writes, and what a task can still do from
 * where it is. Everything here is read off the automata; nothing depends on a state.
 */
import { closeExpr, closeOther, type Expr, type Variable, variablesOf } from '@mmulab/model'
import type { Node } from './automaton.ts'

export interface Footprint {
  readonly node: Node
  readonly reads: ReadonlySet<Variable>
  readonly writes: ReadonlySet<Variable>
  /** Of the reads, those that decide whether the node can run at all. */
  readonly guard: ReadonlySet<Variable>
  /** And those that say, while it waits, whom it waits for: an op that changes them may make or break a deadlock. */
  readonly holder: ReadonlySet<Variable>
  /** Per task, when it is waited for. */
  readonly holders: readonly Expr[]
}

export function footprintOf(node: Node, task: number, tasks: number): Footprint {
  const guard = variablesOf(node.guard)
  const reads = new Set(guard)
  variablesOf(node.answer, reads)
  for (const a of node.assign) variablesOf(a.value, reads)
  const holder = new Set<Variable>()
  const who = node.waits?.holder
  const holders = Array.from({ length: who ? tasks : 0 }, (_, j) =>
    closeExpr(closeOther(who as Expr, j), task, tasks),
  )
  for (const h of holders) variablesOf(h, holder)
  for (const v of holder) reads.add(v)
  return { node, reads, writes: new Set(node.assign.map((a) => a.to)), guard, holder, holders }
}

const meet = (a: ReadonlySet<Variable>, b: ReadonlySet<Variable>): boolean => {
  for (const v of a) if (b.has(v)) return true
  return false
}

/** Whether the order of two ops of different tasks can make a difference. */
export const dependent = (a: Footprint, b: Footprint): boolean =>
  meet(a.writes, b.writes) || meet(a.writes, b.reads) || meet(a.reads, b.writes)

/** Whether `b` can change whether `a` can run. */
export const enables = (b: Footprint, a: Footprint): boolean => meet(b.writes, a.guard)

/** Whether `a` can change whom `b` waits for. */
export const misleads = (a: Footprint, b: Footprint): boolean => meet(a.writes, b.holder)

/** Whether `a` can change what a guard over these variables says. */
export const opens = (a: Footprint, guard: ReadonlySet<Variable>): boolean => meet(a.writes, guard)
