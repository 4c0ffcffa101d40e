// A search that goes on from what another has saved ends as if it had never been interrupted.
import { LabError } from '@mmulab/model'
import { describe, expect, it } from 'vitest'
import { layOut } from '../src/layout.ts'
import type { Saved } from '../src/saved.ts'
import { createSearch, type Search } from '../src/search.ts'
import { verdicts } from '../src/verdict.ts'
import { linkedOf, sequence } from './build.ts'
import { randomFrom, randomWorld } from './random-world.ts'

const SEEDS = Array.from({ length: 150 }, (_, i) => i + 1)

/** As it would come from a file: plain data, and states in small pieces. */
function through(saved: Saved, pieces: (n: number) => number): Saved {
  const { packed, ...rest } = saved
  const all = Int32Array.from([...packed].flatMap((p) => [...p]))
  return {
    ...(JSON.parse(JSON.stringify(rest)) as Omit<Saved, 'packed'>),
    packed: (function* () {
      for (let from = 0; from < all.length; ) {
        const to = Math.min(all.length, from + saved.words * (1 + pieces(50)))
        yield all.slice(from, to)
        from = to
      }
    })(),
  }
}

const end = (search: Search): unknown => {
  while (!search.done) search.run(1000)
  return { ...verdicts(search), bytesPerState: 0, states: search.states, levels: search.levels }
}

describe('a search that is saved and gone on with', () => {
  it(`ends as if it had run through (random worlds ${SEEDS[0]} to ${SEEDS.at(-1)})`, () => {
    let saves = 0
    for (const seed of SEEDS) {
      const linked = randomWorld(seed)
      const layout = layOut(linked)
      const whole = createSearch(linked, layout, { maxStates: 20_000 })
      const expected = end(whole)
      const r = randomFrom(seed)
      let search = createSearch(linked, layout, { maxStates: 20_000 })
      while (!search.done) {
        search.run(1 + r(Math.ceil(whole.states / 4)))
        search = createSearch(
          linked,
          layout,
          { maxStates: 20_000 },
          undefined,
          through(search.save(), r),
        )
        saves++
      }
      expect(end(search), `world ${seed}`).toEqual(expected)
    }
    expect(saves).toBeGreaterThan(SEEDS.length)
  })

  it('and so does one that a limit has stopped, when it gets more room', () => {
    for (const seed of SEEDS) {
      const linked = randomWorld(seed)
      const layout = layOut(linked)
      const whole = createSearch(linked, layout)
      const expected = end(whole)
      const r = randomFrom(seed + 1000)
      const short = createSearch(linked, layout, { maxStates: 1 + r(whole.states) })
      while (!short.done) short.run(1000)
      const search = createSearch(linked, layout, {}, undefined, through(short.save(), r))
      expect(end(search), `world ${seed}`).toEqual(expected)
    }
  })
})

describe('what cannot be gone on with', () => {
  const linked = randomWorld(7)
  const layout = layOut(linked)
  const search = createSearch(linked, layout)
  search.run(5)
  const good = search.save()
  const [states = new Int32Array(0)] = good.packed

  it.each<[string, Partial<Saved>]>([
    ['other words', { words: good.words + 1 }],
    ['fewer states than it says', { packed: [states.slice(0, -good.words)] }],
    ['more states than it says', { packed: [states, states.slice(0, good.words)] }],
    ['depths out of order', { levels: [0, 5, 3] }],
    ['a depth beyond the states', { levelEnd: good.states + 1 }],
    ['expanded too far', { expanded: good.levelEnd + 1 }],
    ['sites of another world', { hit: [10_000] }],
    ['measures of another world', { least: [1, 2, 3, 4, 5] }],
  ])('%s', (_, change) => {
    const open = (): Search => createSearch(linked, layout, {}, undefined, { ...good, ...change })
    expect(open).toThrow(LabError)
    expect(open).toThrow(expect.objectContaining({ code: 'CHECKPOINT_DAMAGED' }))
  })

  it('nor what there is no room for', () => {
    const steps = Array.from({ length: 9 }, () => ({}))
    const tasks = [0, 1, 2, 3].map((t) => sequence(`t${t}`, steps))
    const big = linkedOf(tasks, [])
    const much = createSearch(big, layOut(big))
    while (!much.done) much.run(1000)
    const small = createSearch(big, layOut(big), { maxBytes: 40_000 }, undefined, much.save())
    expect(small.done).toBe(true)
    expect(small.stopped).toContain('memory')
    expect(verdicts(small).complete).toBe(false)
  })
})
