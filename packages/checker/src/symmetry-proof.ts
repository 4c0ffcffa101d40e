/**
 * Whether an exchange maps a world to itself: every op of every task to an op of the task that it becomes, each claim to a claim,
 * the initial state to itself. This is what symmetry rests on; how the exchange was found does not matter.
 */
import type { Variable } from '@mmulab/model'
import type { Automaton, Linked } from './automaton.ts'
import { becomes, type Exchange, partners, placeAfter, renamed } from './exchange.ts'
import { at } from './layout.ts'
import {
  createPictures,
  flagsPicture,
  type Mapping,
  type Pictures,
  UNCHANGED,
  wordless,
} from './pictures.ts'

/** What is looked at. Tests leave things out on purpose; nobody else passes any. */
export interface ProofRules {
  readonly otherTasks: boolean
  readonly claims: boolean
  readonly start: boolean
}

/** The exchange, with what is known of it then; or the task that it is not true of, or nothing where it is not about a task. */
export type Proof =
  | { readonly holds: true; readonly keepsPlaces: boolean }
  | { readonly holds: false; readonly task?: number }

export function prove(linked: Linked, e: Omit<Exchange, 'keepsPlaces'>, rules: ProofRules): Proof {
  const { automata } = linked
  const pictures = createPictures(linked, e.names)
  const [seed] = e.tasks
  for (let t = 0; t < automata.length; t++) {
    if (!rules.otherTasks && !seed?.includes(t)) continue
    if (!isSame(automata, e, t, pictures, false)) return { holds: false, task: t }
  }
  if (rules.claims && !sameClaims(linked, pictures, mappingOf(e, 0))) return { holds: false }
  if (rules.start && !sameVariables(linked, e)) return { holds: false }
  const keepsPlaces =
    e.places.size === 0 && automata.every((_, t) => isSame(automata, e, t, pictures, true))
  return { holds: true, keepsPlaces }
}

/** As things look after the exchange, in the task that `task` becomes. */
export function mappingOf(e: Omit<Exchange, 'keepsPlaces'>, task: number): Mapping {
  const partner = partners(e)
  return {
    variable: (v) => partner.get(v) ?? v,
    task: (n) => (n === 0 ? 0 : becomes(e, n - 1) + 1),
    value: renamed,
    place: (node) => placeAfter(e, task, node),
  }
}

/** Whether a task looks, after the exchange, like the one that it becomes. */
function isSame(
  automata: readonly Automaton[],
  e: Omit<Exchange, 'keepsPlaces'>,
  task: number,
  { op, edges }: Pictures,
  inOrder: boolean,
): boolean {
  const other = becomes(e, task)
  const [one, two] = [at(automata, task), at(automata, other)]
  const map = mappingOf(e, task)
  const flags = [one, two].map((a) => flagsPicture(a.startFlags))
  return (
    one.nodes.length === two.nodes.length &&
    one.daemon === two.daemon &&
    map.place(one.start) === two.start &&
    flags[0] === flags[1] &&
    one.nodes.every((n, i) => {
      const m = two.nodes[map.place(i)]
      return (
        m !== undefined &&
        placeAfter(e, other, map.place(i)) === i &&
        op(n, map) === op(m, UNCHANGED) &&
        edges(n, map, inOrder) === edges(m, UNCHANGED, inOrder)
      )
    })
  )
}

/** Every claim becomes one that is made as well, in the same words but for numbers; what is counted or looked for becomes itself. */
function sameClaims(linked: Linked, { truth, value }: Pictures, mapping: Mapping): boolean {
  const all = (m: Mapping): string[] =>
    [
      ...linked.invariants.map((i) => `${i.claim}|${wordless(i.message)}|${truth(i.holds, m)}`),
      ...linked.goals.map((g) => `goal|${g.claim}|${wordless(g.message)}|${truth(g.holds, m)}`),
      ...linked.sometimes.map(
        ({ name, when }) => `${name}|${'mark' in when ? when.mark : truth(when, m)}`,
      ),
      ...linked.measures.map(
        ({ name, when, value: x }) => `${name}|${value(x, m)}|${when ? truth(when, m) : ''}`,
      ),
    ].sort()
  return all(mapping).join('\n') === all(UNCHANGED).join('\n')
}

/** The exchanged initial state is the initial state, and variables have room for what they get. */
function sameVariables({ variables }: Linked, e: Omit<Exchange, 'keepsPlaces'>): boolean {
  const known = new Map(variables.map((l) => [l.variable, l]))
  const partner = partners(e)
  const rooms = (v: Variable): [number, number][] => {
    const l = known.get(v)
    return [
      [v.min, v.max],
      [l?.min ?? v.init, l?.max ?? v.init],
    ]
  }
  const all = new Set([...known.keys(), ...partner.keys(), ...e.names.keys()])
  return [...all].every((v) => {
    const w = partner.get(v) ?? v
    const names = e.names.get(v)
    const fits = (n: number, [min, max]: readonly [number, number]): boolean => n >= min && n <= max
    return (
      known.has(v) === known.has(w) &&
      e.names.get(w) === names &&
      renamed(names, v.init) === w.init &&
      JSON.stringify(rooms(v)) === JSON.stringify(rooms(w)) &&
      rooms(v).every((room) =>
        [...(names ?? [])].every(
          ([x, y]) => names?.get(y) === x && fits(x, room) === fits(y, room),
        ),
      )
    )
  })
}
