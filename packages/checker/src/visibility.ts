/**
 * What claims, goals, measures and `sometimes` see of an op: whether something that is looked at may cease to hold by it, or
 * begin to.
 */
import { type Expr, evaluate, TRUE, type Variable, variablesOf } from '@mmulab/model'
import type { Linked, LinkedVariable, Node } from './automaton.ts'
import type { Ranges } from './commute.ts'
import { createKeys } from './keys.ts'
import type { VisibleWithin } from './relation.ts'

/** What is looked at in every state. */
export interface Looks {
  /** What must not go by unseen: a broken invariant, a goal reached, something that happened. */
  readonly conditions: readonly Expr[]
  readonly measures: readonly Measured[]
}

interface Measured {
  /** Of which every value counts. */
  readonly variables: ReadonlySet<Variable>
  /** Only where all tasks but daemons have finished. */
  readonly atEnd: boolean
}

export function looksOf(linked: Linked): Looks {
  const conditions = [
    ...linked.invariants.map((i): Expr => ({ k: 'not', a: i.holds })),
    ...linked.goals.map((g) => g.holds),
    ...linked.sometimes.flatMap((s) => ('mark' in s.when ? [] : [s.when])),
  ]
  const measures = linked.measures.map(({ value, when }): Measured => {
    const variables = variablesOf(value)
    if (when) variablesOf(when, variables)
    return { variables, atEnd: when === undefined }
  })
  return { conditions, measures }
}

/** Every variable that is looked at. */
export function lookedAt({ conditions, measures }: Looks): Set<Variable> {
  const all = new Set(measures.flatMap((m) => [...m.variables]))
  for (const c of conditions) variablesOf(c, all)
  return all
}

/** How an op is seen. What is looked at has numbers: first all conditions, then all measures. */
export interface Seen {
  /** What may cease to hold by it; a measure, if its value may change. */
  readonly undoes: readonly number[]
  /** What may begin to hold by it; a measure, if its value may change. */
  readonly brings: readonly number[]
  /** Where one of these holds, the state before it must be looked at. */
  readonly shows: readonly Expr[]
}

export interface VisibilityRules {
  readonly looksOf: typeof looksOf
  readonly keeps: typeof keeps
  readonly brings: typeof brings
}

/** Per task and node. */
export function visibility(
  linked: Linked,
  here: readonly (readonly Ranges[])[],
  rules: VisibilityRules,
): Seen[][] {
  const { conditions, measures } = rules.looksOf(linked)
  const ranges = new Map(linked.variables.map((v) => [v.variable, v]))
  const spoken = conditions.map((c) => variablesOf(c))
  const touched = (n: Node): number[] =>
    [...conditions.keys()].filter((k) => n.assign.some((a) => spoken[k]?.has(a.to)))
  const of = (k: number): Expr => conditions[k] as Expr
  const keys = createKeys()
  /** The same op is met at many places, mostly with the same ranges. */
  const known = new Map<string, { readonly undoes: boolean; readonly brings: boolean }>()
  const seenBy = (n: Node, k: number, at: Ranges): { undoes: boolean; brings: boolean } => {
    const involved = new Set(spoken[k])
    variablesOf(n.guard, involved)
    for (const a of n.assign) variablesOf(a.value, involved)
    const range = (v: Variable): string => `${at.get(v)?.min}-${at.get(v)?.max}`
    const ops = [keys.expr(n.guard), ...keys.writes(n.assign)]
    const key = [k, ...ops, ...[...involved].map(range)].join('|')
    const found = known.get(key)
    if (found) return found
    const seen = { undoes: !rules.keeps(n, of(k), at), brings: rules.brings(n, of(k), at) }
    known.set(key, seen)
    return seen
  }
  const numbered = measures.map((m, k) => ({ ...m, k: conditions.length + k }))
  return linked.automata.map(({ nodes, daemon }, t) =>
    nodes.map((n, i): Seen => {
      const at = here[t]?.[i] ?? ranges
      const seen = touched(n).map((k) => ({ k, ...seenBy(n, k, at) }))
      const undone = seen.filter((s) => s.undoes).map((s) => s.k)
      const brought = seen.filter((s) => s.brings).map((s) => s.k)
      const written = numbered.filter((m) => n.assign.some((a) => m.variables.has(a.to)))
      // What is measured when a task has finished is not before it has made all its moves; a daemon may still move then, and
      // anybody may be the last to finish.
      const measured = written.filter((m) => !m.atEnd || daemon)
      const changed = numbered.filter((m) => m.atEnd || written.includes(m))
      return {
        undoes: [...undone, ...measured.map((m) => m.k)],
        brings: [...brought, ...changed.map((m) => m.k)],
        shows: measured.length > 0 ? [TRUE] : undone.map(of),
      }
    }),
  )
}

/**
 * What ops may undo and bring about where `v` has the value that `ranges` say, of all that is looked at, by number. Of measures, and where
 * neither what is looked at nor the op speaks of `v`, nothing more is known than without.
 */
export function visibleWithin(
  linked: Linked,
  v: Variable,
  ranges: Ranges,
  rules: VisibilityRules,
): VisibleWithin {
  const { conditions } = rules.looksOf(linked)
  const speak = conditions.map((c) => variablesOf(c).has(v))
  const known = new Map<Node, Map<string, boolean>>()
  const touches = (n: Node): boolean =>
    variablesOf(n.guard).has(v) || n.assign.some((a) => a.to === v || variablesOf(a.value).has(v))
  const once = (n: Node, key: string, test: () => boolean): boolean => {
    const of = known.get(n) ?? new Map<string, boolean>()
    known.set(n, of)
    const found = of.get(key) ?? test()
    of.set(key, found)
    return found
  }
  const may = (what: string, n: Node, look: number, test: (c: Expr) => boolean): boolean => {
    const condition = conditions[look]
    if (!condition || !(speak[look] || once(n, 'touches', () => touches(n)))) return true
    return once(n, `${what}${look}`, () => test(condition))
  }
  return {
    undoes: (n, look) => may('undoes', n, look, (c) => !rules.keeps(n, c, ranges)),
    brings: (n, look) => may('brings', n, look, (c) => rules.brings(n, c, ranges)),
  }
}

/** Whether something that does not hold may hold after an op. */
export const brings = (node: Node, condition: Expr, ranges: Ranges): boolean =>
  !keeps(node, { k: 'not', a: condition }, ranges)

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
