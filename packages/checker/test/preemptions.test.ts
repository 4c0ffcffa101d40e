// Bounded preemptions against the same thing done by hand, on random worlds.
import { describe, expect, it } from 'vitest'
import type { Linked } from '../src/automaton.ts'
import { check } from '../src/check.ts'
import { initialState, type Unpacked } from '../src/layout.ts'
import { explorePlain, plainKey, plainStep } from '../src/plain.ts'
import { linkedOf, sequence } from './build.ts'
import { judgePartial } from './partial-judge.ts'
import { randomWorld } from './random-world.ts'

const SEEDS = Array.from({ length: 50 }, (_, i) => i + 1)

/** Per state and task that moved last, the fewest preemptions on any way there: relaxed until nothing changes. */
function fewest(linked: Linked): number[] {
  const cost = new Map<string, number>()
  const queue: { s: Unpacked; last: number; n: number }[] = []
  const reach = (s: Unpacked, last: number, n: number): void => {
    const key = `${plainKey(s)}|${last}`
    if ((cost.get(key) ?? Number.POSITIVE_INFINITY) <= n) return
    cost.set(key, n)
    queue.push({ s, last, n })
  }
  reach(initialState(linked), -1, 0)
  for (const { s, last, n } of queue) {
    const { moves, exceeded } = plainStep(linked, s)
    const able = new Set([...moves, ...exceeded].map((m) => m.task))
    for (const m of moves)
      if (m.to) reach(m.to, m.task, n + (able.has(last) && last !== m.task ? 1 : 0))
  }
  const sizes: number[] = []
  for (const n of cost.values()) sizes[n] = (sizes[n] ?? 0) + 1
  return Array.from(sizes, (n) => n ?? 0)
}

const layersOf = (facts: Readonly<Record<string, number>>): number[] =>
  Object.entries(facts).flatMap(([name, n]) => (name.startsWith('statesWith') ? [n] : []))

describe('bounded preemptions', () => {
  it(`meet what can be met with so few, layer by layer (random worlds 1 to ${SEEDS.length})`, () => {
    for (const seed of SEEDS) {
      const linked = randomWorld(seed)
      const sizes = fewest(linked)
      for (const most of [0, 1, 2]) {
        const { mode } = check(linked, { mode: { kind: 'preemptions', most } })
        expect(layersOf(mode?.facts ?? {}), `world ${seed}, at most ${most}`).toEqual(
          sizes.slice(0, most + 1),
        )
      }
      const { mode } = check(linked, { mode: { kind: 'preemptions', most: 1000 } })
      expect(layersOf(mode?.facts ?? {})).toEqual(sizes)
      expect(mode?.facts.exhausted).toBe(1)
    }
  })

  it('find nothing that the plain search does not, and everything once they are many', () => {
    let [found, there] = [0, 0]
    for (const seed of SEEDS) {
      const linked = randomWorld(seed)
      const whole = check(linked)
      const space = explorePlain(linked)
      for (const most of [0, 2, 1000]) {
        const part = check(linked, { mode: { kind: 'preemptions', most } })
        // What is counted are states with the task that moved last.
        const tasks = linked.automata.length + 1
        expect(part.states).toBeLessThanOrEqual(whole.states * tasks)
        const n = judgePartial(linked, space, whole, { ...part, states: 0 })
        if (most < 1000) continue
        found += n
        there += Object.values(whole.claims).filter((c) => c.schedule).length
      }
    }
    console.info(`preemptions: ${found} of ${there} broken promises were found`)
    expect(found).toBeGreaterThan(there * 0.95)
  })

  it('say what they have left out, and where a limit has stopped them', () => {
    const linked = linkedOf([sequence('a', [{}, {}, {}]), sequence('b', [{}, {}, {}])], [])
    const { mode, notCovered, claims } = check(linked, { mode: { kind: 'preemptions', most: 1 } })
    expect(mode?.label).toContain('at most 1 preemption (')
    expect(notCovered).toContain('schedules with more than 1 preemption')
    expect(claims.memory.verdict).toBe('unfinished')
    const stopped = check(linked, { mode: { kind: 'preemptions', most: 9 }, maxStates: 5 })
    expect(stopped.notCovered[0]).toContain('the limit of 5 states was met')
    expect(stopped.notCovered[1]).toBe('schedules with preemptions, and some of those without')
  })
})
