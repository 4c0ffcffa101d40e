/**
 * Partial-order reduction. In many states it makes no difference which of several tasks goes first, and it is enough to let one of
 * them go: `ampleTables` says for each place of a task when. Which task that is follows from the state alone, so the reduced
 * space is a graph like the whole one, and everything that walks over it works on both.
 *
 * Why it is sound, for every claim, is in docs/adr/007.
 */
import { type Expr, variablesOf } from '@mmulab/model'
import { ATTAINABLE_RULES, type AttainableRules } from './attainable.ts'
import type { Automaton, Linked, Node } from './automaton.ts'
import { type Barrier, makeBarrier, misleadsOf, type Places } from './barriers.ts'
import { commutes, edgesWithin, frees, misdirects, type Ranges, staysInside } from './commute.ts'
import { rangesAt } from './counters.ts'
import {
  CRITICAL_RULES,
  type Critical,
  type CriticalRules,
  criticalSections,
  lockUses,
  type Ops,
} from './critical.ts'
import { cutCycles } from './cycles.ts'
import { dependent, enables, type Footprint, footprintOf, misleads, opens } from './dependence.ts'
import { sameExpr } from './expression-code.ts'
import { FACT_RULES, type FactRules, factsOf } from './facts.ts'
import { at } from './layout.ts'
import { type Relation, type RelationRules, relations } from './relation.ts'
import { SLICING_RULES, type SlicingRules } from './slicing.ts'
import { SYMMETRY_RULES, type SymmetryRules } from './symmetry.ts'
import {
  brings,
  keeps,
  lookedAt,
  looksOf,
  type Seen,
  type VisibilityRules,
  visibility,
} from './visibility.ts'

/** What the reduction rests on. Tests break it on purpose; nobody else passes one. */
export interface AmpleRules extends RelationRules, VisibilityRules {
  readonly attainable: AttainableRules
  readonly slicing: SlicingRules
  readonly footprintOf: typeof footprintOf
  readonly opens: typeof opens
  readonly shows: (s: Seen) => Seen['shows']
  readonly rangesAt: typeof rangesAt
  readonly halts: (node: Node) => boolean
  readonly cut: typeof cutCycles
  readonly critical: CriticalRules
  readonly facts: FactRules
  /** What is made of the generated decision before it is run. */
  readonly code: (source: string) => string
  /** And of the words that it looks up as WebAssembly: per task, where records begin (in bytes), and how many there are. */
  readonly block: (
    words: Int32Array,
    tasks: readonly { readonly records: number; readonly nodes: number }[],
  ) => Int32Array
  readonly symmetry: SymmetryRules
}

export const AMPLE_RULES: AmpleRules = {
  attainable: ATTAINABLE_RULES,
  slicing: SLICING_RULES,
  footprintOf,
  dependent,
  enables,
  misleads,
  frees,
  commutes,
  misdirects,
  opens,
  looksOf,
  keeps,
  brings,
  shows: (s) => s.shows,
  rangesAt,
  halts: (node) => node.edges.some((e) => e.to < 0),
  cut: cutCycles,
  critical: CRITICAL_RULES,
  facts: FACT_RULES,
  code: (source) => source,
  block: (words) => words,
  symmetry: SYMMETRY_RULES,
}

export interface AmpleTables {
  /** Per task and node, whether the task may go alone from there. */
  readonly alone: readonly (readonly boolean[])[]
  /** And whether it does, whatever the others are at: in a critical section that nobody sees the inside of. */
  readonly inside: readonly (readonly boolean[])[]
  /** And, where the task goes alone, what has to be looked at before it if it holds. */
  readonly shows: readonly (readonly (readonly Expr[])[])[]
  readonly barriers: readonly Barrier[]
  /** Where the other, while it waits there, waits for somebody whom an op may change. */
  readonly misleads: Places
  /** Per task and node the kind of its op, under which all of this is looked up. */
  readonly kinds: readonly Int32Array[]
}

/** What can be at all (`attainable.ts`), and per task and node between which values variables are there. */
export interface Attainable {
  readonly linked: Linked
  readonly here: readonly (readonly Ranges[])[]
}

