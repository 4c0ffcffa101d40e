/** A rwsem whose read holds belong to nobody, explored in small worlds. */
import {
  add,
  type Body,
  downReadNonOwner,
  downReadTrylockNonOwner,
  downWriteUnowned,
  eq,
  flag,
  not,
  store,
  unownedRwsem,
  upReadNonOwner,
  upWriteUnowned,
  variable,
  waitUntil,
} from '@mmulab/model'
import { describe, expect, it } from 'vitest'
import { check } from '../src/check.ts'
import { link } from '../src/link.ts'
import type { CheckResult } from '../src/result.ts'
import { run, world } from './worlds.ts'

const explore = (...args: Parameters<typeof world>): CheckResult['claims'] =>
  check(link(world(...args))).claims

describe('a rwsem whose read holds belong to nobody', () => {
  it('is given back by another task than the one that took it', () => {
    const l = unownedRwsem('l')
    const taken = flag('taken')
    const claims = explore([
      run('taker', function* (): Body<void> {
        yield* downReadNonOwner(l)
        yield* store(taken, 1)
      }),
      run('giver', function* (): Body<void> {
        yield* waitUntil(eq(taken, 1), 'the taker')
        yield* upReadNonOwner(l)
      }),
      run('writer', function* (): Body<void> {
        yield* downWriteUnowned(l)
        yield* upWriteUnowned(l)
      }),
    ])
    expect([claims.progress.verdict, claims.balance.verdict]).toEqual(['holds', 'holds'])
  })

  it('keeps a writer out for ever when nobody gives it back', () => {
    const l = unownedRwsem('l')
    const { progress } = explore([
      run('taker', function* (): Body<void> {
        yield* downReadNonOwner(l)
      }),
      run('writer', function* (): Body<void> {
        yield* downWriteUnowned(l)
        yield* upWriteUnowned(l)
      }),
    ])
    expect(progress.message).toBe('writer can never finish: it waits for ever for l')
  })

  it('excludes readers and writers from one another', () => {
    const l = unownedRwsem('l', 2)
    const inside = variable('inside', { max: 3 })
    const writes = function* (): Body<void> {
      yield* downWriteUnowned(l)
      yield* add(inside, 1)
      yield* add(inside, -1)
      yield* upWriteUnowned(l)
    }
    const reads = function* (): Body<void> {
      if (!(yield* downReadTrylockNonOwner(l))) return
      yield* add(inside, 1)
      yield* add(inside, -1)
      yield* upReadNonOwner(l)
    }
    const crowded = { claim: 'memory' as const, holds: not(eq(inside, 2)), message: 'two inside' }
    const both = explore([run('a', writes), run('b', reads)], { invariants: [crowded] })
    expect(both.memory.verdict).toBe('holds')
    const readers = explore([run('a', reads), run('b', reads)], { invariants: [crowded] })
    expect(readers.memory.verdict).toBe('violated')
  })

  it('a reader waits behind a writer that waits', () => {
    const l = unownedRwsem('l', 2)
    const { deadlock, progress } = explore([
      run('nester', function* (): Body<void> {
        yield* downReadNonOwner(l)
        yield* downReadNonOwner(l)
        yield* upReadNonOwner(l)
        yield* upReadNonOwner(l)
      }),
      run('writer', function* (): Body<void> {
        yield* downWriteUnowned(l)
        yield* upWriteUnowned(l)
      }),
    ])
    expect([deadlock.verdict, progress.verdict]).toEqual(['violated', 'violated'])
  })
})
