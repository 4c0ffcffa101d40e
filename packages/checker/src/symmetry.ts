/**
 * Symmetry: tasks that do the same may change places, and so may two drivers of one kind, or two pages, with all that belongs to them.
 * An exchange counts only if it maps the whole world to itself: every op of every task, every claim, the initial state. Then
 * whatever is true of a state is true of the exchanged one, and one of them is enough.
 */
import type { Variable } from '@mmulab/model'
import type { Linked } from './automaton.ts'
import type { Exchange } from './exchange.ts'
import { guessExchange, kindsOf } from './symmetry-guess.ts'
import { type ProofRules, prove } from './symmetry-proof.ts'

export interface Symmetry {
  /** Made in this order, each where the state that it leads to comes first, they sort what can be sorted. */
  readonly exchanges: readonly Exchange[]
  /** Whether what a task can still do is followed under the name that it has in each state. */
  readonly follows: boolean
  /** Whether all exchanges leave tasks at places of the same number, and choices their alternatives in order. */
  readonly keepsPlaces: boolean
}

/** What symmetry there is, and what there is not: tasks that look alike, and the task that tells them apart. */
export interface SymmetryReport {
  readonly symmetry: Symmetry | undefined
  readonly apart: readonly Apart[]
}

export interface Apart {
  readonly tasks: readonly [number, number]
  /** The first task that would have to become another one and cannot; none where claims or beginnings differ. */
  readonly by: number | undefined
}

/** What is looked at before an exchange counts. Tests leave things out on purpose; nobody else passes any. */
export interface SymmetryRules extends ProofRules {
  /** And whether variables that name a task or a page are exchanged too, places are, and tasks followed. */
  readonly names: boolean
  readonly places: boolean
  readonly follows: boolean
}

export const SYMMETRY_RULES: SymmetryRules = {
  otherTasks: true,
  claims: true,
  start: true,
  names: true,
  places: true,
  follows: true,
}

/** So that a set of exchanges fits into a word. */
const EXCHANGES = 30

export const symmetryOf = (linked: Linked, rules?: SymmetryRules): Symmetry | undefined =>
  symmetryReport(linked, rules).symmetry

export function symmetryReport(
  linked: Linked,
  rules: SymmetryRules = SYMMETRY_RULES,
): SymmetryReport {
  const chains: { tasks: number[]; steps: Exchange[] }[] = []
  const apart: Apart[] = []
  const known = new Set<string>()
  const kinds = kindsOf(linked)
  linked.automata.forEach((one, task) => {
    for (const c of chains) {
      const last = c.tasks.at(-1) ?? 0
      const other = linked.automata[last]
      if (other?.nodes.length !== one.nodes.length || other.daemon !== one.daemon) continue
      const step = exchangeOf(linked, kinds, last, task, rules)
      if ('by' in step) {
        apart.push(step)
        continue
      }
      c.tasks.push(task)
      // Of tasks that change places together the first ones have brought it here.
      const text = textOf(step)
      if (!known.has(text)) c.steps.push(step)
      known.add(text)
      return
    }
    chains.push({ tasks: [task], steps: [] })
  })
  // Bubble sort: neighbours are compared, so that the last is the largest; then all but the last, and so on.
  const exchanges = chains.flatMap(({ steps }) =>
    steps.flatMap((_, round) => steps.slice(0, steps.length - round)),
  )
  if (exchanges.length === 0 || exchanges.length > EXCHANGES) return { symmetry: undefined, apart }
  const keepsPlaces = exchanges.every((e) => e.keepsPlaces)
  return { symmetry: { exchanges, follows: rules.follows, keepsPlaces }, apart }
}

/** The exchange of two tasks, if it leaves the world as it is. */
function exchangeOf(
  linked: Linked,
  kinds: ReturnType<typeof kindsOf>,
  a: number,
  b: number,
  rules: SymmetryRules,
): Exchange | Apart {
  const guessed = guessExchange(linked, kinds, a, b, rules)
  if ('apart' in guessed) return { tasks: [a, b], by: guessed.apart }
  const proof = prove(linked, guessed.exchange, rules)
  if (!proof.holds) return { tasks: [a, b], by: proof.task }
  return {
    ...guessed.exchange,
    ...(!rules.names && { names: new Map() }),
    ...(!rules.places && { places: new Map() }),
    keepsPlaces: proof.keepsPlaces,
  }
}

const textOf = ({ tasks, own, names }: Exchange): string => {
  const pairs = [...tasks].map((p) => [...p].sort((x, y) => x - y).join('-')).sort()
  const moved = own.map(([v, w]) => [v.name, w.name].sort().join('-')).sort()
  const renamed = [...names].map(([v, m]) => `${v.name}:${[...m].sort().join('/')}`).sort()
  return [pairs, moved, renamed].map((list) => list.join()).join('|')
}

/** Variables, and those that exchanges make of them. */
export function withTwins(
  variables: ReadonlySet<Variable>,
  symmetry: Symmetry | undefined,
): ReadonlySet<Variable> {
  if (!symmetry || variables.size === 0) return variables
  const all = new Set(variables)
  // Exchanges are those of neighbours: as many rounds reach everybody.
  for (const _ of symmetry.exchanges)
    for (const { own } of symmetry.exchanges)
      for (const [v, w] of own) if (all.has(v) || all.has(w)) all.add(v).add(w)
  return all
}
