/**
 * Symmetry: tasks that do the same may change places. An exchange of two tasks swaps their places, the variables that each has of
 * its own, and their numbers where a variable names a task (who holds a lock). It counts only if it maps the whole world to
 * itself: every op of every task, every claim, the initial state. Then whatever is true of a state is true of the exchanged one,
 * and one of them is enough.
 */
import { type Expr, type Variable, variablesOf } from '@mmulab/model'
import type { Automaton, Linked } from './automaton.ts'
import { createPictures, type Mapping, type Pictures, UNCHANGED } from './pictures.ts'

/** Two tasks that may change places. */
export interface Exchange {
  readonly tasks: readonly [number, number]
  /** Variables of the one, each with that of the other. */
  readonly own: readonly (readonly [Variable, Variable])[]
  /** Variables whose values are numbers of tasks. */
  readonly names: readonly Variable[]
}

export interface Symmetry {
  /** Tasks that may all change places with each other. */
  readonly classes: readonly (readonly number[])[]
  /** Made in this order, each where its tasks stand in the wrong order, they sort every class. */
  readonly exchanges: readonly Exchange[]
  /** Whether what a task can still do is followed under the name that it has in each state. */
  readonly follows: boolean
}

/** What is looked at before two tasks count as the same. Tests leave things out on purpose; nobody else passes any. */
export interface SymmetryRules {
  readonly otherTasks: boolean
  readonly claims: boolean
  readonly start: boolean
  /** And whether variables that name a task are exchanged too, and tasks followed. */
  readonly names: boolean
  readonly follows: boolean
}

export const SYMMETRY_RULES: SymmetryRules = {
  otherTasks: true,
  claims: true,
  start: true,
  names: true,
  follows: true,
}

/** So that a set of exchanges fits into a word. */
const EXCHANGES = 30

export function symmetryOf(
  linked: Linked,
  rules: SymmetryRules = SYMMETRY_RULES,
): Symmetry | undefined {
  const classes: { tasks: number[]; steps: Exchange[] }[] = []
  linked.automata.forEach((_, task) => {
    for (const c of classes) {
      const step = exchangeOf(linked, c.tasks.at(-1) ?? 0, task, rules)
      if (!step) continue
      c.tasks.push(task)
      c.steps.push(step)
      return
    }
    classes.push({ tasks: [task], steps: [] })
  })
  // Bubble sort: neighbours are compared, so that the last is the largest; then all but the last, and so on.
  const exchanges = classes.flatMap(({ steps }) =>
    steps.flatMap((_, round) => steps.slice(0, steps.length - round)),
  )
  if (exchanges.length === 0 || exchanges.length > EXCHANGES) return undefined
  return {
    classes: classes.map((c) => c.tasks).filter((c) => c.length > 1),
    exchanges,
    follows: rules.follows,
  }
}

/** The exchange of two tasks, if it leaves the world as it is. */
function exchangeOf(
  linked: Linked,
  a: number,
  b: number,
  rules: SymmetryRules,
): Exchange | undefined {
  const { automata } = linked
  const [one, other] = [automata[a], automata[b]]
  if (!one || !other || !sameShape(one, other)) return undefined
  const own = ownOf(one, other)
  const names = namesIn(automata, one, other, [a + 1, b + 1])
  const mapping = mappingOf(a, b, own)
  const pictures = createPictures(linked, names)
  const becomes = (t: Automaton, u: Automaton): boolean =>
    t.nodes.every((n, i) => pictures.node(n, mapping) === pictures.node(u.nodes[i] ?? n, UNCHANGED))
  const isSame =
    becomes(one, other) &&
    becomes(other, one) &&
    (!rules.otherTasks || automata.every((t, i) => i === a || i === b || becomes(t, t))) &&
    (!rules.claims || sameClaims(linked, pictures, mapping)) &&
    (!rules.start || sameVariables(linked, own, names, [a + 1, b + 1]))
  return isSame ? { tasks: [a, b], own, names: rules.names ? [...names] : [] } : undefined
}

const sameShape = (a: Automaton, b: Automaton): boolean =>
  a.nodes.length === b.nodes.length &&
  a.start === b.start &&
  a.daemon === b.daemon &&
  JSON.stringify(a.startFlags) === JSON.stringify(b.startFlags)

/** What the one writes, or else reads, where the other has another variable is its own. A guess: whether it is right is seen later. */
function ownOf(one: Automaton, other: Automaton): [Variable, Variable][] {
  const taken = new Set<Variable>()
  const own: [Variable, Variable][] = []
  const pair = (v: Variable | undefined, w: Variable | undefined): void => {
    if (!v || !w || v === w || taken.has(v) || taken.has(w)) return
    taken.add(v).add(w)
    own.push([v, w])
  }
  const nodes = one.nodes.map((n, i) => [n, other.nodes[i] ?? n] as const)
  for (const [n, m] of nodes) for (const [k, a] of n.assign.entries()) pair(a.to, m.assign[k]?.to)
  for (const [n, m] of nodes) {
    const reads = [n, m].map((x) => {
      const read = variablesOf(x.guard)
      variablesOf(x.answer, read)
      for (const a of x.assign) variablesOf(a.value, read)
      return [...read]
    })
    for (const [k, v] of (reads[0] ?? []).entries()) pair(v, reads[1]?.[k])
  }
  return own
}