/** `dynamic`: a task may go alone wherever others have no conflicting op left; else only where they never had one. */
export function ampleTables(
  { linked, here }: Attainable,
  dynamic: boolean,
  rules: AmpleRules,
): AmpleTables {
  const { automata } = linked
  const ranges = new Map(linked.variables.map((v) => [v.variable, v]))
  const seen = visibility(linked, here, rules)
  /** The tasks without the edges that no values lead along. */
  const followed = automata.map((a, t) => ({
    ...a,
    nodes: a.nodes.map((n, i) => ({ ...n, edges: edgesWithin(n, here[t]?.[i] ?? ranges) })),
  }))
  const runsOn = (t: number, i: number): boolean => {
    const n = at(at(followed, t).nodes, i)
    return n.kind !== 'end' && !rules.halts(n)
  }
  const goesOn = (t: number, i: number): boolean =>
    runsOn(t, i) && staysInside(at(at(automata, t).nodes, i), here[t]?.[i] ?? ranges)
  const { relation, critical } = relationOf(
    { ...linked, automata: followed },
    ranges,
    { seen, goesOn },
    rules,
  )
  const { inside, run } = critical
  const barrierOf = (guard: Expr | undefined): Barrier =>
    makeBarrier(followed, guard, relation, inside, rules)
  const open = barrierOf(undefined)
  const costs = costsOf(open.conflict, inside, relation.prints.length)
  const costOf = (t: number, i: number): number => {
    const kind = at(at(relation.kinds, t), i)
    return costs.reduce((n, of, u) => (u === t ? n : n + at(of, kind)), 0)
  }
  const alone = automata.map((a, t) => {
    // Whoever is in a section is in nobody's way, but in that of each who would go alone just then.
    const cost = a.nodes.map((_, i) => (inside[t]?.[i] === true ? -1 : costOf(t, i)))
    const may = a.nodes.map((_, i) => {
      if (inside[t]?.[i] === true) return true
      return (dynamic || cost[i] === 0) && (run[t]?.[i] ?? [i]).every((k) => runsOn(t, k))
    })
    return rules.cut(a.nodes, may, cost)
  })
  const guards = dynamic ? guardsOf(automata, critical) : []
  const { lockAt } = critical
  const known = { linked, followed, here, relation, inside, lockAt, guards, open }
  const facts = dynamic ? factsOf(known, rules, BARRIERS - guards.length) : []
  return {
    alone,
    inside,
    shows: seen.map((list) => list.map((s) => rules.shows(s))),
    barriers: [open, ...guards.map(barrierOf), ...facts],
    misleads: misleadsOf(relation),
    kinds: relation.kinds,
  }
}

/** Per other task and kind of op, at how many of its places the task can still come to what depends on such an op. */
function costsOf({ words, rows }: Places, inside: Critical['inside'], kinds: number): Int32Array[] {
  return rows.map((row, u) => {
    const costs = new Int32Array(kinds)
    for (let m = 0; m * words < row.length; m++) {
      if (inside[u]?.[m] === true) continue
      for (let k = 0; k < kinds; k++)
        costs[k] = at(costs, k) + ((at(row, m * words + (k >> 5)) >>> (k & 31)) & 1)
    }
    return costs
  })
}

/** What ops mean for each other, where critical sections are run at once. */
function relationOf(
  linked: Linked,
  ranges: Ranges,
  { seen, goesOn }: Pick<Ops, 'goesOn'> & { readonly seen: readonly (readonly Seen[])[] },
  rules: AmpleRules,
): { relation: Relation; critical: Critical } {
  const { automata } = linked
  const printOf = (n: Node, t: number): Footprint => rules.footprintOf(n, t, automata.length)
  const prints = automata.map((a, t) => a.nodes.map((n) => printOf(n, t)))
  const uses = lockUses(linked, prints, lookedAt(looksOf(linked)), rules.critical)
  /** The same ops without what they do to the lock of a section that they are in. */
  const bare = prints.map((list, t) =>
    list.map((p, i) => {
      const { lock } = uses.find(({ held, takes }) => held[t]?.[i] || takes[t]?.[i]) ?? {}
      if (!lock || !p.writes.has(lock)) return p
      return printOf({ ...p.node, assign: p.node.assign.filter((a) => a.to !== lock) }, t)
    }),
  )
  const together = relations([...prints.flat(), ...bare.flat()], ranges, rules)
  const critical = criticalSections(
    {
      linked,
      relation: together(
        prints.map((list) => list.map((p) => ({ ops: [p], undoes: [], brings: [] }))),
      ),
      goesOn,
      looks: (t, i) => seen[t]?.[i]?.undoes ?? [],
    },
    uses,
    rules.critical,
  )
  const { run, lockAt } = critical
  const relation = together(
    prints.map((list, t) =>
      list.map((p, i) => {
        const all = run[t]?.[i] ?? [i]
        return {
          ops: lockAt[t]?.[i] ? all.map((k) => bare[t]?.[k] ?? p) : [p],
          undoes: all.flatMap((k) => seen[t]?.[k]?.undoes ?? []),
          brings: all.flatMap((k) => seen[t]?.[k]?.brings ?? []),
        }
      }),
    ),
  )
  return { relation, critical }
}

/** Each guard that some op waits for, once. */
function guardsOf(automata: readonly Automaton[], { lockAt }: Critical): Expr[] {
  const guards: Expr[] = []
  // Nobody finds the lock of a section taken that is run at once.
  const nodes = automata.flatMap((a, t) => a.nodes.filter((_, i) => !lockAt[t]?.[i]))
  for (const { guard } of nodes)
    if (variablesOf(guard).size > 0 && !guards.some((g) => sameExpr(g, guard))) guards.push(guard)
  return guards.slice(0, BARRIERS)
}

/** So that a set of them fits into a word; one is never wrong to leave out. */
const BARRIERS = 30
