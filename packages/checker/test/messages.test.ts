// Workers that share no memory and are sent messages: the same states, numbers, verdicts and schedules as one thread.
import { afterEach, describe, expect, it, vi } from 'vitest'
import { type Reduction, reductionOf } from '../src/alone.ts'
import type { Linked } from '../src/automaton.ts'
import { type CheckOptions, check, checkInSlices } from '../src/check.ts'
import type { Spawn } from '../src/engine.ts'
import { layOut } from '../src/layout.ts'
import type { CheckResult } from '../src/result.ts'
import type { Saved } from '../src/saved.ts'
import { createSearch, type Search, type SearchOptions } from '../src/search.ts'
import { known } from './known.ts'
import { randomWorld } from './random-world.ts'
import { spawn } from './threads.ts'

const SMALL = Array.from({ length: 30 }, (_, i) => i + 1)
/** Worlds of some thousands of states. */
const LARGE = [1739, 2584, 7494, 9135, 18267, 22530]

let posted = 0
const counting: Spawn = (text, data, hear) => {
  const helper = spawn(text, data, hear)
  return {
    ...helper,
    post(message, transfer) {
      posted++
      helper.post(message, transfer)
    },
  }
}

/** They are sent whatever there is, and waited for. */
const sent = (count: number): SearchOptions => ({
  workers: { count, spawn: counting, from: 2, patience: 60_000, messages: 'always' },
})

async function searched(
  linked: Linked,
  options: SearchOptions = {},
  from?: Saved,
  reduction?: Reduction,
): Promise<Search> {
  const search = createSearch(linked, layOut(linked), options, reduction, from)
  while (!search.done) {
    search.run(1000)
    await search.wait
  }
  return search
}

async function checked(linked: Linked, options: CheckOptions): Promise<CheckResult> {
  const slices = checkInSlices(linked, options)
  for (;;) {
    const slice = slices.next()
    if (slice.done) return { ...slice.value, bytesPerState: 0 }
    await slice.value.wait
  }
}

afterEach(() => {
  vi.unstubAllGlobals()
})

describe('workers that are sent messages', () => {
  it.each([...SMALL, ...LARGE])('random world %i: the same as one', async (seed) => {
    const linked = randomWorld(seed)
    const one = known(await searched(linked))
    for (const count of [2, 4]) expect(known(await searched(linked, sent(count)))).toEqual(one)
  })

  it.each(LARGE)('random world %i: the same with reductions', async (seed) => {
    const linked = randomWorld(seed)
    const reduction = reductionOf(linked, { fusion: true, partialOrder: true, symmetry: true })
    const one = known(await searched(linked, {}, undefined, reduction))
    expect(known(await searched(linked, sent(3), undefined, reduction))).toEqual(one)
  })

  it('there was work for them', () => {
    expect(posted).toBeGreaterThan(2000)
  })

  it.each(LARGE)(
    'random world %i: the same verdicts and schedules, in several memories too',
    async (seed) => {
      const linked = randomWorld(seed)
      const one = await checked(linked, { all: true })
      expect(await checked(linked, { ...sent(2), all: true })).toEqual(one)
      const { memories, ...rest } = await checked(linked, {
        ...sent(2),
        all: true,
        shard: { states: 500 },
      })
      expect([memories !== undefined, rest]).toEqual([true, one])
    },
  )

  it('limits are met at the same number of states, and it goes on from there', async () => {
    const linked = randomWorld(18267)
    const whole = await searched(linked)
    const one = known(whole)
    for (const maxStates of [1, 500, 1500, whole.states - 1]) {
      const cut = await searched(linked, { ...sent(2), maxStates })
      expect([cut.states, cut.stopped]).toEqual([
        maxStates,
        `the limit of ${maxStates} states was met`,
      ])
      expect(known(await searched(linked, sent(2), cut.save()))).toEqual(one)
    }
  })

  it('what is saved while they are at work is whole', async () => {
    const linked = randomWorld(18267)
    const whole = await searched(linked)
    const one = known(whole)
    for (const stop of [1, 2, 3].map((n) => (n * whole.states) / 4)) {
      const begun = createSearch(linked, layOut(linked), sent(2))
      while (begun.expanded < stop) {
        begun.run(100)
        await begun.wait
      }
      expect(known(await searched(linked, {}, begun.save()))).toEqual(one)
      begun.close()
    }
  })

  it('one whose workers have gone goes on alone', async () => {
    const linked = randomWorld(18267)
    const whole = await searched(linked)
    const begun = createSearch(linked, layOut(linked), sent(3))
    while (begun.expanded < whole.states / 3) {
      begun.run(100)
      await begun.wait
    }
    begun.close()
    while (!begun.done) begun.run(50_000)
    expect(known(begun)).toEqual(known(whole))
  })

  it('are so where memory cannot be shared, if somebody waits for them', async () => {
    const linked = randomWorld(18267)
    const one = await checked(linked, {})
    vi.stubGlobal('SharedArrayBuffer', undefined)
    const before = posted
    const workers = { count: 2, spawn: counting, from: 2, patience: 60_000 }
    expect(await checked(linked, { workers })).toEqual(one)
    expect({
      ...check(linked, { workers: { ...workers, messages: 'always' } }),
      bytesPerState: 0,
    }).toEqual(one)
    expect(posted).toBe(before)
    expect(await checked(linked, { workers: { ...workers, messages: 'where needed' } })).toEqual(
      one,
    )
    expect(posted).toBeGreaterThan(before)
  })

  it('one that fails is an error, not a verdict', async () => {
    const fails: Spawn = (text, data, hear) =>
      spawn(text.replace('exports.gather(', '(() => { throw new Error("no") })('), data, hear)
    const workers = { ...sent(2).workers, count: 2, spawn: fails, messages: 'always' } as const
    await expect(checked(randomWorld(18267), { workers })).rejects.toThrow('helper')
  })

  it('nobody waits for ever for those who do not come', async () => {
    const never: Spawn = () => ({ post() {}, stop() {} })
    const linked = randomWorld(1739)
    const workers = { count: 2, spawn: never, from: 2, messages: 'always' } as const
    expect(await checked(linked, { workers })).toEqual(await checked(linked, {}))
  })
})
