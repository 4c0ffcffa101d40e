/**
 * Guesses an exchange that lets two given tasks change places. The two are walked side by side: where the one has a variable and the
 * other has another, these change places; where constants differ, they are names, of tasks or of pages, in what they are
 * written to or compared with. Whoever else touches any of that must become himself or change places with somebody as well.
 * Whether the guess is right is proved elsewhere.
 */
import type { Expr, Variable } from '@mmulab/model'
import { type Look, sameFutures } from './alike.ts'
import type { Automaton, Edge, Linked, Node } from './automaton.ts'
import { becomes, type Exchange, type Renaming, renamed } from './exchange.ts'
import { at } from './layout.ts'
import { createPictures, type Mapping, UNCHANGED } from './pictures.ts'
import { mappingOf, type ProofRules } from './symmetry-proof.ts'

type Guess = Omit<Exchange, 'keepsPlaces'>

/** An exchange, or the task that tells the two apart. */
export type Guessed = { readonly exchange: Guess } | { readonly apart: number }

/** Each walk may find out what a value becomes, and then leads elsewhere. */
const ROUNDS = 12

export function guessExchange(
  linked: Linked,
  kinds: Kinds,
  a: number,
  b: number,
  rules: ProofRules,
): Guessed {
  const draft = createDraft(linked, kinds)
  draft.tasks.push([a, b])
  let apart = a
  for (let round = 0; round < ROUNDS; round++) {
    const before = draft.size()
    draft.own.clear()
    for (const [t, u] of draft.tasks) draft.walk(t, u)
    for (const t of draft.stay) draft.walk(t, t)
    if (rules.start) draft.learnFromStart()
    if (draft.size() !== before) continue
    const alone = rules.otherTasks ? otherTasks(linked, draft) : undefined
    if (alone === undefined) return { exchange: finished(linked, draft) }
    apart = alone
    // It may stay if it has the one page where it had the other: what more there is to it is learnt on the way.
    if (!draft.stay.has(alone)) {
      draft.stay.add(alone)
      continue
    }
    const partner = partnerOf(linked, draft, alone)
    if (partner === undefined) return { apart }
    draft.stay.delete(alone)
    draft.tasks.push([alone, partner])
  }
  return { apart }
}

/** Which variables hold values of one kind, because they are copied to each other or compared; `[variable]` is the kind. */
export type Kinds = ReadonlyMap<Variable, Variable>

export function kindsOf({ automata, invariants }: Linked): Kinds {
  const root = new Map<Variable, Variable>()
  const find = (v: Variable): Variable => {
    let r = v
    for (let up = root.get(r); up && up !== r; up = root.get(r)) r = up
    return r
  }
  const join = (v: Variable, w: Variable): void => {
    for (const x of [v, w]) if (!root.has(x)) root.set(x, x)
    root.set(find(v), find(w))
  }
  const compared = (e: Expr): void => {
    if (e.k === 'bin') {
      if (e.op === 'eq' || e.op === 'ne')
        for (const v of endsOf(e.a)) for (const w of endsOf(e.b)) join(v, w)
      compared(e.a)
      compared(e.b)
    } else if (e.k === 'not') compared(e.a)
    else if (e.k === 'if') for (const x of [e.c, e.a, e.b]) compared(x)
  }
  for (const n of automata.flatMap((t) => t.nodes)) {
    for (const { to, value } of n.assign) {
      for (const v of endsOf(value)) join(to, v)
      compared(value)
    }
    compared(n.guard)
    compared(n.answer)
    if (n.waits?.holder) compared(n.waits.holder)
  }
  for (const i of invariants) compared(i.holds)
  return new Map([...root.keys()].map((v) => [v, find(v)]))
}

/** Variables that the value of an expression can be copied from. */
const endsOf = (e: Expr): Variable[] =>
  e.k === 'var' ? [e.v] : e.k === 'if' ? [...endsOf(e.a), ...endsOf(e.b)] : []

