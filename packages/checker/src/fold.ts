/**
 * Folding: which values can each variable have, whatever the order of steps? A variable that keeps its initial value
 * becomes a number, answers that cannot come lose their edges, and code that nobody reaches is dropped; until nothing
 * changes. This removes no state and no transition that a search could reach: it only narrows domains to a superset
 * of what is reachable.
 */
import { type Expr, mapExpr, simplify, VALUES_LIMIT, type Variable, valuesOf } from '@mmulab/model'
import type { Automaton, LinkedVariable, Node } from './automaton.ts'

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
  let current = automata.map(reachable)
  for (;;) {
    const values = reachableValues(current)
    const fold = once(
      (e: Expr): Expr =>
        simplify(
          mapExpr(e, (x) => {
            if (x.k !== 'var') return x
            const set = values.has(x.v) ? values.get(x.v) : new Set([x.v.init])
            const [only] = set?.size === 1 ? set : []
            return only === undefined ? x : { k: 'num', n: only }
          }),
        ),
    )
    const foldAutomaton = createFold(fold, values)
    const next = current.map((a) => reachable(foldAutomaton(a)))
    const count = (list: readonly Automaton[]): number =>
      list.reduce(
        (n, a) => n + a.nodes.reduce((m, x) => m + 1 + x.edges.length + x.assign.length, 0),
        0,
      )
    const stable = count(next) === count(current)
    current = next
    if (stable) {
      const variables = [...values]
        .filter(([, set]) => set?.size !== 1)
        .map(([variable, set]) => ({
          variable,
          min: set ? Math.min(...set) : variable.min,
          max: set ? Math.max(...set) : variable.max,
        }))
      return { automata: current.map(shrink), variables, fold }
    }
  }
}

/** The values every assigned variable can have: a fixed point over all assignments, order ignored. */
function reachableValues(automata: readonly Automaton[]): Values {
  const values = new Map<Variable, Set<number> | undefined>()
  const assigns = new Set(automata.flatMap((a) => a.nodes.flatMap((n) => n.assign)))
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

/** The nodes of an automaton come from few ops: what is the same object in many of them is folded once, and stays the same object. */
function createFold(fold: (e: Expr) => Expr, values: Values): (a: Automaton) => Automaton {
  const known = (v: Variable): ReadonlySet<number> | undefined =>
    values.has(v) ? values.get(v) : new Set([v.init])
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
  const answersOf = once((answer: Expr) => valuesOf(answer, known))
  const foldNode = (n: Node): Node => {
    const answer = fold(n.answer)
    const possible = n.kind === 'step' ? answersOf(answer) : undefined
    const edges =
      !possible || n.edges.every((e) => possible.includes(e.answer))
        ? n.edges
        : n.edges.filter((e) => possible.includes(e.answer))
    const [guard, assign, waits] = [fold(n.guard), assigned(n.assign), n.waits && waited(n.waits)]
    const same =
      guard === n.guard &&
      answer === n.answer &&
      assign === n.assign &&
      edges === n.edges &&
      waits === n.waits
    return same ? n : { ...n, guard, answer, assign, edges, waits }
  }
  return (a) => ({ ...a, nodes: a.nodes.map(foldNode) })
}

/** A function that remembers what it has made of each object. */
function once<A extends object, B>(make: (a: A) => B): (a: A) => B {
  const made = new Map<A, B>()
  return (a) => {
    if (made.has(a)) return made.get(a) as B
    const b = make(a)
    made.set(a, b)
    return b
  }
}

/** `x = x` after folding, or a constant that the variable always has. */
const constant = (value: Expr, to: Variable): boolean =>
  (value.k === 'num' && value.n >= to.min && value.n <= to.max) ||
  (value.k === 'var' && value.v === to)

/** Drops nodes that no edge leads to, and numbers the rest in breadth-first order from the start. */
export function reachable(a: Automaton): Automaton {
  const number = new Map<number, number>([[a.start, 0]])
  const order = [a.start]
  for (let i = 0; i < order.length; i++)
    for (const e of a.nodes[order[i] ?? 0]?.edges ?? [])
      if (e.to >= 0 && !number.has(e.to)) {
        number.set(e.to, order.length)
        order.push(e.to)
      }
  if (order.length === a.nodes.length && order.every((old, i) => old === i)) return a
  const nodes = order.map((old): Node => {
    const n = a.nodes[old] as Node
    return {
      ...n,
      edges: n.edges.map((e) => ({ ...e, to: e.to < 0 ? -1 : (number.get(e.to) ?? 0) })),
    }
  })
  return { ...a, nodes, start: 0 }
}
