/**
 * Random worlds in which much concerns one task alone: own variables beside shared ones, locks, waiting for each other, and
 * claims that look at two tasks at once. That is where reductions have something to do, and where wrong ones show.
 */
import {
  and,
  CLAIMS,
  type Expr,
  eq,
  expr,
  lt,
  ne,
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
import { randomFrom } from './random-world.ts'

/** Mostly every other task keeps its shared variables under a lock. */
export const lockedWorld = (seed: number): Linked => sparseWorld(seed + 500_000, true)

export function sparseWorld(seed: number, isLocked = false): Linked {
  const r = randomFrom(seed + 7_000_000)
  const pick = <T>(list: readonly T[]): T => list[r(list.length)] as T
  const tasks = 2 + r(3)
  const make = (name: string): Variable => variable(name, { max: 1 + r(2), init: r(2) })
  const own = Array.from({ length: tasks }, (_, t) => [make(`own${t}`), make(`also${t}`)])
  const shared = Array.from({ length: 1 + r(2) }, (_, i) => make(`shared${i}`))
  const locks = Array.from({ length: 1 + r(2) }, (_, i) => variable(`lock${i}`, { max: tasks }))
  const all = [...own.flat(), ...shared]
  const value = (to: Variable, from: Variable): Expr => {
    const k = r(8)
    if (k < 4) return expr(r(to.max + 1))
    if (k === 4) return when(eq(from, 0), to.max, 0)
    if (k === 5) return when(lt(to, to.max), plus(to, 1), 0)
    // Rarely beyond its bound.
    return r(6) === 0 ? plus(to, 1) : eq(from, r(3))
  }
  const flags = (): Flag[] => {
    const k = r(30)
    if (k === 0) return [{ kind: 'violate', claim: pick(CLAIMS.slice(0, 4)), message: 'flag' }]
    return k === 1 ? [{ kind: 'mark', name: 'mark0' }] : []
  }
  const randomNode = (t: number, i: number, size: number): Node => {
    const mine = own[t] ?? all
    const to = (): number => {
      const k = r(24)
      if (k === 0) return -1
      return k < 4 ? r(size) : k < 6 ? Math.min(i + 2, size - 1) : i + 1
    }
    const edges = (answers: readonly number[]): Edge[] => answers.map((a) => edge(a, to(), flags()))
    const base = { ...node({}), label: `op${i}` }
    const lock = pick(locks)
    switch (r(12)) {
      case 0:
        return { ...base, kind: 'choose', edges: edges([0, 1]) }
      case 1:
      case 2: {
        const waits = { on: lock.name, holder: r(4) ? eq(lock, OTHER) : eq(pick(all), OTHER) }
        const assign = [{ to: lock, value: expr(t + 1) }]
        return { ...base, guard: eq(lock, 0), waits, assign, edges: edges([0]) }
      }
      case 3:
      case 4:
        return {
          ...base,
          assign: [{ to: lock, value: expr(r(6) ? 0 : r(tasks + 1)) }],
          edges: edges([0]),
        }
      case 5: {
        const waits = r(3) ? { on: 'event' } : { on: 'holder', holder: eq(pick(all), OTHER) }
        return { ...base, guard: eq(pick(r(2) ? shared : all), r(2)), waits, edges: edges([0]) }
      }
      case 6: {
        const from = pick(r(3) ? shared : all)
        const to = pick(r(3) ? shared : all)
        return { ...base, assign: [{ to, value: value(to, from) }], edges: edges([0]) }
      }
      case 7: {
        const answer = eq(pick(r(2) ? mine : shared), r(2))
        return { ...base, answer, edges: edges(valuesOf(answer) ?? []) }
      }
      default: {
        const to = pick(mine)
        const guard = r(5) ? TRUE : eq(pick(mine), r(2))
        return { ...base, guard, assign: [{ to, value: value(to, pick(mine)) }], edges: edges([0]) }
      }
    }
  }
  const section = (t: number, from: number): Node[] => {
    const l = pick(locks)
    const on = { on: l.name, holder: eq(l, OTHER) }
    const to = (i: number): Edge[] => [edge(0, from + i + 1)]
    const inner = Array.from({ length: 1 + r(2) }, (_, i): Node => {
      const v = pick(r(4) ? shared : (own[t] ?? all))
      const step = { ...node({}), label: `inside${i}`, edges: to(i + 1) }
      if (r(3)) return { ...step, assign: [{ to: v, value: value(v, pick(all)) }] }
      const answer = eq(v, r(2))
      return {
        ...step,
        answer,
        edges: (valuesOf(answer) ?? []).map((a) => edge(a, from + i + 2, flags())),
      }
    })
    const take = [{ to: l, value: expr(t + 1) }]
    const drop = [{ to: r(20) ? l : pick(locks), value: expr(0) }]
    return [
      { ...node({}), label: 'lock', guard: eq(l, 0), waits: on, assign: take, edges: to(0) },
      ...inner,
      { ...node({}), label: 'unlock', assign: drop, edges: to(inner.length + 1) },
    ]
  }
  const lockedNodes = (t: number): Node[] => {
    const nodes: Node[] = []
    const length = tasks > 3 ? 4 : 7
    while (nodes.length < length)
      if (r(3)) nodes.push(...section(t, nodes.length))
      else nodes.push(randomNode(t, nodes.length, nodes.length + 2))
    // Edges that would lead beyond the end lead to it.
    return nodes.map((n) => ({
      ...n,
      edges: n.edges.map((e) => ({ ...e, to: Math.min(e.to, nodes.length) })),
    }))
  }
  const automata = Array.from({ length: tasks }, (_, t): Automaton => {
    const size = (tasks > 3 ? 3 : 4) + r(3)
    const nodes =
      isLocked && r(4)
        ? lockedNodes(t)
        : Array.from({ length: size - 1 }, (_, i) => randomNode(t, i, size))
    return automaton(`t${t}`, [...nodes, end], { daemon: r(6) === 0 })
  })
  const two = (): [Expr, Expr] => [eq(pick(all), r(2)), eq(pick(all), r(2))]
  return linkedOf(automata, [...all, ...locks], {
    invariants: Array.from({ length: r(3) }, (_, i) => ({
      claim: pick(CLAIMS.slice(0, 4)),
      holds: or(...two(), ne(pick(all), r(2))),
      message: `i${i}`,
    })),
    sometimes: r(2) ? [{ name: 'two', when: and(...two(), eq(pick(all), r(2))) }] : [],
    measures: r(2) ? [{ name: 'sum', claim: 'oom', value: plus(pick(all), pick(all)) }] : [],
    goals: r(2) ? [{ claim: 'oom', holds: and(...two()), message: 'goal' }] : [],
  })
}
