/**
 * Slicing: variables on whose values nothing depends that anybody asks for, neither who can run and where it leads nor what is
 * claimed. Nobody writes them any more, so that states which differ in nothing else are one, and ops that only write them are
 * in nobody's way. What is left out of a variable is all of it: nobody asks for a part.
 */
import { type Variable, variablesOf } from '@mmulab/model'
import type { Linked, Node } from './automaton.ts'
import { type Ranges, staysInside } from './commute.ts'
import { footprintOf } from './dependence.ts'
import { lookedAt, looksOf } from './visibility.ts'

/** What makes a variable needed. Tests leave things out on purpose; nobody else passes any. */
export interface SlicingRules {
  readonly guards: boolean
  readonly answers: boolean
  /** Whom somebody waits for. */
  readonly holders: boolean
  readonly claims: boolean
  /** Needed ones are computed from it. */
  readonly values: boolean
  /** It may leave its domain. */
  readonly domains: boolean
}

export const SLICING_RULES: SlicingRules = {
  guards: true,
  answers: true,
  holders: true,
  claims: true,
  values: true,
  domains: true,
}

/** `here`: per task and node, between which values variables are there. */
export function neededIn(
  linked: Linked,
  here: readonly (readonly Ranges[])[],
  rules: SlicingRules,
): Set<Variable> {
  const { automata } = linked
  const needed = rules.claims ? lookedAt(looksOf(linked)) : new Set<Variable>()
  automata.forEach(({ nodes }, t) => {
    nodes.forEach((n, i) => {
      if (rules.guards) variablesOf(n.guard, needed)
      if (rules.answers && n.kind === 'step' && n.edges.length > 1) variablesOf(n.answer, needed)
      if (rules.holders && n.waits?.holder)
        for (const v of footprintOf(n, t, automata.length).holder) needed.add(v)
      if (!rules.domains) return
      for (const a of n.assign)
        if (!needed.has(a.to) && !staysInside({ ...n, assign: [a] }, here[t]?.[i] ?? new Map()))
          needed.add(a.to)
    })
  })
  const assigns = automata.flatMap((a) => a.nodes.flatMap((n) => n.assign))
  for (let before = -1; rules.values && before < needed.size; ) {
    before = needed.size
    for (const a of assigns) if (needed.has(a.to)) variablesOf(a.value, needed)
  }
  return needed
}

/** Makes the same world of another, but for what nobody writes any more. */
export function slicer(needed: ReadonlySet<Variable>): (linked: Linked) => Linked {
  const slice = (n: Node): Node =>
    n.assign.every((a) => needed.has(a.to))
      ? n
      : { ...n, assign: n.assign.filter((a) => needed.has(a.to)) }
  return (linked) => ({
    ...linked,
    automata: linked.automata.map((a) => ({ ...a, nodes: a.nodes.map(slice) })),
  })
}
