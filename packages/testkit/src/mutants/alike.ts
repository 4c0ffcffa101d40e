/**
 * Whether anybody outside of a plugin could tell two of its versions apart in a cell: the states of both worlds are compared by what
 * they show to everybody else. What only the plugin itself looks at (its locks, its counters) is not shown; what becomes of it is.
 */
import { type CheckResult, type Linked, type Space, spaceOf } from '@mmulab/checker'
import type { Cell } from '@mmulab/core'
import { type ClaimId, type Expr, evaluate, type Variable } from '@mmulab/model'
import { type Shown, stutteringAlike } from './stuttering.ts'

/** One of the two: a cell as it is explored. */
export interface Side {
  readonly cell: Cell
  readonly linked: Linked
}

/** The names of variables that only the plugin looks at. */
export type Hidden = (name: string) => boolean

/** What both show, state by state, in numbers that mean the same in both; undefined where there are more states than can be compared. */
export interface Both {
  readonly one: Told
  readonly other: Told
}

export interface Told extends Shown {
  readonly space: Space
}

export function shownBoth(
  one: Side,
  other: Side,
  hidden: Hidden,
  maxStates: number,
): Both | undefined {
  if (asked(one) !== asked(other)) return undefined
  const first = spaceOf(one.linked, maxStates)
  const second = first && spaceOf(other.linked, maxStates)
  if (!first || !second) return undefined
  const known = new Map<string, number>()
  const shared = variablesShown([one, other], hidden)
  const told = (side: Side, space: Space): Told => ({
    ...space,
    space,
    shows: shownBy(side, space, shared, known),
  })
  return { one: told(one, first), other: told(other, second) }
}

/** False also where there are more states than can be compared. */
export function alike(one: Side, other: Side, hidden: Hidden, maxStates: number): boolean {
  if (one.linked.fingerprint === other.linked.fingerprint) return true
  const both = shownBoth(one, other, hidden, maxStates)
  return both !== undefined && bisimilar(both)
}

/** Whether both can always come to show the same. */
export function bisimilar({ one, other }: Both): boolean {
  const moves = one.space.first[one.states] ?? 0
  const graph = {
    states: one.states + other.states,
    first: [...one.space.first, ...other.space.first.subarray(1).map((e) => e + moves)],
    target: [
      ...one.space.target.subarray(0, moves),
      ...other.space.target.subarray(0, other.space.first[other.states]).map((s) => s + one.states),
    ],
    shows: [...Array.from(one.shows), ...Array.from(other.shows)],
  }
  return stutteringAlike(graph, 0, one.states)
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
  const lost = futuresOf(linked, space).map(({ can }) => can)
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
      ...lost.map((can) => can[s] ?? 0),
    ].join()
    const number = known.get(text) ?? known.size
    if (number === known.size) known.set(text, number)
    return number
  })
}

/** Something that stays possible or does not: that a task finishes, or that a goal is reached. */
export interface Future {
  readonly claim: ClaimId
  readonly message: string
  /** By state: 1 where it is still possible. */
  readonly can: Uint8Array
}

export const futuresOf = ({ automata, goals }: Linked, space: Space): Future[] => [
  ...automata.flatMap(({ name, daemon }, task): Future[] =>
    daemon
      ? []
      : [
          {
            claim: 'progress',
            message: `${name} can never finish`,
            can: stillPossible(space, (s) => space.hasEnded(s, task)),
          },
        ],
  ),
  ...goals.map(({ claim, message, holds }) => ({
    claim,
    message,
    can: stillPossible(space, (s) => evaluate(holds, space.reader(s)) !== 0),
  })),
]

/** Backwards from the states in which it is so. Where nobody knows what comes next, nothing is held against that. */
function stillPossible(
  { states, first, target, open }: Space,
  isSo: (state: number) => boolean,
): Uint8Array {
  const sources = new Int32Array((first[states] ?? 0) + 1)
  const begin = new Int32Array(states + 2)
  for (let e = 0; e < (first[states] ?? 0); e++)
    begin[(target[e] ?? 0) + 2] = (begin[(target[e] ?? 0) + 2] ?? 0) + 1
  for (let s = 2; s < begin.length; s++) begin[s] = (begin[s] ?? 0) + (begin[s - 1] ?? 0)
  for (let s = 0; s < states; s++)
    for (let e = first[s] ?? 0; e < (first[s + 1] ?? 0); e++) {
      const t = (target[e] ?? 0) + 1
      sources[begin[t] ?? 0] = s
      begin[t] = (begin[t] ?? 0) + 1
    }
  const can = Uint8Array.from({ length: states }, (_, s) => Number(open[s] === 1 || isSo(s)))
  const list = Array.from(can.keys()).filter((s) => can[s] === 1)
  for (const s of list)
    for (let i = begin[s] ?? 0; i < (begin[s + 1] ?? 0); i++) {
      const from = sources[i] ?? 0
      if (can[from] === 1) continue
      can[from] = 1
      list.push(from)
    }
  return can
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

/** Whether everything that one keeps the other keeps too, and what can happen in the one can in the other. */
export function keepsWhatIsKept({ result: before }: Judged, { result: after }: Judged): boolean {
  if (!before.complete || !after.complete) return false
  const kept = Object.entries(before.claims).every(
    ([claim, { verdict }]) =>
      verdict === 'violated' || after.claims[claim as ClaimId].verdict === verdict,
  )
  return (
    kept &&
    (before.fair.verdict === after.fair.verdict || before.fair.verdict === 'violated') &&
    before.sometimes.every(({ reached }, i) => !reached || after.sometimes[i]?.reached === true)
  )
}

interface Judged {
  readonly result: CheckResult
}
