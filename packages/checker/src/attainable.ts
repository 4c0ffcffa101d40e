/**
 * What can be at all: places that tasks can come to and values that variables can have, in any order of steps. Begins with where
 * everything begins and adds what that makes possible, until nothing is added. So what only unreachable places would do counts
 * for nothing, unlike in `fold.ts`, which begins with everything and keeps what holds itself up: a fault that fills an entry which
 * nobody but that fault has ever found empty.
 *
 * No state has more than is here: what it has was there from the beginning or comes from an op that others before it made possible,
 * with values that were here already. A counter has what all tasks together can have added to it on their ways (`counters.ts`).
 */
import { type Expr, mapExpr, simplify, VALUES_LIMIT, type Variable } from '@mmulab/model'
import type { Automaton, Linked, Node } from './automaton.ts'
import { addedByNode, join, NOTHING, plus, type Span, waysOf } from './counters.ts'
import { createKeys } from './keys.ts'
import { at } from './layout.ts'
import {
  involvedIn,
  NOTHING_YET,
  type Outcome,
  outcomeOf,
  type ValuesOf,
  valuesIn,
} from './outcomes.ts'

/** What it rests on. Tests leave things out on purpose; nobody else passes any. */
export interface AttainableRules {
  /** Whoever reads a variable is asked again once it may have another value. */
  readonly again: boolean
  /** A counter has what all tasks have added to it. */
  readonly everybody: boolean
  /** The only way on from an op is taken whatever it answers. */
  readonly onlyWay: boolean
}

export const ATTAINABLE_RULES: AttainableRules = {
  again: true,
  everybody: true,
  onlyWay: true,
}

/** Ops that are the same. */
interface Kind {
  readonly node: Node
  readonly places: (readonly [task: number, node: number])[]
  isReached: boolean
  /** Whether something has changed since its outcome was found out. */
  isDue: boolean
  outcome: Outcome
}

/**
 * The same tasks and variables, numbered as they were. Places that nobody comes to do nothing, answers that nobody gets lead nowhere,
 * what always has one value is that number, and ranges are narrower: in every state that can be reached it is the same.
 */
export function attainableIn(linked: Linked, rules: AttainableRules = ATTAINABLE_RULES): Linked {
  const { known, kinds } = explored(linked, rules)
  const fold = foldBy(known)
  const automata = linked.automata.map((a, t): Automaton => {
    const nodes = a.nodes.map((n, i) => narrowed(n, at(at(kinds, t), i), fold))
    return { ...a, nodes }
  })
  const variables = linked.variables.map((v) => {
    const all = known(v.variable)
    return all ? { ...v, min: Math.min(...all), max: Math.max(...all) } : v
  })
  return {
    ...linked,
    automata,
    variables,
    invariants: linked.invariants.map((i) => ({ ...i, holds: fold(i.holds) })),
    goals: linked.goals.map((g) => ({ ...g, holds: fold(g.holds) })),
    sometimes: linked.sometimes.map((s) => ('mark' in s.when ? s : { ...s, when: fold(s.when) })),
    measures: linked.measures.map((m) => ({
      ...m,
      value: fold(m.value),
      ...(m.when && { when: fold(m.when) }),
    })),
  }
}

function narrowed(n: Node, { isReached, outcome }: Kind, fold: (e: Expr) => Expr): Node {
  if (n.kind === 'end') return n
  if (!isReached) return { ...n, guard: NEVER, assign: [], edges: [] }
  const assign = n.assign
    .map((a) => ({ to: a.to, value: fold(a.value) }))
    .filter((a) => !(a.value.k === 'var' && a.value.v === a.to))
  const edges = n.edges.filter((e) => outcome.answers.has(e.answer))
  return { ...n, guard: fold(n.guard), answer: fold(n.answer), assign, edges }
}

const NEVER: Expr = { k: 'num', n: 0 }

/** Parts of an expression that always have one value become it. */
function foldBy(known: ValuesOf): (e: Expr) => Expr {
  const folded = new Map<Expr, Expr>()
  return (e) => {
    const found =
      folded.get(e) ??
      simplify(
        mapExpr(e, (x) => {
          const [only, ...more] = x.k === 'num' ? [] : (valuesIn(x, known) ?? [])
          return only === undefined || more.length > 0 ? x : { k: 'num', n: only }
        }),
      )
    folded.set(e, found)
    return found
  }
}

