/**
 * Partial-order reduction. In many states it makes no difference which of several tasks goes first, and it is enough to let one of
 * them go: `ampleTables` says for each place of a task when. Which task that is follows from the state alone, so the reduced
 * space is a graph like the whole one, and everything that walks over it works on both.
 *
 * Why it is sound, for every claim, is in docs/adr/007.
 */
import { type Expr, type Variable, variablesOf } from '@mmulab/model'
import type { Automaton, Linked, Node } from './automaton.ts'
import { commutes, frees, misdirects, type Ranges } from './commute.ts'
import { rangesAt } from './counters.ts'
import {
  dependent,
  enables,
  type Footprint,
  footprintOf,
  keeps,
  looksOf,
  misleads,
  opens,
  reaches,
} from './dependence.ts'
import { sameExpr } from './expression-code.ts'
import { createKeys } from './keys.ts'
import { at } from './layout.ts'
import { SYMMETRY_RULES, type SymmetryRules } from './symmetry.ts'

/** What the reduction rests on. Tests break it on purpose; nobody else passes one. */
export interface AmpleRules {
  readonly footprintOf: typeof footprintOf
  readonly dependent: typeof dependent
  readonly enables: typeof enables
  readonly misleads: typeof misleads
  readonly frees: typeof frees
  readonly commutes: typeof commutes
  readonly misdirects: typeof misdirects
  readonly opens: typeof opens
  readonly looksOf: typeof looksOf
  readonly keeps: typeof keeps
  readonly rangesAt: typeof rangesAt
  readonly halts: (node: Node) => boolean
  readonly cut: typeof cutCycles
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
  rangesAt,
  halts: (node) => node.edges.some((e) => e.to < 0),
  cut: cutCycles,
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
  const prints = automata.map((a, t) =>
    a.nodes.map((n) => rules.footprintOf(n, t, automata.length)),
  )
  const { conditions, exact } = rules.looksOf(linked)
  const ranges = new Map(linked.variables.map((v) => [v.variable, v]))
  const here = rules.rangesAt(linked)
  const quiet = (n: Node, at: Ranges): boolean =>
    n.kind !== 'end' &&
    !rules.halts(n) &&
    !n.assign.some((a) => exact.has(a.to)) &&
    conditions.every((c) => rules.keeps(n, c, at))
  const relation = relationOf(prints, ranges, rules)
  const barrierOf = (guard: Expr | undefined): Barrier =>
    makeBarrier(automata, guard, relation, rules)
  const open = barrierOf(undefined)
  const alone = automata.map((a, t) => {
    const cost = a.nodes.map((_, i) =>
      (open.conflict[t]?.[i] ?? []).reduce((n, x) => n + x.reduce((k, bit) => k + bit, 0), 0),
    )
    const may = a.nodes.map(
      (n, i) => (dynamic || cost[i] === 0) && quiet(n, here[t]?.[i] ?? ranges),
    )
    return rules.cut(a.nodes, may, cost)
  })
  return {
    alone,
    barriers: [open, ...(dynamic ? guardsOf(automata).map(barrierOf) : [])],
    misleads: places(relation, relation.misled),
  }
}

/** Each guard that some op waits for, once. */
function guardsOf(automata: readonly Automaton[]): Expr[] {
  const guards: Expr[] = []
  for (const { guard } of automata.flatMap((a) => a.nodes))
    if (variablesOf(guard).size > 0 && !guards.some((g) => sameExpr(g, guard))) guards.push(guard)
  return guards.slice(0, BARRIERS)
}

/** So that a set of them fits into a word; one is never wrong to leave out. */
const BARRIERS = 30

