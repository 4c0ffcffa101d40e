/**
 * Folding: which values can each variable have, whatever the order of steps? A variable that keeps its initial value
 * becomes a number, answers that cannot come lose their edges, and code that nobody reaches is dropped; until nothing
 * changes. This removes no state and no transition that a search could reach: it only narrows domains to a superset
 * of what is reachable.
 */
import { type Expr, mapExpr, simplify, VALUES_LIMIT, type Variable, valuesOf } from '@mmulab/model'
import type { Assignment, Automaton, Edge, LinkedVariable, Node } from './automaton.ts'
import { once } from './once.ts'
import type { Parts } from './parts.ts'

export interface Folded {
  readonly automata: readonly Automaton[]
  readonly variables: readonly LinkedVariable[]
  fold(e: Expr): Expr
}

type Values = ReadonlyMap<Variable, ReadonlySet<number> | undefined>

export function foldConstants(
  automata: readonly Automaton[],
  shrink: (a: Automaton) => Automaton,
): Folded {
  let current = automata.map((a) => reachable(a))
  for (;;) {
    const folding = foldingWith(assignments(current))
    const next = current.map((a) => reachable(foldAutomaton(a, folding)))
    const stable = next.every((a, i) => a === current[i])
    current = next
    if (stable) {
      const variables = [...folding.values]
        .filter(([, set]) => set?.size !== 1)
        .map(([variable, set]) => ({
          variable,
          min: set ? Math.min(...set) : variable.min,
          max: set ? Math.max(...set) : variable.max,
        }))
      return { automata: current.map(shrink), variables, fold: folding.expr }
    }
  }
}

/** The nodes of an automaton come from few ops, which share what they assign. */
function assignments(automata: readonly Automaton[]): Set<Assignment> {
  const lists = new Set<Node['assign']>()
  for (const a of automata) for (const n of a.nodes) lists.add(n.assign)
  return new Set([...lists].flat())
}

/** The values every assigned variable can have: a fixed point over all assignments, order ignored. */
function reachableValues(assigns: ReadonlySet<Assignment>): Values {
  const values = new Map<Variable, Set<number> | undefined>()
  for (const { to } of assigns) values.set(to, new Set([to.init]))
  const known = (v: Variable): ReadonlySet<number> | undefined =>
    values.has(v) ? values.get(v) : new Set([v.init])
  for (let changed = true; changed; ) {
    changed = false
    for (const { to, value } of assigns) {
      const have = values.get(to)
      if (!have) continue
      const all = valuesOf(value, known)
      if (!all) {
        values.set(to, undefined)
        changed = true
        continue
      }
      // Values outside the domain are the verdict "bound exceeded"; no state has them.
      for (const n of all)
        if (n >= to.min && n <= to.max && !have.has(n)) {
          have.add(n)
          changed = true
        }
      if (have.size >= VALUES_LIMIT) values.set(to, undefined)
    }
  }
  return values
}

/** What is known of expressions, from all that is ever assigned; what is the same object is folded once, and stays the same object. */
export interface Folding {
  readonly values: Values
  expr(e: Expr): Expr
  parts(p: Parts): Parts
  /** The values that a folded expression can have; undefined where they are too many. */
  answers(e: Expr): readonly number[] | undefined
}

export function foldingWith(assigns: ReadonlySet<Assignment>): Folding {
  const values = reachableValues(assigns)
  const known = (v: Variable): ReadonlySet<number> | undefined =>
    values.has(v) ? values.get(v) : new Set([v.init])
  const fold = once((e: Expr): Expr => {
    const constant = (x: Expr): Expr => {
      if (x.k !== 'var') return x
      const set = known(x.v)
      const [only] = set?.size === 1 ? set : []
      return only === undefined ? x : { k: 'num', n: only }
    }
    return simplify(mapExpr(e, constant))
  })
  const assigned = once((assign: Node['assign']): Node['assign'] => {
    const folded = assign
      .map((x) => {
        const value = fold(x.value)
        return value === x.value ? x : { to: x.to, value }
      })
      .filter((x) => !(constant(x.value, x.to) && values.get(x.to)?.size === 1))
    return folded.length === assign.length && folded.every((x, i) => x === assign[i])
      ? assign
      : folded
  })
  const waited = once((waits: NonNullable<Node['waits']>) => {
    const holder = waits.holder && fold(waits.holder)
    return !holder || holder === waits.holder ? waits : { ...waits, holder }
  })
  return {
    values,
    expr: fold,
    answers: once((answer: Expr) => valuesOf(answer, known)),
    parts(p) {
      const [guard, assign, answer] = [fold(p.guard), assigned(p.assign), fold(p.answer)]
      const waits = p.waits && waited(p.waits)
      const same =
        guard === p.guard && assign === p.assign && answer === p.answer && waits === p.waits
      return same ? p : { guard, assign, answer, waits }
    },
  }
}

/** The same object where there is nothing to fold. */
function foldAutomaton(a: Automaton, folding: Folding): Automaton {
  let same = true
  const nodes = a.nodes.map((n): Node => {
    const parts = folding.parts(n)
    const possible = n.kind === 'step' ? folding.answers(parts.answer) : undefined
    const edges =
      !possible || n.edges.every((e) => possible.includes(e.answer))
        ? n.edges
        : n.edges.filter((e) => possible.includes(e.answer))
    if (parts === n && edges === n.edges) return n
    same = false
    const { guard, assign, answer, waits } = parts
    return { ...n, guard, assign, answer, waits, edges }
  })
  return same ? a : { ...a, nodes }
}

/** `x = x` after folding, or a constant that the variable always has. */
const constant = (value: Expr, to: Variable): boolean =>
  (value.k === 'num' && value.n >= to.min && value.n <= to.max) ||
  (value.k === 'var' && value.v === to)

/**
 * Drops nodes that no edge leads to, and numbers the rest in breadth-first order from the start. `like`: the node that stands for
 * another one.
 */
export function reachable(
  a: Automaton,
  like: (node: number) => number = (node) => node,
): Automaton {
  const number = new Int32Array(a.nodes.length).fill(-1)
  const start = like(a.start)
  number[start] = 0
  const order = [start]
  let moved = start !== 0 || a.start !== 0
  const placed = (e: Edge): Edge => {
    if (e.to < 0) return e
    const one = like(e.to)
    if (number[one] === -1) number[one] = order.push(one) - 1
    const to = number[one] as number
    return to === e.to ? e : { answer: e.answer, to, flags: e.flags }
  }
  const nodes: Node[] = []
  for (let i = 0; i < order.length; i++) {
    const old = a.nodes[order[i] as number] as Node
    const edges = old.edges.map(placed)
    moved ||= order[i] !== i
    const same = edges.every((e, k) => e === old.edges[k])
    moved ||= !same
    nodes.push(same ? old : { ...old, edges })
  }
  return moved || order.length < a.nodes.length ? { ...a, nodes, start: 0 } : a
}