/**
 * A variable names tasks if the two write their own numbers to it or compare it with them, if somebody waits for whom it names, or if
 * such a variable is copied from it or to it. A guess as well.
 */
function namesIn(
  automata: readonly Automaton[],
  one: Automaton,
  other: Automaton,
  numbers: readonly [number, number],
): Set<Variable> {
  const names = new Set<Variable>()
  const ends = (e: Expr): Expr[] => (e.k === 'if' ? [...ends(e.a), ...ends(e.b)] : [e])
  const has = (e: Expr | undefined, n: number): boolean =>
    e !== undefined && ends(e).some((x) => x.k === 'num' && x.n === n)
  const compared = (x: Expr, y: Expr | undefined): void => {
    if (x.k === 'bin' && y?.k === 'bin') {
      if (x.a.k === 'var' && has(x.b, numbers[0]) && y.a.k === 'var' && has(y.b, numbers[1]))
        names.add(x.a.v).add(y.a.v)
      compared(x.a, y.a)
      compared(x.b, y.b)
    } else if (x.k === 'not' && y?.k === 'not') compared(x.a, y.a)
    else if (x.k === 'if' && y?.k === 'if') {
      compared(x.c, y.c)
      compared(x.a, y.a)
      compared(x.b, y.b)
    }
  }
  for (const [i, n] of one.nodes.entries())
    for (const [k, a] of n.assign.entries()) {
      const b = other.nodes[i]?.assign[k]
      if (b && has(a.value, numbers[0]) && has(b.value, numbers[1]))
        for (const v of [a.to, b.to]) names.add(v)
      compared(a.value, b?.value)
    }
  for (const [i, n] of one.nodes.entries()) {
    compared(n.guard, other.nodes[i]?.guard)
    compared(n.answer, other.nodes[i]?.answer)
  }
  const held = (e: Expr): void => {
    if (e.k === 'bin' && e.a.k === 'var' && e.b.k === 'task') names.add(e.a.v)
    else if (e.k === 'bin') for (const part of [e.a, e.b]) held(part)
  }
  for (const n of automata.flatMap((t) => t.nodes)) if (n.waits?.holder) held(n.waits.holder)
  const copies = automata.flatMap((t) =>
    t.nodes.flatMap((n) =>
      n.assign.flatMap(({ to, value }) =>
        ends(value).flatMap((e): [Variable, Variable][] => (e.k === 'var' ? [[to, e.v]] : [])),
      ),
    ),
  )
  for (let before = -1; before !== names.size; ) {
    before = names.size
    for (const [v, w] of copies)
      if (names.has(v) || names.has(w)) {
        names.add(v)
        names.add(w)
      }
  }
  return names
}

function mappingOf(a: number, b: number, own: readonly (readonly [Variable, Variable])[]): Mapping {
  const partner = new Map(own.flatMap(([v, w]) => [[v, w] as const, [w, v] as const]))
  return {
    variable: (v) => partner.get(v) ?? v,
    task: (n) => (n === a + 1 ? b + 1 : n === b + 1 ? a + 1 : n),
  }
}

/** Every claim becomes one that is made as well, in the same words. */
function sameClaims(linked: Linked, { truth, value }: Pictures, mapping: Mapping): boolean {
  const all = (m: Mapping): string[] =>
    [
      ...linked.invariants.map((i) => `${i.claim}|${i.message}|${truth(i.holds, m)}`),
      ...linked.goals.map((g) => `goal|${g.claim}|${g.message}|${truth(g.holds, m)}`),
      ...linked.sometimes.map(
        ({ name, when }) => `${name}|${'mark' in when ? when.mark : truth(when, m)}`,
      ),
      ...linked.measures.map(
        ({ name, when, value: x }) => `${name}|${value(x, m)}|${when ? truth(when, m) : ''}`,
      ),
    ].sort()
  return all(mapping).join('\n') === all(UNCHANGED).join('\n')
}

/** The exchanged initial state is the initial state, and variables that are exchanged have room for the same values. */
function sameVariables(
  { variables }: Linked,
  own: readonly (readonly [Variable, Variable])[],
  names: ReadonlySet<Variable>,
  numbers: readonly [number, number],
): boolean {
  const known = new Map(variables.map((l) => [l.variable, l]))
  const room = (v: Variable): string => {
    const l = known.get(v)
    return `${v.init} of ${v.min} to ${v.max}, ${l?.min} to ${l?.max}`
  }
  const fits = (n: number, min: number, max: number): boolean => n >= min && n <= max
  const both = (min: number, max: number): boolean =>
    numbers.every((n) => fits(n, min, max)) || !numbers.some((n) => fits(n, min, max))
  return (
    own.every(([v, w]) => room(v) === room(w)) &&
    [...names].every((v) => {
      const l = known.get(v) ?? { min: v.init, max: v.init }
      return !numbers.includes(v.init) && both(v.min, v.max) && both(l.min, l.max)
    })
  )
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
