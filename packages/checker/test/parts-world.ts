/**
 * Random worlds with parts that are alike: drivers, each of two tasks with variables and a lock of its own; or pages, each with a task
 * that uses it, beside one that picks a page and one that goes by which page a variable names. In some of them a small thing
 * tells the parts apart: a walk over them in order, a claim about one, a beginning.
 */
import {
  and,
  CLAIMS,
  type Expr,
  eq,
  expr,
  lt,
  ne,
  not,
  OTHER,
  or,
  plus,
  type Variable,
  variable,
  when,
} from '@mmulab/model'
import type { Automaton, Flag, Linked, Node } from '../src/automaton.ts'
import { automaton, edge, end, linkedOf, node } from './build.ts'
import { type Random, randomFrom } from './random-world.ts'

/** What an op of a part is made of. */
interface Part {
  /** Of the part, counted from 1. */
  readonly number: number
  readonly mine: readonly Variable[]
  readonly lock: Variable
}

type Spoilt = 'walk' | 'claim' | 'start' | undefined

export const driversWorld = (seed: number): Linked => partsWorld(seed, 'drivers')
export const pagesWorld = (seed: number): Linked => partsWorld(seed, 'pages')

function partsWorld(seed: number, kind: 'drivers' | 'pages'): Linked {
  const r = randomFrom(seed + (kind === 'pages' ? 53_000_000 : 47_000_000))
  const pick = <T>(list: readonly T[]): T => list[r(list.length)] as T
  const spoilt: Spoilt = r(3) === 0 ? pick(['walk', 'claim', 'start'] as const) : undefined
  const count = kind === 'drivers' && r(4) === 0 ? 3 : 2
  const shared = [variable('shared', { max: 2, init: r(2) }), variable('gate', { max: 1 })]
  /** Names a part, or nobody. */
  const first = variable('first', { max: count })
  const parts = Array.from({ length: count }, (_, i): Part => {
    const init = spoilt === 'start' && i === 0 ? 1 : 0
    return {
      number: i + 1,
      mine: [
        variable(`part${i}.state`, { max: 2, init }),
        variable(`part${i}.flag`, { max: 1 }),
        // Which page stands where; each begins with its own.
        ...(kind === 'pages' ? [variable(`pte[${i}]`, { max: count, init: i + 1 })] : []),
      ],
      lock: variable(`part${i}.lock`, { max: 8 }),
    }
  })
  const flags = (q: Random): Flag[] =>
    q(20) === 0
      ? [{ kind: 'violate', claim: CLAIMS[q(4)] as (typeof CLAIMS)[number], message: 'flag' }]
      : []

  /** One op of a part, by numbers that are the same for every part; `task` is the number of who runs it. */
  const opOf = (q: Random, { number, mine, lock }: Part, task: number, to: number): Node => {
    const [state, mark, pte] = mine as [Variable, Variable, Variable | undefined]
    const on = q(3) === 0 ? (shared[q(2)] as Variable) : q(2) ? state : mark
    const edges = [edge(0, to, flags(q))]
    const base = { ...node({}), label: 'op', edges }
    const waits = { on: lock.name, holder: eq(lock, OTHER) }
    switch (q(9)) {
      case 0:
        return { ...base, guard: eq(lock, 0), waits, assign: [{ to: lock, value: expr(task) }] }
      case 1:
      case 2:
        return { ...base, assign: [{ to: lock, value: when(eq(lock, task), 0, lock) }] }
      case 3:
        return { ...base, assign: [{ to: first, value: when(eq(first, 0), number, first) }] }
      case 4: {
        const answer = q(2) ? eq(first, number) : eq(on, 1)
        return { ...base, answer, edges: [edge(0, to), edge(1, q(3) ? to + 1 : to, flags(q))] }
      }
      case 5:
        return { ...base, guard: or(eq(shared[1] as Variable, 0), eq(on, 0)), waits: { on: 'it' } }
      case 6:
        if (pte)
          return {
            ...base,
            assign: [{ to: pte, value: q(2) ? expr(0) : when(eq(first, 0), pte, first) }],
          }
        return { ...base, assign: [{ to: mark, value: eq(first, number) }] }
      default:
        return { ...base, assign: [{ to: on, value: when(lt(on, on.max), plus(on, 1), 0) }] }
    }
  }
  const programOf = (size: number): ((p: Part, task: number, from?: number) => Node[]) => {
    const plan = Array.from({ length: size }, () => r(1 << 30))
    return (p, task, from = 0) =>
      plan.map((n, i) => opOf(randomFrom(n), p, task, Math.min(from + i + 1, from + size)))
  }
  /** A step over the end of a part of a program goes to its end. */
  const closed = (nodes: Node[]): Node[] =>
    nodes.map((n) => ({
      ...n,
      edges: n.edges.map((e) => ({ ...e, to: Math.min(e.to, nodes.length) })),
    }))
  const automata: Automaton[] = []
  const add = (name: string, nodes: (task: number) => Node[]): void => {
    automata.push(automaton(name, nodes(automata.length + 1)))
  }
  const straight = (nodes: Node[]): Node[] => [...closed(nodes), end]
  const uses = programOf(3 + r(2))
  const works = programOf(2)
  for (const p of parts) {
    add(`user${p.number}`, (task) => straight(uses(p, task)))
    if (kind === 'drivers') add(`worker${p.number}`, (task) => straight(works(p, task)))
  }
  const touches = programOf(2)
  const bystander = spoilt === 'walk' ? 'walks' : pick(['picks', 'reads', 'none'] as const)
  if (bystander === 'walks')
    add('walker', (task) => straight(parts.flatMap((p, i) => touches(p, task, 2 * i))))
  // Alternatives in any order: that of the parts means nothing.
  if (bystander !== 'none' && bystander !== 'walks')
    add('picker', (task) => {
      const begin = (i: number): number => 1 + 2 * i
      const last = begin(count)
      const ways = parts.map((p, i) =>
        touches(p, task, begin(i)).map((n) => ({
          ...n,
          edges: n.edges.map((e) => ({ ...e, to: e.to >= begin(i) + 2 ? last : e.to })),
        })),
      )
      const choice =
        bystander === 'picks'
          ? node({ choose: true, edges: parts.map((_, i) => edge(i, begin(i))) })
          : node({
              answer: first,
              edges: [edge(0, last), ...parts.map((_, i) => edge(i + 1, begin(i)))],
            })
      return [choice, ...ways.flat(), end]
    })
  const every = (f: (p: Part) => Expr): Expr => and(...parts.map(f))
  const [state, mark, pte] = [0, 1, 2].map((i) => (p: Part) => p.mine[i] as Variable) as [
    (p: Part) => Variable,
    (p: Part) => Variable,
    (p: Part) => Variable,
  ]
  const claim = CLAIMS[r(4)] as (typeof CLAIMS)[number]
  const alike = parts.map((p) => ({
    claim,
    holds: r(1) ? expr(1) : or(ne(state(p), 2), eq(mark(p), 0)),
    message: `part ${p.number} is in a bad state`,
  }))
  const named = parts.map((p) => ({
    claim: 'memory' as const,
    holds:
      kind === 'pages' ? or(ne(pte(p), first), eq(first, 0), ne(state(p), 1)) : ne(state(p), 2),
    message: `part ${p.number} is the first`,
  }))
  const odd = { claim, holds: or(ne(state(parts[0] as Part), 1), eq(first, 0)), message: 'odd' }
  return linkedOf(automata, [...parts.flatMap((p) => [...p.mine, p.lock]), ...shared, first], {
    invariants: [
      ...(r(2) ? alike : []),
      ...(r(3) === 0 ? named : []),
      ...(spoilt === 'claim' ? [odd] : []),
    ],
    sometimes: r(2) ? [{ name: 'all', when: every((p) => not(eq(state(p), 0))) }] : [],
    goals: r(2)
      ? [
          {
            claim: 'oom',
            holds: r(3) ? every((p) => eq(p.lock, 0)) : ne(first, 0),
            message: 'goal',
          },
        ]
      : [],
  })
}
