/** A device that breaks a promise by itself: another version of it is judged by how it breaks that. */
import { tellToken } from '@mmulab/compare'
import type { Driver, DriverInstance, Range } from '@mmulab/core'
import { call, mightSleep, procedure } from '@mmulab/model'
import { describe, expect, it } from 'vitest'
import { kitLab } from '../src/index.ts'
import { createKit } from '../src/kit.ts'
import { NO_OTHER_WAY, otherCause, otherMoment, type Pair } from '../src/mutants/ways.ts'
import type { Plan } from '../src/plan.ts'
import { listDevice } from './flawed.ts'

/** The same, but its end sleeps. */
const sleepy = (device: Driver): Driver => ({
  ...device,
  create(host): DriverInstance {
    const made = device.create(host)
    const { invalidateRangeEnd: end } = made.ops
    if (!end) throw new Error('it has no end')
    const sleeps = procedure('sleeps', 'an example', function* (range: Range) {
      yield* mightSleep('the end')
      yield* call(end, range)
    })
    return { ...made, ops: { ...made.ops, invalidateRangeEnd: sleeps } }
  },
})

function pair(plan: Plan, before: Driver, after: Driver): Pair {
  const kits = [before, after].map((d) => createKit(d, { all: true }))
  const [known, made] = kits.map((kit) => {
    const name = kit.name(plan)
    if (!name) throw new Error('there is no such cell')
    return kit.explore(name)
  })
  if (!known || !made) throw new Error('nothing was explored')
  return { plan, before: known, after: made }
}

const hidden = (name: string): boolean => name.startsWith('example.')
const moment = (p: Pair) => otherMoment(p, hidden, 10_000)

describe('breaks-in-no-other-way', () => {
  const dontneed: Plan = { scenario: 'dontneed', core: 'leaves' }
  const unchecked = listDevice('retries-after-invalidation')

  it('nothing new in the original itself', () => {
    expect(moment(pair(dontneed, unchecked, unchecked))).toBeUndefined()
    expect(otherCause(pair(dontneed, unchecked, unchecked))).toBeUndefined()
  })

  it('nothing to compare with where the original keeps the promise', () => {
    expect(moment(pair(dontneed, listDevice(), unchecked))).toBeUndefined()
    expect(otherCause(pair(dontneed, listDevice(), unchecked))).toBeUndefined()
  })

  it('other words are another cause, with a story of its own', () => {
    const reap: Plan = { scenario: 'oom-reap', core: 'leaves' }
    const starts = listDevice('context')
    const found = otherCause(pair(reap, starts, sleepy(starts)))
    expect(found).toMatchObject({ by: NO_OTHER_WAY, claim: 'context' })
    expect(found?.message).toContain('the end may sleep')
    expect(tellToken(kitLab(sleepy(starts)), found?.token ?? '').scenes.length).toBeGreaterThan(1)
  })
})
