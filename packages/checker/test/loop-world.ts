/**
 * Random worlds in which tasks go round: flags that are set and cleared again and again, readers that try again until they like what
 * they see, waiters for two things at once, choices that may go the same way for ever, and steps between them that concern nobody
 * else. That is where fair runs starve somebody, and where a reduced space could lose or invent such a run. Some tasks are equal.
 */
import { and, type Expr, eq, expr, OTHER, plus, type Variable, variable, when } from '@mmulab/model'
import type { Automaton, Edge, Linked, Node } from '../src/automaton.ts'
import { automaton, edge, end, linkedOf, node } from './build.ts'
import { randomFrom } from './random-world.ts'

interface Own {
  readonly number: number
  readonly mine: readonly Variable[]
}

export function loopWorld(seed: number): Linked {
  const r = randomFrom(seed + 57_000_000)
  const tasks = 2 + r(3)
  const mine = Array.from({ length: tasks }, (_, t) => [
    variable(`own@${t}`, { max: 1 }),
    variable(`also@${t}`, { max: 2 }),
  ])
  const shared = Array.from({ length: 2 + r(2) }, (_, i) =>
    variable(`shared${i}`, { max: 1, init: r(2) }),
  )
  const locks = [variable('lock', { max: tasks })]
  const count = variable('count', { max: tasks })
  const turn = variable('turn', { max: tasks })

  /** The node at place `i` of `size`: whoever is equal draws the same. */
  const nodeOf = (drawn: number, o: Own, i: number, size: number, isRound: boolean): Node => {
    const q = randomFrom(drawn)
    const pick = <T>(list: readonly T[]): T => list[q(list.length)] as T
    // Those that go round never come to the end by themselves; the others go back now and then.
    const next = i + 1 === size && isRound ? 0 : i + 1
    const back = q(3) ? 0 : q(size)
    const to = (target: number): Edge[] => [edge(0, target)]
    const base = { ...node({}), label: `op${i}` }
    const [a, b] = o.mine as [Variable, Variable]
    const flag = pick(shared)
    const lock = pick(locks)
    // Mostly those that go round change what the others look at.
    const kinds = isRound ? [6, 7, 7, 8, 9, 10, 11, 11, 11, q(12)] : [0, 1, 1, 2, 3, 11, 11, q(12)]
    switch (pick(kinds)) {
      case 0:
        return { ...base, kind: 'choose', edges: [edge(0, back), edge(1, next)] }
      case 1:
      case 2: {
        const edges = [edge(0, back), edge(1, next)]
        return { ...base, answer: eq(q(3) ? flag : lock, q(2)), edges }
      }
      case 3: {
        const two = and(eq(flag, q(2)), eq(pick([...shared, lock]), 0))
        return {
          ...base,
          guard: q(2) ? two : eq(flag, q(2)),
          waits: { on: 'flags' },
          edges: to(next),
        }
      }
      case 4: {
        const waits = { on: 'lock', holder: eq(lock, OTHER) }
        const assign = [{ to: lock, value: expr(o.number) }]
        return { ...base, guard: eq(lock, 0), waits, assign, edges: to(next) }
      }
      case 5:
        return {
          ...base,
          assign: [{ to: lock, value: when(eq(lock, o.number), 0, lock) }],
          edges: to(next),
        }
      case 6: {
        const up = when(eq(count, tasks), 0, plus(count, 1))
        return q(2)
          ? { ...base, assign: [{ to: count, value: up }], edges: to(next) }
          : { ...base, guard: eq(count, 0), waits: { on: 'count' }, edges: to(next) }
      }
      case 7:
      case 8:
      case 9: {
        const value: Expr = q(3) ? when(eq(flag, 0), 1, 0) : expr(q(2))
        return { ...base, assign: [{ to: flag, value }], edges: to(next) }
      }
      case 10:
        // A turn that is taken from whoever had it.
        return q(2)
          ? { ...base, assign: [{ to: turn, value: expr(o.number) }], edges: to(next) }
          : { ...base, answer: eq(turn, o.number), edges: [edge(0, next), edge(1, back)] }
      default: {
        const v = pick([a, b])
        const value = q(2) ? expr(q(2)) : when(eq(v, v.max), 0, plus(v, 1))
        return { ...base, assign: [{ to: v, value }], edges: to(next) }
      }
    }
  }
  /** Of the first so many tasks all have the same program. */
  const equal = r(2) ? 1 : 2
  const plans = mine.map((_, t) => ({
    drawn: Array.from({ length: (tasks > 3 ? 2 : 3) + r(3) }, () => r(1 << 30)),
    isRound: t === tasks - 1 || (t >= equal ? r(3) === 0 : equal > 1 && r(2) === 0),
    daemon: r(8) === 0,
  }))
  const automata = mine.map((vs, t): Automaton => {
    const { drawn, isRound, daemon } = plans[t < equal ? 0 : t] as (typeof plans)[number]
    const own = { number: t + 1, mine: vs }
    const nodes = drawn.map((d, i) => nodeOf(d, own, i, drawn.length, isRound))
    // Who goes round for ever is a daemon, or could never finish.
    return automaton(`t${t}`, [...nodes, end], { daemon: daemon || isRound })
  })
  return linkedOf(automata, [...mine.flat(), ...shared, ...locks, count, turn], {
    goals: r(3) ? [] : [{ claim: 'oom', holds: eq(shared[0] as Variable, r(2)), message: 'goal' }],
  })
}
