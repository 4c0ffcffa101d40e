/** rcuwait, explored in a small world: who waits decides under a lock, and says that it will sleep before it gives the lock back. */
import {
  add,
  type Body,
  flag,
  load,
  rcuwait,
  rcuwaitPrepare,
  rcuwaitSchedule,
  rcuwaitWakeUp,
  spinLock,
  spinlock,
  spinUnlock,
  store,
} from '@mmulab/model'
import { describe, expect, it } from 'vitest'
import { check } from '../src/check.ts'
import { link } from '../src/link.ts'
import type { ClaimResult } from '../src/result.ts'
import { run, world } from './worlds.ts'

/** Waits until `busy` is 0, which another task makes it. */
function progress(options: { readonly prepareLate?: boolean; readonly wakes?: boolean }) {
  const { prepareLate = false, wakes = true } = options
  const lock = spinlock('lock')
  const w = rcuwait('w')
  const busy = flag('busy', 1)
  const waiter = function* (): Body<void> {
    yield* spinLock(lock)
    if (yield* load(busy)) {
      if (!prepareLate) yield* rcuwaitPrepare(w)
      yield* spinUnlock(lock)
      if (prepareLate) yield* rcuwaitPrepare(w)
      yield* rcuwaitSchedule(w)
      yield* spinLock(lock)
    }
    yield* spinUnlock(lock)
  }
  const waker = function* (): Body<void> {
    yield* spinLock(lock)
    yield* store(busy, 0)
    yield* spinUnlock(lock)
    if (wakes) yield* rcuwaitWakeUp(w)
  }
  const { claims } = check(link(world([run('waiter', waiter), run('waker', waker)])))
  return claims
}

const verdictOf = (c: ClaimResult): string => c.verdict

describe('rcuwait', () => {
  it('loses no wake-up that comes before schedule()', () => {
    expect(verdictOf(progress({}).progress)).toBe('holds')
  })
  it('loses one where the waiter says too late that it will sleep', () => {
    expect(verdictOf(progress({ prepareLate: true }).progress)).toBe('violated')
  })
  it('waits for ever for a wake-up that never comes', () => {
    const c = progress({ wakes: false }).progress
    expect(c.verdict).toBe('violated')
    expect(c.message).toBe('waiter can never finish: it waits for ever for a wake-up of w')
  })
  it('may not sleep under a spinlock', () => {
    const lock = spinlock('lock')
    const w = rcuwait('w')
    const n = flag('n')
    const body = function* (): Body<void> {
      yield* spinLock(lock)
      yield* rcuwaitSchedule(w)
      yield* add(n, 1)
      yield* spinUnlock(lock)
    }
    expect(check(link(world([run('t', body)]))).claims.context.verdict).toBe('violated')
  })
})