interface Draft {
  readonly tasks: [number, number][]
  /** Tasks that stay, and must be walked to see how. */
  readonly stay: Set<number>
  readonly own: Map<Variable, Variable>
  /** Per kind of variable. */
  readonly names: Map<Variable, Map<number, number>>
  /** What is known of values; grows until nothing more is found out. */
  size(): number
  walk(t: number, u: number): void
  learnFromStart(): void
  guess(): Guess
}

function createDraft(linked: Linked, kinds: Kinds): Draft {
  const { automata, variables } = linked
  const tasks: [number, number][] = []
  const stay = new Set<number>()
  const own = new Map<Variable, Variable>()
  const names = new Map<Variable, Map<number, number>>()
  const held = new Set<Variable>()
  const kindOf = (v: Variable): Variable => kinds.get(v) ?? v

  const learn = (kind: Variable, x: number, y: number): void => {
    const known = names.get(kind) ?? new Map<number, number>()
    names.set(kind, known)
    if (x === y || known.has(x) || known.has(y)) return
    known.set(x, y).set(y, x)
  }
  const pair = (v: Variable, w: Variable): void => {
    if (v === w || own.has(v) || own.has(w)) return
    own.set(v, w).set(w, v)
    // What changes places holds values of one kind.
    const [x, y] = [kindOf(v), kindOf(w)]
    for (const [n, m] of names.get(x) ?? []) learn(y, n, m)
    for (const [n, m] of names.get(y) ?? []) learn(x, n, m)
  }
  const align = (x: Expr, y: Expr, kind: Variable | undefined): void => {
    if (x.k === 'var' && y.k === 'var') pair(x.v, y.v)
    else if (x.k === 'num' && y.k === 'num') {
      if (kind && x.n !== y.n) learn(kind, x.n, y.n)
    } else if (x.k === 'not' && y.k === 'not') align(x.a, y.a, undefined)
    else if (x.k === 'if' && y.k === 'if') {
      align(x.c, y.c, undefined)
      align(x.a, y.a, kind)
      align(x.b, y.b, kind)
    } else if (x.k === 'bin' && y.k === 'bin' && x.op === y.op) {
      const isComparison = x.op === 'eq' || x.op === 'ne'
      const [v] = isComparison ? [...endsOf(x.a), ...endsOf(x.b)] : []
      align(x.a, y.a, v && kindOf(v))
      align(x.b, y.b, v && kindOf(v))
    }
  }
  /** Who waits for whom says which variables name tasks. */
  const hold = (e: Expr): void => {
    if (e.k === 'bin' && e.b.k === 'task') for (const v of endsOf(e.a)) held.add(kindOf(v))
    else if (e.k === 'bin') for (const part of [e.a, e.b]) hold(part)
  }
  for (const n of automata.flatMap((t) => t.nodes)) if (n.waits?.holder) hold(n.waits.holder)

  const guess = (): Guess => {
    // Kinds that have learnt the same count as one: their variables may have changed places.
    const same = new Map<string, Renaming>()
    const all = new Map<Variable, Renaming>()
    for (const { variable: v } of variables) {
      const known = names.get(kindOf(v))
      if (!known || known.size === 0) continue
      const text = JSON.stringify([...known].sort(([x], [y]) => x - y))
      const renaming = same.get(text) ?? known
      same.set(text, renaming)
      all.set(v, renaming)
    }
    const first = [...own.keys()]
    const pairs = [...own].filter(([, w], i) => first.indexOf(w) > i)
    return { tasks, own: pairs, names: all, places: new Map() }
  }

  /** Edges that belong together. Alternatives of a choice do where they lead to ops that look alike, or else in their order. */
  const sameEdges = (t: number, u: number, n: Node, m: Node): [Edge, Edge | undefined][] => {
    const [answered] = endsOf(n.answer)
    const renaming = answered && names.get(kindOf(answered))
    const left = [...m.edges]
    const take = (fits: (f: Edge) => boolean): Edge | undefined => {
      const i = left.findIndex(fits)
      return i < 0 ? undefined : left.splice(i, 1)[0]
    }
    const known = n.kind === 'choose' ? guess() : undefined
    const { op } = createPictures(linked, known?.names ?? new Map())
    const map = known && mappingOf(known, t)
    const picture = (task: number, e: Edge, mapping: Mapping): string => {
      const to = automata[task]?.nodes[e.to]
      return to ? op(to, mapping) : ''
    }
    return n.edges.map((e) => {
      const alike = map && take((f) => picture(u, f, UNCHANGED) === picture(t, e, map))
      return [e, alike ?? take((f) => f.answer === renamed(renaming, e.answer))]
    })
  }

  return {
    tasks,
    stay,
    own,
    names,
    size: () => [...names.values()].reduce((n, m) => n + 1 + m.size, 0),
    walk(t, u) {
      if (t !== u) for (const kind of held) learn(kind, t + 1, u + 1)
      const [one, other] = [at(automata, t), at(automata, u)]
      const seen = new Set([one.start])
      const queue: [number, number][] = [[one.start, other.start]]
      for (const [i, k] of queue) {
        const [n, m] = [one.nodes[i], other.nodes[k]]
        if (!n || !m || n.kind !== m.kind) continue
        n.assign.forEach((x, j) => {
          const y = m.assign[j]
          if (!y) return
          pair(x.to, y.to)
          align(x.value, y.value, kindOf(x.to))
        })
        align(n.guard, m.guard, undefined)
        align(n.answer, m.answer, undefined)
        for (const [e, f] of sameEdges(t, u, n, m)) {
          if (!f || e.to < 0 || f.to < 0 || seen.has(e.to)) continue
          seen.add(e.to)
          queue.push([e.to, f.to])
        }
      }
    },
    learnFromStart() {
      for (const [v, w] of own) if (v.init !== w.init) learn(kindOf(v), v.init, w.init)
    },
    guess,
  }
}

