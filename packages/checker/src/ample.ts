/**
 * Partial-order reduction. In many states it makes no difference which of several tasks goes first, and it is enough to let one of
 * them go: `ampleTables` says for each place of a task when. Which task that is follows from the state alone, so the reduced
 * space is a graph like the whole one, and everything that walks over it works on both.
 *
 * Why it is sound, for every claim, is in docs/adr/007.
 */
import { type Expr, type Variable, variablesOf } from '@mmulab/model'
import type { Automaton, Linked, Node } from './automaton.ts'
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
import {
  dependent,
  enables,
  type Footprint,
  footprintOf,
  misleads,
  opens,
  reaches,
} from './dependence.ts'
import { sameExpr } from './expression-code.ts'
import { at } from './layout.ts'
import { type Relation, type RelationRules, relations } from './relation.ts'
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
  readonly footprintOf: typeof footprintOf
  readonly opens: typeof opens
  readonly shows: (s: Seen) => Seen['shows']
  readonly rangesAt: typeof rangesAt
  readonly halts: (node: Node) => boolean
  readonly cut: typeof cutCycles
  readonly critical: CriticalRules
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
  code: (source) => source,
  block: (words) => words,
  symmetry: SYMMETRY_RULES,
}

/** Tables with a 1 at the places of another task (by task, node and other task) for which something is so. */
type Places = readonly (readonly (readonly Uint8Array[])[])[]

/**
 * What others can come to, without passing by an op that waits for `guard` (a lock to be free, mostly). To be used where
 * `guard` does not hold and nobody can make it hold before the task has moved; the first barrier has no guard and is always good.
 */
export interface Barrier {
  readonly guard: Expr | undefined
  /** Where the other can come to an op that depends on the node, or waits at one that the node may make possible. */
  readonly conflict: Places
  /** Where it can come to an op that changes whether the node can run. */
  readonly wakes: Places
  /** Per task, where it can come to an op that changes `guard`. */
  readonly opens: readonly Uint8Array[]
}

export interface AmpleTables {
  /** Per task and node, whether the task may go alone from there. */
  readonly alone: readonly (readonly boolean[])[]
  /** And whether it does, whatever the others are at: in a critical section that nobody sees the inside of. */
  readonly inside: readonly (readonly boolean[])[]
  /** And, where the task goes alone, what has to be looked at before it if it holds. */
  readonly shows: readonly (readonly (readonly Expr[])[])[]
  readonly barriers: readonly Barrier[]
  /** Where the other, while it waits there, waits for somebody that the node may change. */
  readonly misleads: Places
}

/** `dynamic`: a task may go alone wherever others have no conflicting op left; else only where they never had one. */
export function ampleTables(
  linked: Linked,
  dynamic: boolean,
  rules: AmpleRules = AMPLE_RULES,
): AmpleTables {
  const { automata } = linked
  const ranges = new Map(linked.variables.map((v) => [v.variable, v]))
  const here = rules.rangesAt(linked)
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
    makeBarrier(automata, guard, relation, inside, rules)
  const open = barrierOf(undefined)
  // Nodes that do the same have one table of conflicts.
  const costs = new Map<readonly Uint8Array[], number>()
  const costOf = (conflict: readonly Uint8Array[] = []): number => {
    const known =
      costs.get(conflict) ??
      conflict.reduce(
        (n, bits, u) => n + bits.reduce((k, bit, m) => k + (inside[u]?.[m] ? 0 : bit), 0),
        0,
      )
    costs.set(conflict, known)
    return known
  }
  const alone = automata.map((a, t) => {
    // Whoever is in a section is in nobody's way, but in that of each who would go alone just then.
    const cost = a.nodes.map((_, i) =>
      inside[t]?.[i] === true ? -1 : costOf(open.conflict[t]?.[i]),
    )
    const may = a.nodes.map((_, i) => {
      if (inside[t]?.[i] === true) return true
      return (dynamic || cost[i] === 0) && (run[t]?.[i] ?? [i]).every((k) => runsOn(t, k))
    })
    return rules.cut(a.nodes, may, cost)
  })
  const guards = dynamic ? guardsOf(automata, critical) : []
  return {
    alone,
    inside,
    shows: seen.map((list) => list.map((s) => rules.shows(s))),
    barriers: [open, ...guards.map(barrierOf)],
    misleads: places(relation, relation.misled),
  }
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

function makeBarrier(
  automata: readonly Automaton[],
  guard: Expr | undefined,
  relation: Relation,
  inside: Critical['inside'],
  rules: AmpleRules,
): Barrier {
  const shut = automata.map((a) =>
    a.nodes.map((n) => guard !== undefined && sameExpr(n.guard, guard)),
  )
  const isShut = (u: number, m: number): boolean => shut[u]?.[m] === true
  const later = (has: Uint8Array, u: number): Uint8Array =>
    reaches(automata[u] as Automaton, has, shut[u] ?? [])
  const variables = guard ? variablesOf(guard) : new Set<Variable>()
  const opening = relation.prints.map((ops) => ops.some((p) => rules.opens(p, variables)))
  return {
    guard,
    // Behind a shut op nothing is run; but its task may come to it, and wait there for somebody.
    conflict: places(
      relation,
      (mine, theirs, u, m) =>
        isShut(u, m) ? relation.misled(mine, theirs) : relation.conflict(mine, theirs),
      later,
      // Nobody goes alone while another is in a section that is run at once.
      (mine, theirs, u, m) =>
        inside[u]?.[m] === true || (!isShut(u, m) && relation.freed(mine, theirs)),
    ),
    wakes: places(
      relation,
      (mine, theirs, u, m) => !isShut(u, m) && relation.enabled(mine, theirs),
      later,
    ),
    opens: relation.kinds.map((list, u) =>
      later(
        Uint8Array.from(list, (kind, m) => (!isShut(u, m) && opening[kind] ? 1 : 0)),
        u,
      ),
    ),
  }
}

type Test = (mine: number, theirs: number, task: number, node: number) => boolean

/** Nodes with the same op share their tables: there are few different ones. `now` counts only where the other stands at the op. */
function places(
  { kinds }: Relation,
  test: Test,
  later: (has: Uint8Array, task: number) => Uint8Array = (has) => has,
  now?: Test,
): Places {
  const against = (mine: number, others: Int32Array, u: number): Uint8Array => {
    const is = (x: Test): Uint8Array => {
      const bits = new Uint8Array(others.length)
      for (let m = 0; m < others.length; m++) if (x(mine, at(others, m), u, m)) bits[m] = 1
      return bits
    }
    const come = later(is(test), u)
    const here = now && is(now)
    if (here) for (let m = 0; m < here.length; m++) come[m] = at(come, m) | at(here, m)
    return come
  }
  return kinds.map((list, t) => {
    const known = new Map<number, Uint8Array[]>()
    return Array.from(list, (mine) => {
      const found =
        known.get(mine) ??
        kinds.map((others, u) =>
          u === t ? new Uint8Array(others.length) : against(mine, others, u),
        )
      known.set(mine, found)
      return found
    })
  })
}
