/**
 * Partial-order reduction. In many states it makes no difference which of several tasks goes first, and it is enough to let one of
 * them go: `ampleTables` says for each place of a task when. Which task that is follows from the state alone, so the reduced
 * space is a graph like the whole one, and everything that walks over it works on both.
 *
 * Why it is sound, for every claim, is in docs/adr/007.
 */
import type { Variable } from '@mmulab/model'
import type { Automaton, Linked, Node } from './automaton.ts'
import {
  dependent,
  enables,
  type Footprint,
  footprintOf,
  misleads,
  observedVariables,
  reaches,
  staysInside,
} from './dependence.ts'

/** What the reduction rests on. Tests break it on purpose; nobody else passes one. */
export interface AmpleRules {
  readonly footprintOf: typeof footprintOf
  readonly dependent: typeof dependent
  readonly enables: typeof enables
  readonly misleads: typeof misleads
  readonly observed: typeof observedVariables
  readonly staysInside: typeof staysInside
  readonly cut: typeof cutCycles
}

export const AMPLE_RULES: AmpleRules = {
  footprintOf,
  dependent,
  enables,
  misleads,
  observed: observedVariables,
  staysInside,
  cut: cutCycles,
}

export interface AmpleTables {
  /** Per task and node, whether the task may go alone from there. */
  readonly alone: readonly (readonly boolean[])[]
  /** Per task, node and other task: 1 at the places from which the other can come to an op that depends on the node. */
  readonly conflict: readonly (readonly (readonly Uint8Array[])[])[]
  /** Likewise: 1 where the other can come to an op that changes whether the node can run. */
  readonly wakes: readonly (readonly (readonly Uint8Array[])[])[]
  /** 1 at the places where the other, while it waits there, waits for somebody that the node may change. */
  readonly misleads: readonly (readonly (readonly Uint8Array[])[])[]
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
  const observed = rules.observed(linked)
  const ranges = new Map(linked.variables.map((v) => [v.variable, v]))
  const quiet = (n: Node, print: Footprint): boolean =>
    n.kind !== 'end' &&
    ![...print.writes].some((v: Variable) => observed.has(v)) &&
    n.edges.every((e) => e.to >= 0) &&
    rules.staysInside(n, ranges)
  const table = (
    test: (mine: Footprint, theirs: Footprint) => boolean,
    later: (a: Automaton, has: Uint8Array) => Uint8Array,
  ): Uint8Array[][][] =>
    prints.map((list, t) =>
      list.map((mine) =>
        automata.map((a, u) =>
          later(
            a,
            Uint8Array.from(prints[u] ?? [], (theirs) => (u !== t && test(mine, theirs) ? 1 : 0)),
          ),
        ),
      ),
    )
  const conflict = table(rules.dependent, reaches)
  const alone = automata.map((a, t) => {
    const cost = a.nodes.map((_, i) =>
      (conflict[t]?.[i] ?? []).reduce((n, x) => n + x.reduce((k, bit) => k + bit, 0), 0),
    )
    const may = a.nodes.map(
      (n, i) => (dynamic || cost[i] === 0) && quiet(n, prints[t]?.[i] as Footprint),
    )
    return rules.cut(a.nodes, may, cost)
  })
  return {
    alone,
    conflict,
    wakes: table((mine, theirs) => rules.enables(theirs, mine), reaches),
    misleads: table(rules.misleads, (_, has) => has),
  }
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
