/**
 * Random worlds in which two or three tasks do the same, each with variables of its own, under its own number where a lock says who
 * holds it; beside them, mostly, one that does something else. In some of them a small thing tells the equal tasks apart.
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
  TRUE,
  type Variable,
  valuesOf,
  variable,
  when,
} from '@mmulab/model'
import type { Automaton, Edge, Flag, Linked, Node } from '../src/automaton.ts'
import { automaton, edge, end, linkedOf, node } from './build.ts'
import { type Random, randomFrom } from './random-world.ts'

/** What a task's ops are made of. */
interface Own {
  readonly number: number
  readonly mine: readonly Variable[]
}

export function twinWorld(seed: number): Linked {
  const r = randomFrom(seed + 31_000_000)
  const pick = <T>(list: readonly T[]): T => list[r(list.length)] as T
  const twins = r(3) === 0 ? 3 : 2
  const tasks = twins + (r(4) ? 1 : 0)
  /** In some worlds one thing is not the same for all: what is claimed, what another task looks at, how one of them starts. */
  const spoilt = r(3) === 0 ? pick(['claim', 'other', 'start']) : undefined
  const mine = Array.from({ length: tasks }, (_, t) => [
    variable(`own@${t}`, { max: 2, init: spoilt === 'start' && t === 0 ? 1 : 0 }),
    variable(`also@${t}`, { max: 1 }),
  ])
  const shared = Array.from({ length: 2 }, (_, i) => variable(`shared${i}`, { max: 2, init: r(2) }))
  const locks = Array.from({ length: 1 + r(2) }, (_, i) => variable(`lock${i}`, { max: tasks }))
  const first = variable('first', { max: tasks })
  const nobody = (list: readonly (readonly Variable[])[], n: number): Expr =>
    and(...list.slice(0, twins).map((vs) => ne(vs[0] as Variable, n)))

  /** One program, for every task the same: `r` is drawn from before, so all of them get the same numbers. */
  const program = (plan: readonly number[], odd: boolean): ((o: Own) => Node[]) => {
    const size = plan.length
    return (o) => plan.map((seedOfNode, i) => nodeOf(randomFrom(seedOfNode), o, i, size, odd))
  }
  const nodeOf = (q: Random, o: Own, i: number, size: number, odd: boolean): Node => {
    const choose = <T>(list: readonly T[]): T => list[q(list.length)] as T
    const to = (): number => (q(50) === 0 ? -1 : q(6) === 0 ? q(size) : i + 1)
    const flags = (): Flag[] =>
      q(24) === 0 ? [{ kind: 'violate', claim: choose(CLAIMS.slice(0, 4)), message: 'flag' }] : []
    const edges = (answers: readonly number[]): Edge[] => answers.map((a) => edge(a, to(), flags()))
    const base = { ...node({}), label: `op${i}` }
    const l = choose(locks)
    const [a, b] = o.mine as [Variable, Variable]
    const theirs = odd && spoilt === 'other' ? (mine[0] ?? []) : []
    const v = choose([a, b, ...shared, ...theirs, ...theirs])
    switch (q(9)) {
      case 0:
        return { ...base, kind: 'choose', edges: edges([0, 1]) }
      case 1:
      case 2: {
        const waits = { on: l.name, holder: eq(l, OTHER) }
        return {
          ...base,
          guard: eq(l, 0),
          waits,
          assign: [{ to: l, value: expr(o.number) }],
          edges: edges([0]),
        }
      }
      case 3:
        return {
          ...base,
          assign: [{ to: l, value: when(eq(l, o.number), 0, l) }],
          edges: edges([0]),
        }
      case 4:
        return {
          ...base,
          assign: [{ to: first, value: when(eq(first, 0), o.number, first) }],
          edges: edges([0]),
        }
      case 5: {
        const answer = q(2) ? eq(first, o.number) : eq(choose([a, ...shared]), q(3))
        return { ...base, answer, edges: edges(valuesOf(answer) ?? []) }
      }
      case 6: {
        const guard = odd || q(3) ? eq(choose(shared), q(2)) : nobody(mine, 2)
        return { ...base, guard, waits: { on: 'event' }, edges: edges([0]) }
      }
      default: {
        const value = q(3) ? expr(q(v.max + 1)) : when(lt(v, v.max), plus(v, 1), 0)
        const guard = q(4) ? TRUE : not(eq(b, 1))
        return { ...base, guard, assign: [{ to: v, value }], edges: edges([0]) }
      }
    }
  }
  const plan = (n: number): number[] => Array.from({ length: n }, () => r(1 << 30))
  const same = program(plan(twins === 3 ? 3 + r(2) : 5 + r(3)), false)
  const other = program(plan(2 + r(2)), true)
  const automata = mine.map((vs, t): Automaton => {
    const nodes = (t < twins ? same : other)({ number: t + 1, mine: vs })
    return automaton(`t${t}`, [...nodes, end], { daemon: t >= twins && r(3) === 0 })
  })
  const every = (n: number): Expr => nobody(mine, n)
  const looks: Expr[] = [
    or(every(2), ne(pick(shared), 1)),
    or(eq(pick(locks), 0), every(1)),
    ...(spoilt === 'claim' ? [or(ne(pick(mine[0] ?? []), 1), ne(pick(shared), r(2)))] : []),
  ]
  return linkedOf(automata, [...mine.flat(), ...shared, ...locks, first], {
    invariants: looks
      .slice(r(2))
      .map((holds, i) => ({ claim: pick(CLAIMS.slice(0, 4)), holds, message: `i${i}` })),
    sometimes: r(2) ? [{ name: 'all', when: not(every(1)) }] : [],
    measures: r(2) ? [{ name: 'shared', claim: 'oom', value: plus(shared[0] ?? 0, 0) }] : [],
    goals: r(2)
      ? [
          {
            claim: 'oom',
            holds: r(5) ? and(eq(pick(locks), 0), every(1)) : eq(first, 1),
            message: 'goal',
          },
        ]
      : [],
  })
}
