/**
 * An exchange: tasks change places with others, with the variables that each has of its own, and values that name a task or a page
 * become those of the other one. Made twice it changes nothing.
 */
import type { Variable } from '@mmulab/model'
import type { Automaton, Linked } from './automaton.ts'
import type { Unpacked } from './layout.ts'

export interface Exchange {
  /** Those that change places, counted from 0; each is in one pair at most. */
  readonly tasks: readonly (readonly [number, number])[]
  /** Variables that change places. */
  readonly own: readonly (readonly [Variable, Variable])[]
  /** What becomes of the values of variables that name tasks or pages. */
  readonly names: ReadonlyMap<Variable, Renaming>
  /** Per task, its places as those of the task that it becomes; only where they are not the same numbers. */
  readonly places: ReadonlyMap<number, readonly number[]>
  /** Places are the same numbers, and choices have the same alternatives in the same order. */
  readonly keepsPlaces: boolean
}

/** Pairs of values that take each other's place. Variables that are copied to each other or compared have the same one. */
export type Renaming = ReadonlyMap<number, number>

export const renamed = (names: Renaming | undefined, value: number): number =>
  names?.get(value) ?? value

/** The task that a task becomes. */
export const becomes = ({ tasks }: Pick<Exchange, 'tasks'>, task: number): number => {
  for (const [a, b] of tasks) {
    if (task === a) return b
    if (task === b) return a
  }
  return task
}

/** The place at which the other task stands then. */
export const placeAfter = (
  { places }: Pick<Exchange, 'places'>,
  task: number,
  node: number,
): number => places.get(task)?.[node] ?? node

/** The variable that a variable becomes. */
export const partners = ({ own }: Pick<Exchange, 'own'>): ReadonlyMap<Variable, Variable> =>
  new Map(own.flatMap(([v, w]) => [[v, w] as const, [w, v] as const]))

/** The state after an exchange, made without generated code. */
export function exchanged({ variables }: Linked, e: Exchange, state: Unpacked): Unpacked {
  const pcs = [...state.pcs]
  state.pcs.forEach((node, t) => {
    pcs[becomes(e, t)] = placeAfter(e, t, node)
  })
  const partner = partners(e)
  const index = new Map(variables.map((v, i) => [v.variable, i]))
  const values = variables.map(({ variable }) => {
    const from = index.get(partner.get(variable) ?? variable) ?? 0
    return renamed(e.names.get(variable), state.values[from] ?? 0)
  })
  return { pcs, values }
}

/** Places of tasks that exchanges turn into each other have one number: `[task][node]`. */
export function orbitsOfPlaces(
  automata: readonly Automaton[],
  exchanges: readonly Exchange[],
): number[][] {
  const first: number[] = []
  let count = 0
  for (const a of automata) {
    first.push(count)
    count += a.nodes.length
  }
  const root = Array.from({ length: count }, (_, i) => i)
  const find = (i: number): number => {
    let r = i
    while (root[r] !== r) r = root[r] ?? r
    root[i] = r
    return r
  }
  const number = (task: number, node: number): number => (first[task] ?? 0) + node
  for (const e of exchanges)
    automata.forEach((a, t) => {
      if (becomes(e, t) === t && !e.places.has(t)) return
      a.nodes.forEach((_, i) => {
        root[find(number(t, i))] = find(number(becomes(e, t), placeAfter(e, t, i)))
      })
    })
  return automata.map((a, t) => a.nodes.map((_, i) => find(number(t, i))))
}
