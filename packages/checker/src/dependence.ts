/**
 * Which ops can get in each other's way: what every node of an automaton reads and writes, and what a task can still do from
 * where it is. Everything here is read off the automata; nothing depends on a state.
 */
import {
  closeExpr,
  closeOther,
  type Expr,
  evaluate,
  type Variable,
  variablesOf,
} from '@mmulab/model'
import type { Automaton, Linked, LinkedVariable, Node } from './automaton.ts'

export interface Footprint {
  readonly reads: ReadonlySet<Variable>
  readonly writes: ReadonlySet<Variable>
  /** Of the reads, those that decide whether the node can run at all. */
  readonly guard: ReadonlySet<Variable>
  /** And those that say, while it waits, whom it waits for: an op that changes them may make or break a deadlock. */
  readonly holder: ReadonlySet<Variable>
}

export function footprintOf(node: Node, task: number, tasks: number): Footprint {
  const guard = variablesOf(node.guard)
  const reads = new Set(guard)
  variablesOf(node.answer, reads)
  for (const a of node.assign) variablesOf(a.value, reads)
  const holder = new Set<Variable>()
  const who = node.waits?.holder
  if (who)
    for (let j = 0; j < tasks; j++) variablesOf(closeExpr(closeOther(who, j), task, tasks), holder)
  for (const v of holder) reads.add(v)
  return { reads, writes: new Set(node.assign.map((a) => a.to)), guard, holder }
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

/** Variables that a claim, a goal, a measure or a `sometimes` looks at in every state. */
export function observedVariables(linked: Linked): ReadonlySet<Variable> {
  const seen = new Set<Variable>()
  const look = (e: Expr | undefined): void => {
    if (e) variablesOf(e, seen)
  }
  for (const i of linked.invariants) look(i.holds)
  for (const g of linked.goals) look(g.holds)
  for (const s of linked.sometimes) if (!('mark' in s.when)) look(s.when)
  for (const m of linked.measures) {
    look(m.value)
    look(m.when)
  }
  return seen
}

/** Per node, 1 where the task can still come to a node that `has` a 1, that node included. */
export function reaches(a: Automaton, has: Uint8Array): Uint8Array {
  const can = has.slice()
  for (let changed = can.includes(1); changed; ) {
    changed = false
    for (let i = a.nodes.length - 1; i >= 0; i--)
      if (can[i] === 0 && a.nodes[i]?.edges.some((e) => e.to >= 0 && can[e.to] === 1)) {
        can[i] = 1
        changed = true
      }
  }
  return can
}

/** More combinations of values than this are not tried. */
const COMBINATIONS = 1 << 12

/**
 * Whether each value that the node assigns stays in its domain whenever the node can run, by trying all values. `false` where there
 * are too many.
 */
export function staysInside(node: Node, ranges: ReadonlyMap<Variable, LinkedVariable>): boolean {
  return node.assign.every(({ to, value }) => {
    const list = [...variablesOf(value, variablesOf(node.guard))].map(
      (v) => ranges.get(v) ?? { variable: v, min: v.init, max: v.init },
    )
    const count = list.reduce((n, r) => n * (r.max - r.min + 1), 1)
    if (count > COMBINATIONS) return false
    const values = new Map(list.map((r) => [r.variable, r.min]))
    const read = (v: Variable): number => values.get(v) ?? v.init
    for (let i = 0; i < count; i++) {
      if (evaluate(node.guard, read) !== 0) {
        const n = evaluate(value, read)
        if (n < to.min || n > to.max) return false
      }
      for (const r of list) {
        const next = read(r.variable) + 1
        values.set(r.variable, next > r.max ? r.min : next)
        if (next <= r.max) break
      }
    }
    return true
  })
}
