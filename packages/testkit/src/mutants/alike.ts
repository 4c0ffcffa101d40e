/**
 * Whether anybody outside of a plugin could tell two of its versions apart in a cell: the states of both worlds are compared by what
 * they show to everybody else. What only the plugin itself looks at (its locks, its counters) is not shown; what becomes of it is.
 */
import { type CheckResult, type Linked, type Space, spaceOf } from '@mmulab/checker'
import type { Cell } from '@mmulab/core'
import { type Expr, evaluate, type Variable } from '@mmulab/model'
import { stutteringAlike } from './stuttering.ts'

/** One of the two: a cell as it is explored. */
export interface Side {
  readonly cell: Cell
  readonly linked: Linked
}

/** The names of variables that only the plugin looks at. */
export type Hidden = (name: string) => boolean

/** False also where there are more states than can be compared. */
export function alike(one: Side, other: Side, hidden: Hidden, maxStates: number): boolean {
  if (one.linked.fingerprint === other.linked.fingerprint) return true
  if (asked(one) !== asked(other)) return false
  const first = spaceOf(one.linked, maxStates)
  const second = first && spaceOf(other.linked, maxStates)
  if (!first || !second) return false
  const known = new Map<string, number>()
  const shared = variablesShown([one, other], hidden)
  const shows = [...shownBy(one, first, shared, known), ...shownBy(other, second, shared, known)]
  const moves = first.first[first.states] ?? 0
  const graph = {
    states: first.states + second.states,
    first: [...first.first, ...second.first.subarray(1).map((e) => e + moves)],
    target: [
      ...first.target.subarray(0, moves),
      ...second.target.subarray(0, second.first[second.states]).map((s) => s + first.states),
    ],
    shows,
  }
  return stutteringAlike(graph, 0, first.states)
}

/** What is asked of a world, by words: only what answers the same questions can be compared. */
const asked = ({ linked: { automata, invariants, goals, sometimes } }: Side): string =>
  JSON.stringify([
    automata.map((a) => a.name),
    [...invariants, ...goals].map((i) => i.message),
    sometimes.map((s) => s.name),
  ])

/** By name, each with the value that it has where no op changes it. */
function variablesShown(sides: readonly Side[], hidden: Hidden): Map<string, Variable> {
  const all = new Map<string, Variable>()
  for (const { linked } of sides)
    for (const { variable } of linked.variables)
      if (!hidden(variable.name)) all.set(variable.name, variable)
  return all
}

/** What each state shows, as numbers that mean the same in both worlds. */
function shownBy(
  { cell, linked }: Side,
  space: Space,
  shared: ReadonlyMap<string, Variable>,
  known: Map<string, number>,
): number[] {
  const own = new Map(linked.variables.map(({ variable }) => [variable.name, variable]))
  const variables = [...shared].map(([name, v]) => own.get(name) ?? v)
  const claims: readonly Expr[] = [
    ...linked.invariants.map((i) => i.holds),
    ...linked.goals.map((g) => g.holds),
    ...linked.sometimes.flatMap((s) => ('mark' in s.when ? [] : [s.when])),
    ...cell.instances.flatMap((d) => [
      ...cell.kernel.mm.virtualPages.map((va) => d.mapping(va)),
      ...(d.caches ?? []).map((c) => c.page),
    ]),
  ]
  return Array.from({ length: space.states }, (_, s) => {
    const read = space.reader(s)
    const ended = linked.automata.map((_a, task) => space.hasEnded(s, task))
    const stuck = space.first[s] === space.first[s + 1] && ended.includes(false)
    const text = [
      ...variables.map(read),
      ...claims.map((e) => evaluate(e, read)),
      ...ended.map(Number),
      Number(stuck),
      space.open[s],
    ].join()
    const number = known.get(text) ?? known.size
    if (number === known.size) known.set(text, number)
    return number
  })
}

/** Whatever is said with a step, and not by a state, is said of both or of neither. */
export function sameVerdicts({ result: before }: Judged, { result: after }: Judged): boolean {
  if (!before.complete || !after.complete) return false
  const said = ({ claims, sometimes }: CheckResult): string =>
    JSON.stringify([
      Object.values(claims).map((c) => [c.verdict, c.message]),
      sometimes.map((s) => [s.name, s.reached]),
    ])
  return said(before) === said(after)
}

interface Judged {
  readonly result: CheckResult
}
