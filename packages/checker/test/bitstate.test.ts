// Bitstate search: with room enough it meets every state, with little it says how many it is likely to have missed.
import { describe, expect, it } from 'vitest'
import { createBits } from '../src/bitstate.ts'
import { check } from '../src/check.ts'
import { explorePlain } from '../src/plain.ts'
import { randomOf } from '../src/random.ts'
import { linkedOf, sequence } from './build.ts'
import { judgePartial } from './partial-judge.ts'
import { randomWorld } from './random-world.ts'

const SEEDS = Array.from({ length: 50 }, (_, i) => i + 1)

describe('bitstate', () => {
  it(`meets every state where there is room (random worlds 1 to ${SEEDS.length})`, () => {
    let [found, there] = [0, 0]
    for (const seed of SEEDS) {
      const linked = randomWorld(seed)
      const whole = check(linked)
      const part = check(linked, { mode: { kind: 'bitstate', bytes: 2 ** 20 } })
      found += judgePartial(linked, explorePlain(linked), whole, part)
      there += Object.values(whole.claims).filter((c) => c.schedule).length
      expect([part.states, part.transitions], `world ${seed}`).toEqual([
        whole.states,
        explorePlain(linked).transitions - haltsOf(linked),
      ])
      expect(part.sometimes).toEqual(whole.sometimes)
      expect(part.measures).toEqual(whole.measures)
      expect(part.neverReached).toEqual(whole.neverReached)
      expect(part.mode?.facts.omitted).toBeLessThan(0.001)
    }
    console.info(`bitstate: ${found} of ${there} broken promises were found`)
    expect(found).toBeGreaterThan(there * 0.95)
  })

  it('finds nothing that is not there, however few its bits', () => {
    for (const seed of SEEDS) {
      const linked = randomWorld(seed)
      const mode = { kind: 'bitstate', bytes: 16, hashes: 2 } as const
      judgePartial(linked, explorePlain(linked), check(linked), check(linked, { mode }))
    }
  })

  it('says how many states it is likely to have missed', () => {
    const steps = Array.from({ length: 14 }, () => ({}))
    const tasks = [0, 1, 2, 3].map((t) => sequence(`t${t}`, steps))
    const linked = linkedOf(tasks, [])
    const states = 15 ** 4
    for (const [bytes, hashes] of [
      [2 ** 15, 2],
      [2 ** 15, 3],
      [2 ** 16, 3],
      [2 ** 17, 3],
    ] as const) {
      const { mode, states: met } = check(linked, { mode: { kind: 'bitstate', bytes, hashes } })
      const missed = states - met
      const said = mode?.facts.omitted ?? 0
      console.info(`${bytes} bytes: ${missed} of ${states} states were missed, ${said} expected`)
      expect(mode?.facts.bits).toBe(bytes * 8)
      expect(mode?.facts.factor).toBeCloseTo((bytes * 8) / met)
      expect(met).toBeLessThanOrEqual(states)
      // Every state of this world has several ways to it, so that few are missed for want of their sources.
      expect(missed).toBeLessThan(said * 1.5 + 30)
      expect(missed).toBeGreaterThan(said * 0.6 - 30)
    }
  })

  it('stops at limits, and says so', () => {
    const linked = linkedOf([sequence('a', [{}, {}, {}, {}]), sequence('b', [{}, {}, {}, {}])], [])
    const { states, notCovered } = check(linked, { mode: { kind: 'bitstate' }, maxStates: 7 })
    expect(states).toBeLessThan(10)
    expect(notCovered[0]).toContain('the limit of 7 states was met')
  })
})

describe('the bits', () => {
  it('take strangers for acquaintances as often as they say', () => {
    for (const hashes of [2, 3] as const) {
      const bits = createBits(2 ** 12, hashes)
      const random = randomOf(5, hashes)
      let wrong = 0
      const n = 12_000
      for (let i = 0; i < n; i++) {
        // All different, and alike in most of their bits, as states are.
        const words = Int32Array.of(i, (i & 7) << 20, random(2))
        if (!bits?.add(words, 0, 3)) wrong++
      }
      console.info(`${hashes} hashes: ${wrong} of ${n}, ${bits?.omitted} expected`)
      expect(Math.abs(wrong - (bits?.omitted ?? 0))).toBeLessThan(0.06 * wrong + 40)
    }
  })
})

const haltsOf = (linked: Parameters<typeof explorePlain>[0]): number =>
  [...explorePlain(linked).states.values()].flatMap((s) => s.moves.filter((m) => !m.to)).length
