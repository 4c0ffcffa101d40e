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

/** What claims, goals, measures and `sometimes` look at in every state. */
export interface Looks {
  /** What must not be undone by an op that goes unseen: a broken invariant, a goal reached, something that happened. */
  readonly conditions: readonly Expr[]
  /** Variables of which every value counts. */
  readonly exact: ReadonlySet<Variable>
}

export function looksOf(linked: Linked): Looks {
  const exact = new Set<Variable>()
  for (const m of linked.measures) {
    variablesOf(m.value, exact)
    if (m.when) variablesOf(m.when, exact)
  }
  const conditions = [
    ...linked.invariants.map((i): Expr => ({ k: 'not', a: i.holds })),
    ...linked.goals.map((g) => g.holds),
    ...linked.sometimes.flatMap((s) => ('mark' in s.when ? [] : [s.when])),
  ]
  return { conditions, exact }
}

/** Per node, 1 where the task can still come to a node that `has` a 1, that node included, without passing by a `shut` one. */
export function reaches(a: Automaton, has: Uint8Array, shut: readonly boolean[]): Uint8Array {
  const can = has.slice()
  for (let changed = can.includes(1); changed; ) {
    changed = false
    for (let i = a.nodes.length - 1; i >= 0; i--)
      if (can[i] === 0 && !shut[i] && a.nodes[i]?.edges.some((e) => e.to >= 0 && can[e.to] === 1)) {
        can[i] = 1
        changed = true
      }
  }
  return can
}

/** More combinations of values than this are not tried. */
const COMBINATIONS = 1 << 13

/**
 * Whether an op leaves alone what somebody looks at: `condition`, where it holds and the op can run, still holds after it. By
 * trying all values, part by part where there are too many; `false` where there are too many still.
 */
export function keeps(
  node: Node,
  condition: Expr,
  ranges: ReadonlyMap<Variable, LinkedVariable>,
): boolean {
  const answer = tried(node, condition, ranges)
  if (answer !== undefined) return answer
  const parts = partsOf(condition)
  return parts.length > 0 && parts.every((part) => keeps(node, part, ranges))
}

/**
 * Parts of a condition: where some of them hold and are kept, all or one of them as it may be, the condition is kept as well. None
 * where it has no parts.
 */
function partsOf(e: Expr, isTrue = true): Expr[] {
  if (e.k === 'not') return partsOf(e.a, !isTrue)
  if (e.k !== 'bin' || (e.op !== 'and' && e.op !== 'or')) return []
  return [e.a, e.b].map((x): Expr => (isTrue ? x : { k: 'not', a: x }))
}

/** By trying all values; undefined where there are too many of them. */
function tried(
  node: Node,
  condition: Expr,
  ranges: ReadonlyMap<Variable, LinkedVariable>,
): boolean | undefined {
  const looked = variablesOf(condition)
  const assigns = node.assign.filter((a) => looked.has(a.to))
  if (assigns.length === 0) return true
  const involved = variablesOf(node.guard, looked)
  for (const a of assigns) variablesOf(a.value, involved)
  const list = [...involved].map((v) => ranges.get(v) ?? { variable: v, min: v.init, max: v.init })
  const count = list.reduce((n, r) => n * (r.max - r.min + 1), 1)
  if (count > COMBINATIONS) return undefined
  const values = new Map(list.map((r) => [r.variable, r.min]))
  const now = (v: Variable): number => values.get(v) ?? v.init
  for (let i = 0; i < count; i++) {
    if (evaluate(condition, now) !== 0 && evaluate(node.guard, now) !== 0) {
      const after = new Map(assigns.map((a) => [a.to, evaluate(a.value, now)]))
      const inside = assigns.every(({ to }) => {
        const n = after.get(to) ?? to.init
        return n >= to.min && n <= to.max
      })
      if (inside && evaluate(condition, (v) => after.get(v) ?? now(v)) === 0) return false
    }
    for (const r of list) {
      const next = now(r.variable) + 1
      values.set(r.variable, next > r.max ? r.min : next)
      if (next <= r.max) break
    }
  }
  return true
}