function explored(
  { automata, variables }: Linked,
  rules: AttainableRules,
): { known: ValuesOf; kinds: readonly (readonly Kind[])[] } {
  const { all, kinds, readers } = kindsOf(automata)
  const few = variables.filter(({ min, max }) => max - min < VALUES_LIMIT)
  const ranges = new Map(few.map((l) => [l.variable, l]))
  const values = new Map(few.map(({ variable: v }) => [v, new Set([v.init])]))
  const changing = new Set(variables.map((l) => l.variable))
  const known: ValuesOf = (v) => values.get(v) ?? (changing.has(v) ? undefined : new Set([v.init]))
  const reached = automata.map((a) => new Uint8Array(a.nodes.length))
  const due: Kind[] = []
  const ask = (k: Kind): void => {
    if (k.isDue || !k.isReached) return
    k.isDue = true
    due.push(k)
  }
  const nexts = (t: number, i: number): number[] => {
    const { answers } = at(at(kinds, t), i).outcome
    const { edges } = at(at(automata, t).nodes, i)
    return edges.flatMap(({ answer, to }) => (to >= 0 && answers.has(answer) ? [to] : []))
  }
  const come = (t: number, ways: number[]): void => {
    for (const i of ways) {
      if (reached[t]?.[i] === 1) continue
      at(reached, t)[i] = 1
      const kind = at(at(kinds, t), i)
      kind.isReached = true
      // As long as nothing is known of it, it leads nowhere.
      if (kind.outcome === NOTHING_YET) ask(kind)
      else ways.push(...nexts(t, i))
    }
  }
  /** Undefined stands for all values. */
  const add = (v: Variable, more: Iterable<number> | undefined): void => {
    const [have, range] = [values.get(v), ranges.get(v)]
    if (!have || !range) return
    const before = have.size
    for (const x of more ?? numbers(range)) if (x >= range.min && x <= range.max) have.add(x)
    if (have.size > before && rules.again) for (const k of readers.get(v) ?? []) ask(k)
  }
  /** What ops only add to. Once another op is reached that writes it, it is a variable like others. */
  const counters = new Set(values.keys())
  const look = (k: Kind): void => {
    k.isDue = false
    const before = k.outcome.answers.size
    k.outcome = outcomeOf(k.node, known, rules.onlyWay)
    for (const [v, written] of k.outcome.writes) {
      if (counters.has(v) && !addedByNode(k.node, v)) {
        counters.delete(v)
        for (const other of all) if (other.isReached) add(v, other.outcome.writes.get(v) ?? [])
      }
      if (!counters.has(v)) add(v, written)
    }
    if (k.outcome.answers.size > before)
      for (const [t, i] of k.places) if (reached[t]?.[i] === 1) come(t, nexts(t, i))
  }
  const count = (): void => {
    const sums = automata.map((a, t) => waysIn(a, at(kinds, t), at(reached, t)))
    for (const v of counters) {
      const range = ranges.get(v)
      // There is no more to come.
      if (!range || values.get(v)?.size === range.max - range.min + 1) continue
      const all = sums.map((of) => of(v))
      const added = rules.everybody ? all.reduce(plus, NOTHING) : all.reduce(join, NOTHING)
      const sum = plus(added, { min: v.init, max: v.init })
      add(v, numbers(overlap(sum, range)))
    }
  }
  automata.forEach((a, t) => {
    come(t, [a.start])
  })
  while (due.length > 0) {
    for (let k = due.pop(); k; k = due.pop()) look(k)
    count()
  }
  return { known, kinds }
}

const overlap = (a: Span, b: Span): Span => ({
  min: Math.max(a.min, b.min),
  max: Math.min(a.max, b.max),
})

const numbers = ({ min, max }: Span): number[] =>
  Array.from({ length: Math.max(0, max - min + 1) }, (_, i) => min + i)

/** What a task adds to a variable on its ways, all its places taken together. */
function waysIn(a: Automaton, kinds: readonly Kind[], reached: Uint8Array): (v: Variable) => Span {
  const nodes = a.nodes.map((n, i): Node => {
    if (reached[i] !== 1) return { ...n, assign: [], edges: [] }
    const { answers } = at(kinds, i).outcome
    return { ...n, edges: n.edges.filter((e) => answers.has(e.answer)) }
  })
  const ways = waysOf({ ...a, nodes })
  return (v) =>
    ways.anywhere(v, (i, answer) => at(kinds, i).outcome.added.get(v)?.get(answer)) ?? ANYTHING
}

const ANYTHING: Span = { min: Number.NEGATIVE_INFINITY, max: Number.POSITIVE_INFINITY }

function kindsOf(automata: readonly Automaton[]): {
  all: readonly Kind[]
  kinds: readonly (readonly Kind[])[]
  readers: ReadonlyMap<Variable, readonly Kind[]>
} {
  const keys = createKeys()
  const known = new Map<string, Kind>()
  const kinds = automata.map((a, t) =>
    a.nodes.map((n, i) => {
      const writes = n.assign.map((x) => `${keys.identity(x.to)}=${keys.expr(x.value)}`)
      const answers = n.edges.map((e) => e.answer)
      const parts = [
        n.kind,
        keys.expr(n.guard),
        keys.expr(n.answer),
        writes.join(';'),
        answers.join(),
      ]
      const key = parts.join('|')
      const kind = known.get(key) ?? {
        node: n,
        places: [],
        isReached: false,
        isDue: false,
        outcome: NOTHING_YET,
      }
      kind.places.push([t, i])
      known.set(key, kind)
      return kind
    }),
  )
  const all = [...known.values()]
  const readers = new Map<Variable, Kind[]>()
  for (const k of all)
    for (const v of involvedIn(k.node)) {
      const list = readers.get(v) ?? []
      list.push(k)
      readers.set(v, list)
    }
  return { all, kinds, readers }
}
