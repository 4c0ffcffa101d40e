/** The promise of the OOM path: in the end MMF_OOM_SKIP is set. A driver that blocks where it may not breaks it. */
import { createLab, finish, runCell } from '@mmulab/compare'
import {
  defineDriver,
  EAGAIN,
  GOT_REAPED,
  OOM_LOCK_TAKEN,
  type Range,
  SECOND_VICTIM_TOO_SOON,
} from '@mmulab/core'
import { mutex, mutexLock, mutexTrylock, mutexUnlock, procedure } from '@mmulab/model'
import { describe, expect, it } from 'vitest'
import { standard } from '../src/index.ts'
import { labelsOf, orderOf } from './calls.ts'
import { broken, canHappen, explore } from './lab.ts'

const driver = (name: string, polite: boolean) =>
  defineDriver({
    name,
    era: '1.0',
    title: 'takes one mutex in its start',
    source: 'test',
    offers: ['busy'],
    pins: false,
    create: () => {
      const lock = mutex(`${name}.lock`)
      return {
        ops: {
          invalidateRangeStart: procedure('start', 'test', function* (range: Range) {
            if (polite && !range.blockable) {
              if (!(yield* mutexTrylock(lock))) return EAGAIN
            } else yield* mutexLock(lock)
            yield* mutexUnlock(lock)
            return 0
          }),
        },
        mapping: () => ({ k: 'num', n: 0 }),
        inFlight: [],
        // It never gives the lock back.
        activities: {
          busy: {
            task: 'hog',
            run: procedure('hog', 'test', () => mutexLock(lock)),
            perPage: false,
          },
        },
        watch: [],
      }
    },
  })

const run = (name: string, polite: boolean) =>
  finish(
    runCell(createLab({ ...standard, drivers: [driver(name, polite)] }), {
      policy: 'mainline@5.4',
      drivers: [name],
      scenario: 'oom-reap',
      size: 'small',
    }),
  )

describe('the OOM reaper comes to its end', () => {
  it('beside a driver that refuses instead of waiting', () => {
    const report = run('polite', true)
    expect(broken(report)).toEqual([])
    expect(report.result.measures[0]).toMatchObject({ min: 0, max: 1 })
  })

  it('but not beside one that sleeps on a lock that never comes back', () => {
    const report = run('rude', false)
    expect(broken(report)).toEqual(['context', 'progress', 'oom'])
    const { context, oom } = report.result.claims
    expect(context.message).toContain('may sleep inside non_block_start()')
    expect(oom.message).toContain('MMF_OOM_SKIP will not be set')
    expect(oom.steps).toBe(report.result.claims.progress.steps)
  })
})

describe('the second in which an mm is left alone (4.14 to 4.18)', () => {
  const WORDS = [
    'mutex_lock(&oom_lock)',
    'ptep_get_and_clear',
    'up_read(&mmap_lock)',
    'schedule_timeout_idle',
    'mutex_unlock(&oom_lock)',
    'MMF_OOM_SKIP = 1',
  ]
  const done = (version: string, drivers: string): string[] =>
    orderOf(
      labelsOf('oom_reaper', { policy: `mainline@${version}`, drivers, scenario: 'oom-reap' }),
      WORDS,
    )
  const [lock, zap, unmap, sleep, unlock, skip] = WORDS

  it('is slept with oom_lock and without mmap_lock, and counts as done', () => {
    const slept = [lock, unmap, sleep, unlock]
    expect(done('4.14', 'kvm').slice(0, 4)).toEqual(slept)
    expect(done('4.16', 'i915-userptr@4.19').slice(0, 4)).toEqual(slept)
    expect(done('4.14', 'kvm').at(-1)).toBe(skip)
  })

  it('is not slept where the mm may be reaped', () => {
    const reaped = [lock, zap, unmap, unlock, skip]
    expect(done('4.13', 'kvm')).toEqual(reaped)
    expect(done('4.16', 'kvm')).toEqual(reaped)
  })

  it('ended with 4.19, whose reaper has no use for oom_lock; nor had that of 4.6', () => {
    for (const version of ['4.6', '4.19']) expect(done(version, 'kvm')).toEqual([zap, unmap, skip])
  })

  const can = (version: string, drivers: string, mark: string): boolean =>
    canHappen(`mainline@${version}`, drivers, 'oom-reap-allocate', mark)

  it('is what others wait for that are out of memory too', () => {
    for (const [version, waits] of [
      ['4.6', false],
      ['4.14', true],
      ['4.18', true],
      ['4.19', false],
    ] as const)
      expect([version, can(version, 'kvm', OOM_LOCK_TAKEN)]).toEqual([version, waits])
  })

  it('gives them nothing: another victim is chosen', () => {
    for (const [version, drivers, got, soon] of [
      ['4.13', 'kvm', true, false],
      ['4.14', 'kvm', false, true],
      ['4.16', 'kvm', true, false],
      ['4.16', 'kvm+i915-userptr@4.19', false, true],
      ['4.19', 'kvm', true, false],
      ['4.19', 'kvm+i915-userptr@4.19', true, true],
    ] as const)
      expect([
        version,
        drivers,
        can(version, drivers, GOT_REAPED),
        can(version, drivers, SECOND_VICTIM_TOO_SOON),
      ]).toEqual([version, drivers, got, soon])
  })

  it('breaks no promise', () => {
    for (const policy of ['mainline@4.14', 'mainline@4.18'])
      for (const size of ['small', 'medium'] as const)
        expect(broken(explore(policy, 'kvm', 'oom-reap-allocate', size))).toEqual([])
  })
})
