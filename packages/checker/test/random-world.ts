/** Random worlds from a seed: small, but with everything an automaton can have. */
import {
  and,
  CLAIMS,
  type Expr,
  eq,
  expr,
  le,
  lt,
  minus,
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

export type Random = (n: number) => number

/** Numbers below n, the same ones for the same seed. */
export function randomFrom(seed: number): Random {
  let x = Math.imul(seed, 0x9e3779b9) ^ 0x5bd1e995
  return (n) => {
    x = (x + 0x6d2b79f5) | 0
    let h = Math.imul(x ^ (x >>> 15), x | 1)
    h ^= h + Math.imul(h ^ (h >>> 7), h | 61)
    return ((h ^ (h >>> 14)) >>> 0) % n
  }
}

export function randomWorld(seed: number): Linked {
  const r = randomFrom(seed)
  const pick = <T>(list: readonly T[]): T => list[r(list.length)] as T
  const tasks = 1 + r(4)
  const variables = Array.from({ length: 1 + r(4) }, (_, i) => {
    const min = r(4) === 0 ? 0 - r(3) : 0
    const max = Math.max(0, min + 1 + r(3))
    return variable(`v${i}`, { min, max, init: min + r(max - min + 1) })
  })
  const locks = Array.from({ length: 1 + r(2) }, (_, i) => variable(`lock${i}`, { max: tasks }))
  // In every third world some variables of 15 bits, so that states take several words. No guard reads them: who can wake
  // whom is decided by trying all values.
  const wide = Array.from({ length: seed % 3 === 0 ? 2 + (seed % 2) * 2 : 0 }, (_, i) =>
    variable(`wide${i}`, { max: 32767, init: i % 2 === 0 ? 0 : 32767 }),
  )
  const all = [...variables, ...locks]
  const constant = variable('constant', { max: 3, init: 2 })

  const number = (depth: number): Expr => {
    const v = r(12) === 0 ? constant : pick(all)
    switch (depth > 0 ? r(6) : r(2)) {
      case 0:
        return expr(r(4) - (r(5) === 0 ? 1 : 0))
      case 1:
        return expr(v)
      case 2:
        return plus(number(depth - 1), r(3))
      case 3:
        return minus(number(depth - 1), number(0))
      case 4:
        return when(truth(depth - 1), number(depth - 1), number(0))
      default:
        return r(2) === 0 ? plus(v, 1) : minus(v, 1)
    }
  }
  const truth = (depth: number): Expr => {
    const compare = pick([eq, ne, lt, le, eq])
    switch (depth > 0 ? r(5) : 0) {
      case 0:
        return compare(pick(all), r(4))
      case 1:
        return and(truth(depth - 1), truth(depth - 1), ...(r(2) ? [eq(pick(all), r(3))] : []))
      case 2:
        return or(truth(depth - 1), truth(0))
      case 3:
        return not(r(2) ? truth(depth - 1) : pick(all))
      default:
        return compare(number(depth - 1), number(0))
    }
  }
  const flags = (): Flag[] => {
    const k = r(24)
    if (k === 0) return [{ kind: 'violate', claim: pick(CLAIMS.slice(0, 4)), message: `m${r(3)}` }]
    return k < 3 ? [{ kind: 'mark', name: `mark${r(3)}` }] : []
  }
  const assign = (): Node['assign'] => {
    const targets = new Set(Array.from({ length: r(3) }, () => pick(all)))
    const writes = [...targets].map((to) => ({ to, value: tame(to) }))
    if (wide.length === 0 || r(6) > 0) return writes
    const to = pick(wide)
    return [
      ...writes,
      { to, value: r(4) ? expr(pick([0, 1, 32767])) : plus(pick(variables), 32764) },
    ]
  }
  /** Mostly a value of the domain, or the world ends at once. */
  const tame = (to: Variable): Expr => {
    const k = r(8)
    if (k === 0) return number(2)
    if (k < 3) return when(lt(to, to.max), plus(to, 1), to.min)
    if (k === 3) return when(eq(to, to.min), to.max, to)
    return expr(to.min + r(to.max - to.min + 1))
  }
  const randomNode = (self: number, size: number): Node => {
    const to = (): number => (r(40) === 0 ? -1 : r(size))
    const edges = (answers: readonly number[]): Edge[] => {
      const same = r(3) === 0 ? to() : undefined
      return answers.map((a) => edge(a, same ?? to(), flags()))
    }
    const base = { ...node({}), label: `op${r(1000)}` }
    const k = r(10)
    if (k === 0) return { ...base, kind: 'choose', edges: edges([0, 1, 2].slice(0, 1 + r(3))) }
    if (k === 1) {
      const l = pick(locks)
      const waits = { on: l.name, holder: eq(l, OTHER) }
      const take = [{ to: l, value: expr(self + 1) }]
      return { ...base, guard: eq(l, 0), assign: take, waits, edges: edges([0]) }
    }
    if (k === 2) {
      const drop = [{ to: pick(locks), value: expr(0) }]
      return { ...base, guard: r(3) ? TRUE : truth(1), assign: drop, edges: edges([0]) }
    }
    const guard = r(3) > 0 ? TRUE : truth(2)
    const waits = r(2) ? { on: 'an event' } : undefined
    if (k < 6) return { ...base, guard, waits, assign: assign(), edges: edges([0]) }
    const isWide = wide.length > 0 && r(3) === 0
    const answer = isWide ? eq(pick(wide), 32767) : k < 8 ? truth(1) : number(1)
    return { ...base, guard, waits, assign: assign(), answer, edges: edges(valuesOf(answer) ?? []) }
  }
  const automata = Array.from({ length: tasks }, (_, t): Automaton => {
    const size = 2 + r(6)
    const nodes = Array.from({ length: size - 1 }, () => randomNode(t, size))
    return automaton(`t${t}`, [...nodes, end], {
      daemon: r(5) === 0,
      start: r(8) === 0 ? r(size) : 0,
      startFlags: r(12) === 0 ? flags() : [],
    })
  })
  return linkedOf(automata, [...all, ...wide], {
    invariants: Array.from({ length: r(3) }, (_, i) => ({
      claim: pick(CLAIMS.slice(0, 4)),
      holds: or(truth(2), truth(1), ne(pick(all), r(3))),
      message: `i${i}`,
    })),
    sometimes: [
      { name: 'mark0', when: { mark: 'mark0' } },
      { name: 'some state', when: truth(2) },
    ],
    measures: [
      { name: 'at the end', claim: 'oom', value: number(2) },
      { name: 'some time', claim: 'oom', value: number(1), when: truth(1) },
    ],
    // Drawn last, so that older seeds keep their worlds.
    goals: r(2) ? [{ claim: 'oom', holds: truth(1), message: 'goal' }] : [],
  })
}