/** The first task that neither changes places nor stays as it is. */
function otherTasks(linked: Linked, draft: Draft): number | undefined {
  const guess = draft.guess()
  const alone = linked.automata.findIndex(
    (_, t) => becomes(guess, t) === t && !placesAfter(linked, guess, t),
  )
  return alone < 0 ? undefined : alone
}

/** Somebody who can change places with a task that cannot stay; what it takes is learnt on the way. */
function partnerOf({ automata }: Linked, draft: Draft, task: number): number | undefined {
  const one = at(automata, task)
  const isFree = (t: number): boolean => t !== task && !draft.tasks.some((p) => p.includes(t))
  const fits = (a: Automaton): boolean =>
    a.nodes.length === one.nodes.length && a.daemon === one.daemon
  const found = automata.findIndex((a, t) => isFree(t) && fits(a))
  return found < 0 ? undefined : found
}

function finished(linked: Linked, draft: Draft): Guess {
  const guess = draft.guess()
  const places = new Map<number, readonly number[]>()
  linked.automata.forEach((_, t) => {
    const after = placesAfter(linked, guess, t)
    if (after?.some((node, i) => node !== i)) places.set(t, after)
  })
  return { ...guess, places }
}

/**
 * Which place of the task that it becomes each place of a task is: the one with the same future, found by refining both together. No
 * two places of one task have the same future, as minimisation has merged them; so there is at most one.
 */
function placesAfter(linked: Linked, guess: Guess, task: number): number[] | undefined {
  const { op, ways } = createPictures(linked, guess.names)
  const [one, two] = [at(linked.automata, task), at(linked.automata, becomes(guess, task))]
  const map = mappingOf(guess, task)
  const look = (n: Node, m: Mapping): Look => ({
    key: op(n, m),
    nexts: n.edges.flatMap(({ to }) => (to < 0 ? [] : [to])),
    leads: ways(n, m, false),
  })
  const [mine = [], theirs = []] = sameFutures([
    one.nodes.map((n) => look(n, map)),
    two.nodes.map((n) => look(n, UNCHANGED)),
  ])
  const places = new Map([...theirs.entries()].reverse().map(([i, c]) => [c, i]))
  const found = mine.map((c) => places.get(c) ?? -1)
  const isOneToOne = new Set(found).size === found.length && !found.includes(-1)
  return isOneToOne && found.length === two.nodes.length ? found : undefined
}