function makeBarrier(
  automata: readonly Automaton[],
  guard: Expr | undefined,
  relation: Relation,
  rules: AmpleRules,
): Barrier {
  const shut = automata.map((a) =>
    a.nodes.map((n) => guard !== undefined && sameExpr(n.guard, guard)),
  )
  const isShut = (u: number, m: number): boolean => shut[u]?.[m] === true
  const later = (has: Uint8Array, u: number): Uint8Array =>
    reaches(automata[u] as Automaton, has, shut[u] ?? [])
  const variables = guard ? variablesOf(guard) : new Set<Variable>()
  const opening = relation.prints.map((p) => rules.opens(p, variables))
  return {
    guard,
    // Behind a shut op nothing is run; but its task may come to it, and wait there for somebody.
    conflict: places(
      relation,
      (mine, theirs, u, m) =>
        isShut(u, m) ? relation.misled(mine, theirs) : relation.conflict(mine, theirs),
      later,
      (mine, theirs, u, m) => !isShut(u, m) && relation.freed(mine, theirs),
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

type OfKinds = (mine: number, theirs: number) => boolean

/** What one op means for another, found out once for ops that are the same: of the same kind. */
interface Relation {
  /** Per kind one of its ops; per task and node its kind. */
  readonly prints: readonly Footprint[]
  readonly kinds: readonly Int32Array[]
  readonly conflict: OfKinds
  readonly misled: OfKinds
  readonly freed: OfKinds
  /** Whether `theirs` can change whether `mine` can run. */
  readonly enabled: OfKinds
}

function relationOf(
  all: readonly (readonly Footprint[])[],
  ranges: Ranges,
  rules: AmpleRules,
): Relation {
  const keys = createKeys()
  const known = new Map<string, number>()
  const prints: Footprint[] = []
  const kinds = all.map((list) =>
    Int32Array.from(list, (p) => {
      const { node: n, holders } = p
      const writes = n.assign.map((a) => `${keys.identity(a.to)}=${keys.expr(a.value)}`)
      const parts = [keys.expr(n.guard), keys.expr(n.answer), writes.join(';')]
      const key = [...parts, ...holders.map(keys.expr)].join('|')
      const kind = known.get(key) ?? prints.push(p) - 1
      known.set(key, kind)
      return kind
    }),
  )
  const once = (test: (a: Footprint, b: Footprint) => boolean): OfKinds => {
    /** 0 as long as it is not known, 1 for no, 2 for yes. */
    const answers = new Uint8Array(prints.length ** 2)
    return (a, b) => {
      const i = a * prints.length + b
      if (answers[i] === 0) answers[i] = test(at(prints, a), at(prints, b)) ? 2 : 1
      return answers[i] === 2
    }
  }
  const misleads = (a: Footprint, b: Footprint): boolean =>
    rules.misleads(a, b) && rules.misdirects(a, b, ranges)
  return {
    prints,
    kinds,
    misled: once(misleads),
    conflict: once(
      (a, b) => (rules.dependent(a, b) && !rules.commutes(a, b, ranges)) || misleads(a, b),
    ),
    freed: once((a, b) => rules.frees(a, b, ranges)),
    enabled: once((a, b) => rules.enables(b, a)),
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

/**
 * Takes places away until no way round a loop of the task leads over remaining ones only: a task that goes alone stops doing so
 * after finitely many steps, and then everybody has a turn. Dearer places, at which it could seldom go alone, go first.
 */
function cutCycles(
  nodes: readonly Node[],
  may: readonly boolean[],
  cost: readonly number[],
): boolean[] {
  const left = [...may]
  for (;;) {
    const inLoop = nodes.map((_, i) => left[i] === true && comesBack(nodes, left, i))
    let worst = -1
    for (const [i, is] of inLoop.entries())
      if (is && (worst < 0 || (cost[i] ?? 0) > (cost[worst] ?? 0))) worst = i
    if (worst < 0) return left
    left[worst] = false
  }
}

function comesBack(nodes: readonly Node[], left: readonly boolean[], start: number): boolean {
  const seen = new Set<number>()
  const queue = [start]
  for (const i of queue)
    for (const { to } of nodes[i]?.edges ?? []) {
      if (to === start) return true
      if (to < 0 || seen.has(to) || left[to] !== true) continue
      seen.add(to)
      queue.push(to)
    }
  return false
}
