// Random walks and PCT: what they find is there, what they say of themselves is so, and the same seed finds the same.
import { eq, variable } from '@mmulab/model'
import { describe, expect, it } from 'vitest'
import { check } from '../src/check.ts'
import type { PctMode, RandomMode } from '../src/mode.ts'
import { byPriority, chanceOf } from '../src/pct.ts'
import { explorePlain } from '../src/plain.ts'
import { randomOf } from '../src/random.ts'
import { createWalker } from '../src/walks.ts'
import { automaton, end, linkedOf, node, sequence } from './build.ts'
import { judgePartial } from './partial-judge.ts'
import { randomWorld } from './random-world.ts'

const SEEDS = Array.from({ length: 100 }, (_, i) => i + 1)
const MODES: readonly (RandomMode | PctMode)[] = [
  { kind: 'random', walks: 40, steps: 100, seed: 7 },
  { kind: 'pct', depth: 3, walks: 40, steps: 100, seed: 7 },
]

describe.each(MODES)('$kind', (mode) => {
  it(`finds nothing that the plain search does not (random worlds 1 to ${SEEDS.length})`, () => {
    let [found, there] = [0, 0]
    for (const seed of SEEDS) {
      const linked = randomWorld(seed)
      const whole = check(linked)
      found += judgePartial(linked, explorePlain(linked), whole, check(linked, { mode }))
      there += Object.values(whole.claims).filter((c) => c.schedule).length
    }
    console.info(`${mode.kind}: ${found} of ${there} broken promises were found`)
    expect(found).toBeGreaterThan(there * 0.8)
  })

  it('says its seed, and finds the same with it', () => {
    for (const seed of [3, 12, 40]) {
      const linked = randomWorld(seed)
      const result = check(linked, { mode })
      expect(result.mode?.label).toContain('seed 7')
      expect(result.mode?.facts.seed).toBe(7)
      expect(result.notCovered[0]).toContain('seed 7')
      expect(check(linked, { mode })).toEqual(result)
    }
  })

  it('takes other ways with another seed', () => {
    const tasks = ['a', 'b', 'c'].map((t) => sequence(t, [{}, {}, {}, {}]))
    const states = [1, 2, 3, 4].map(
      (seed) => check(linkedOf(tasks, []), { mode: { ...mode, seed, walks: 3 } }).states,
    )
    expect(new Set(states).size).toBeGreaterThan(1)
  })

  it('ends when it is told to, and says why', () => {
    const {
      complete,
      mode: said,
      claims,
    } = check(randomWorld(3), {
      mode: { ...mode, walks: 10 ** 9 },
      shouldStop: () => 'the time is over',
    })
    expect(complete).toBe(false)
    expect(said?.facts.walks).toBe(0)
    expect(claims.memory.message ?? '').toContain('the time is over')
  })

  it('gives walks up that go round, and still sees who can never finish', () => {
    const v = variable('v', { max: 1 })
    const spinner = automaton('spinner', [node({ answer: eq(v, 1), to: [0, 1] }), end])
    const linked = linkedOf([spinner, sequence('other', [{}, {}])], [v])
    const { claims, mode: said } = check(linked, { mode: { ...mode, walks: 3 } })
    expect(said?.facts.cut).toBe(3)
    expect(said?.missed.join()).toContain('3 walks were given up after 100 steps')
    expect(claims.progress).toMatchObject({
      verdict: 'violated',
      message: 'spinner can never finish: it retries for ever',
      fewestSteps: false,
    })
  })
})

/** `a` writes, then undoes it; `b` looks three times in a row: it takes two switches at the right steps to be seen. */
function twoSwitches() {
  const [x, seen] = [variable('x', { max: 2 }), variable('seen', { max: 3 })]
  const a = sequence('a', [{}, { set: [[x, 1]] }, { set: [[x, 2]] }, { set: [[x, 0]] }, {}])
  const b = sequence('b', [
    {},
    { set: [[seen, { k: 'bin', op: 'eq', a: { k: 'var', v: x }, b: { k: 'num', n: 2 } }]] },
    {},
  ])
  return linkedOf([a, b], [x, seen], {
    invariants: [{ claim: 'memory', holds: eq(seen, 0), message: 'seen' }],
  })
}

describe('the bound of PCT', () => {
  it('is 1/(n k^(d-1))', () => {
    expect(chanceOf(4, 100, 3)).toBe(1 / 40_000)
    expect(chanceOf(2, 8, 1)).toBe(1 / 2)
  })

  it('is kept, all priorities and change points tried one by one', () => {
    // It takes two constraints: b looks after the second write of a, and before the third.
    const linked = twoSwitches()
    const [n, k, d] = [2, 8, 2]
    let [hits, all] = [0, 0]
    for (const order of [
      [2, 3],
      [3, 2],
    ])
      for (let change = 1; change <= k; change++) {
        const walker = createWalker(linked, {})
        const run = walker.run(
          1,
          100,
          () => byPriority(order, [change]),
          () => randomOf(1, 1),
        )
        while (!run.next().done);
        expect(walker.walked.steps).toBe(k)
        const { claims } = walker.result(
          { name: 'pct', label: '', missed: [], facts: {} },
          undefined,
        )
        if (claims.memory.verdict === 'violated') hits++
        all++
      }
    console.info(`PCT: ${hits} of ${all} find it, the bound says ${chanceOf(n, k, d) * all}`)
    expect(hits).toBeGreaterThanOrEqual(chanceOf(n, k, d) * all)
    expect(hits).toBeLessThan(all)
  })

  it('and is said, for the length that was measured', () => {
    const { mode } = check(twoSwitches(), { mode: { kind: 'pct', depth: 2, walks: 10 } })
    expect(mode?.facts).toMatchObject({ tasks: 2, length: 8, chance: 1 / 16, longest: 8, cut: 0 })
    expect(mode?.missed[0]).toContain('6.25 %')
  })
})

describe('random numbers', () => {
  it('are spread evenly, and every stream has its own', () => {
    const counts = new Array<number>(10).fill(0)
    for (let stream = 0; stream < 1000; stream++) {
      const random = randomOf(1, stream)
      for (let i = 0; i < 100; i++) {
        const n = random(10)
        counts[n] = (counts[n] ?? 0) + 1
      }
    }
    for (const c of counts) expect(Math.abs(c - 10_000)).toBeLessThan(400)
    expect(randomOf(1, 1)(2 ** 31)).not.toBe(randomOf(1, 2)(2 ** 31))
    expect(randomOf(1, 1)(2 ** 31)).not.toBe(randomOf(2 ** 33 + 1, 1)(2 ** 31))
  })
})
