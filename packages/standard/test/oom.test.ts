/** The promise of the OOM path: in the end MMF_OOM_SKIP is set. A driver that blocks where it may not breaks it. */
import { createLab, finish, runCell } from '@mmulab/compare'
import { defineDriver, EAGAIN, type Range } from '@mmulab/core'
import { mutex, mutexLock, mutexTrylock, mutexUnlock, procedure } from '@mmulab/model'
import { describe, expect, it } from 'vitest'
import { standard } from '../src/index.ts'
import { broken } from './lab.ts'

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
