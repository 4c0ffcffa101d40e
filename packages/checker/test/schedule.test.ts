import { eq, lt, plus, variable } from '@mmulab/model'
import { describe, expect, it } from 'vitest'
import { check } from '../src/check.ts'
import { buildGraph, sourceOf } from '../src/graph.ts'
import { initialState, layOut } from '../src/layout.ts'
import { explorePlain, plainKey } from '../src/plain.ts'
import { createSchedules } from '../src/schedule.ts'
import { createSearch } from '../src/search.ts'
import { complete, unless } from '../src/work.ts'
import { automaton, edge, end, linkedOf, node, sequence } from './build.ts'
import { execute, fewestSwitches } from './judge.ts'
import { randomWorld } from './random-world.ts'

const searched = (seed: number) => {
  const linked = randomWorld(seed)
  const search = createSearch(linked, layOut(linked))
  while (!search.done) search.run(1000)
  return { linked, search }
}

describe('schedules', () => {
  it('prefers to let one task run on, however the states are numbered', () => {
    const v = variable('v', { max: 6 })
    const task = (name: string) =>
      sequence(
        name,
        Array.from({ length: 3 }, () => ({ set: [[v, plus(v, 1)]] as const })),
      )
    const linked = linkedOf([task('a'), task('b')], [v], {
      invariants: [{ claim: 'memory', holds: lt(v, 5), message: 'five' }],
    })
    const { memory } = check(linked).claims
    expect(memory).toMatchObject({ steps: 5, switches: 1, fewestSwitches: true })
    const order = memory.schedule?.moves.map((m) => m.task)
    expect([
      [0, 0, 0, 1, 1],
      [1, 1, 1, 0, 0],
      [0, 0, 1, 1, 1],
      [1, 1, 0, 0, 0],
    ]).toContainEqual(order)
  })

  it('the task that breaks the promise on its move counts too', () => {
    const v = variable('v', { max: 2 })
    const last = { kind: 'violate', claim: 'oom', message: 'x' } as const
    // a must move first and last; b once in between.
    const a = automaton('a', [
      node({ set: [[v, 1]], to: 1 }),
      node({ guard: lt(1, v), edges: [edge(0, 2, [last])] }),
      end,
    ])
    const b = sequence('b', [{ guard: lt(0, v), set: [[v, 2]] }])
    expect(check(linkedOf([a, b], [v])).claims.oom).toMatchObject({ steps: 3, switches: 2 })
  })

  it('a broken state beats a breaking move that is as deep but needs more switches', () => {
    const x = variable('x', { max: 2 })
    const y = variable('y', { max: 1 })
    const late = { kind: 'violate', claim: 'oom', message: 'by a move' } as const
    const a = automaton('a', [
      node({ set: [[x, 1]], to: 1 }),
      node({ guard: eq(y, 1), edges: [edge(0, 3, [late])] }),
      end,
      end,
    ])
    const b = sequence('b', [{ set: [[y, 1]] }])
    // Alone and in three moves.
    const c = sequence('c', [{}, {}, { set: [[x, 2]] }])
    const linked = linkedOf([a, b, c], [x, y], {
      invariants: [{ claim: 'oom', holds: lt(x, 2), message: 'by a state' }],
    })
    expect(check(linked).claims.oom).toMatchObject({
      steps: 3,
      switches: 0,
      message: 'by a state',
    })
  })

  it('every state is reached by a shortest way with the fewest switches', () => {
    for (let seed = 1000; seed < 1060; seed++) {
      const { linked, search } = searched(seed)
      const plain = explorePlain(linked)
      const schedules = createSchedules(search, () => buildGraph(search, search.states))
      for (let state = 0; state < Math.min(search.states, 40); state++) {
        const key = plainKey(search.stateAt(state))
        const depth = plain.states.get(key)?.depth ?? -1
        const way = complete(schedules.best([{ state, move: undefined, message: '' }], depth))
        if (!way) throw new Error('no way')
        const { states } = execute(linked, way.moves)
        expect(states.map(plainKey).at(-1)).toBe(key)
        expect(way.states.map((s) => plainKey(search.stateAt(s)))).toEqual(states.map(plainKey))
        const start = plainKey(initialState(linked))
        const least = fewestSwitches(plain, start, depth, (s, m) => !m && s.key === key)
        expect([way.moves.length, way.switches]).toEqual([depth, least])
      }
    }
  })

  it('without memory for the edges there is still a shortest way', () => {
    for (let seed = 2000; seed < 2060; seed++) {
      const { linked, search } = searched(seed)
      const schedules = createSchedules(search, () => unless(() => true, buildGraph(search, 0)))
      const state = search.states - 1
      const target = { state, move: undefined, message: '' }
      const way = complete(schedules.best([target], search.depth))
      if (!way) throw new Error('no way')
      expect(way.moves.length).toBe(search.depth)
      const { states } = execute(linked, way.moves)
      expect(states.at(-1)).toEqual(search.stateAt(state))
      expect(way.fewestSwitches).toBe(way.switches === 0)
    }
  })

  it('an incomplete search still tells how to get to what it found', () => {
    let told = 0
    for (let seed = 1; seed < 200; seed++) {
      const linked = randomWorld(seed)
      const whole = check(linked)
      const part = check(linked, { maxStates: Math.max(1, whole.states >> 1) })
      for (const claim of ['memory', 'coherence', 'balance', 'context'] as const) {
        const { verdict, schedule } = part.claims[claim]
        if (verdict !== 'violated' || !schedule) continue
        told++
        expect(whole.claims[claim].verdict).toBe('violated')
        expect(schedule.moves.length).toBeGreaterThanOrEqual(whole.claims[claim].steps ?? 0)
        execute(linked, schedule.moves)
      }
    }
    expect(told).toBeGreaterThan(20)
  })
})

it('the graph has the edges of the plain exploration', () => {
  for (let seed = 3000; seed < 3040; seed++) {
    const { linked, search } = searched(seed)
    const plain = explorePlain(linked)
    const graph = complete(buildGraph(search, search.states))
    for (let s = 0; s < search.states; s++) {
      const there = plain.states.get(plainKey(search.stateAt(s)))
      const moves = there?.moves.filter((m) => m.to) ?? []
      const from = graph.first[s] ?? 0
      const edges = moves.map((_, i) => from + i)
      expect(graph.first[s + 1]).toBe(from + moves.length)
      expect(edges.map((e) => graph.task[e])).toEqual(moves.map((m) => m.task))
      expect(edges.map((e) => plainKey(search.stateAt(graph.target[e] ?? -1)))).toEqual(
        moves.map((m) => m.to && plainKey(m.to)),
      )
      expect(edges.every((e) => sourceOf(graph, e) === s)).toBe(true)
      const open = moves.length < (there?.moves.length ?? 0) || (there?.exceeded.length ?? 0) > 0
      expect(graph.open[s]).toBe(open ? 1 : 0)
    }
  }
})
