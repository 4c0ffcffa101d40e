import { eq, lt, not, plus, variable } from '@mmulab/model'
import { describe, expect, it } from 'vitest'
import { type Reduction, reductionOf } from '../src/alone.ts'
import type { Linked } from '../src/automaton.ts'
import { check } from '../src/check.ts'
import type { Spawn } from '../src/engine.ts'
import { layOut } from '../src/layout.ts'
import { createSearch, type Search, type SearchOptions } from '../src/search.ts'
import { automaton, edge, end, linkedOf, node } from './build.ts'
import { known, packed } from './known.ts'
import { loopWorld } from './loop-world.ts'
import { randomWorld } from './random-world.ts'
import { spawn } from './threads.ts'
import { twinWorld } from './twin-world.ts'

const SMALL = Array.from({ length: 40 }, (_, i) => i + 1)
const LARGE = [1739, 2584, 7494, 9135, 18267, 22530]

let spawned = 0
const counting: Spawn = (text, data) => {
  spawned++
  return spawn(text, data)
}

/** They meet at every depth, however few states it has. */
const several = (count: number): SearchOptions => ({
  workers: { count, spawn: counting, from: 2, patience: 60_000 },
})

function searched(linked: Linked, options: SearchOptions = {}, reduction?: Reduction): Search {
  const search = createSearch(linked, layOut(linked), options, reduction)
  while (!search.done) search.run(50_000)
  return search
}

/** Tasks that each count to n, and something to be told of in the widest depth, in every state of it. */
function counters(tasks: number, n: number): Linked {
  const variables = Array.from({ length: tasks }, (_, i) => variable(`c${i}`, { max: n }))
  const automata = variables.map((v, i) =>
    automaton(`t${i}`, [
      node({ guard: lt(v, n), set: [[v, plus(v, 1)]], edges: [edge(0, 0)] }),
      end,
    ]),
  )
  const sum = variables.slice(1).reduce((a, v) => plus(a, v), plus(variables[0] as never, 0))
  const half = eq(sum, Math.floor((tasks * n) / 2))
  return linkedOf(automata, variables, {
    invariants: [{ claim: 'memory', holds: not(half), message: 'half' }],
    sometimes: [{ name: 'half', when: half }],
    measures: [{ name: 'sum', claim: 'oom', value: sum, when: not(half) }],
  })
}

describe('several workers against one', () => {
  it.each([...SMALL, ...LARGE])('random world %i: the same states in the same order', (seed) => {
    const linked = randomWorld(seed)
    const one = known(searched(linked))
    for (const count of [2, 3]) expect(known(searched(linked, several(count)))).toEqual(one)
  })

  it.each(SMALL)('twins, and tasks that go round, reduced: %i', (seed) => {
    const linked = seed % 2 ? twinWorld(seed) : loopWorld(seed)
    const all = reductionOf(linked, { fusion: true, partialOrder: true, symmetry: true })
    const one = known(searched(linked, {}, all))
    expect(known(searched(linked, several(2), all))).toEqual(one)
  })

  it('there was work for more than one', () => {
    expect(spawned).toBeGreaterThan(50)
  })

  it('a depth that is told of in every state, and lists that overflow, cut their work short', () => {
    const linked = counters(6, 7)
    const [one, three] = [searched(linked), searched(linked, several(3))]
    expect(three.states).toBe(8 ** 6)
    expect([three.transitions, three.levels]).toEqual([one.transitions, one.levels])
    expect(three.findings.all()).toEqual(one.findings.all())
    expect(three.measured(0)).toEqual(one.measured(0))
    const ends = [one, three].map(packed)
    expect(ends[0]?.every((w, i) => w === ends[1]?.[i])).toBe(true)
  })

  it('the same verdicts and schedules', () => {
    for (const seed of LARGE) {
      const linked = randomWorld(seed)
      const results = [{}, several(3)].map((o) => ({ ...check(linked, o), bytesPerState: 0 }))
      expect(results[1]).toEqual(results[0])
    }
  })

  it('the limit is met at the same number of states', () => {
    const search = searched(randomWorld(18267), { ...several(2), maxStates: 1500 })
    expect([search.states, search.stopped]).toEqual([1500, 'the limit of 1500 states was met'])
  })

  it('one whose helpers have gone goes on alone', () => {
    const linked = randomWorld(18267)
    const whole = searched(linked)
    for (const share of [4, 2]) {
      const search = createSearch(linked, layOut(linked), several(3))
      while (search.expanded < whole.states / share) search.run(100)
      search.close()
      const before = spawned
      while (!search.done) search.run(50_000)
      search.close()
      expect(known(search)).toEqual(known(whole))
      expect(spawned).toBe(before)
    }
  })

  it('JavaScript works alone', () => {
    const before = spawned
    check(randomWorld(18267), { ...several(2), backend: 'javascript' })
    expect(spawned).toBe(before)
  })

  it('a helper that fails is an error, not a verdict', () => {
    const fails: Spawn = (text, data) =>
      spawn(text.replace('exports[task](', '(() => { throw new Error("no") })('), data)
    const workers = { count: 2, from: 2, patience: 60_000, spawn: fails }
    expect(() => check(randomWorld(18267), { workers })).toThrow('helper')
  })
})
