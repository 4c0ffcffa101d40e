/** A plugin whose variable has too small a domain, and one that is not deterministic: what the command line makes of them. */
import { createLab } from '@mmulab/compare'
import { type DriverHost, defineDriver, type Range } from '@mmulab/core'
import { bump, LabError, load, procedure, variable } from '@mmulab/model'
import { standard } from '@mmulab/standard'
import { describe, expect, it } from 'vitest'
import { conclude, runCells } from '../src/cells.ts'
import { host } from './host.ts'

const driverWith = (
  name: string,
  start: (host: DriverHost, range: Range) => ReturnType<typeof load>,
) =>
  defineDriver({
    name,
    era: '1.0',
    title: 'a driver for tests',
    source: 'test',
    offers: [],
    pins: false,
    create: (h) => ({
      ops: {
        invalidateRangeStart: procedure('start', 'test', (range: Range) => start(h, range)),
      },
      mapping: () => ({ k: 'num', n: 0 }),
      inFlight: [],
      activities: {},
      watch: [],
    }),
  })

const cell = (driver: string) => ({
  policy: 'mainline@5.4',
  drivers: [driver],
  scenario: 'oom-reap',
  size: 'large' as const,
})

describe('a domain that is too small', () => {
  it('is one error with its code, says which variable, and ends with 3', async () => {
    const calls = variable('cramped.calls', { max: 1 })
    const cramped = driverWith('cramped', function* () {
      yield* bump(calls, 1)
      return 0
    })
    const lab = createLab({ ...standard, drivers: [cramped] })
    const { io, said } = host()
    const ran = await runCells(lab, [cell('cramped')], { limits: {} }, io)
    expect(ran.reports[0]?.result.claims.bound.verdict).toBe('violated')
    expect(ran.reports[0]?.result.claims.memory.verdict).toBe('unfinished')
    expect(conclude(ran, io)).toBe(3)
    expect(said().err).toContain('BOUND_EXCEEDED')
    expect(said().err).toContain('cramped.calls would become 2')
  })
})

describe('a driver that is not deterministic', () => {
  it('is refused before anything is explored, with procedure and op', async () => {
    let runs = 0
    const [a, b] = [variable('a', { max: 1 }), variable('b', { max: 1 })]
    const dicey = driverWith('dicey', () => load(runs++ % 2 ? a : b))
    const lab = createLab({ ...standard, drivers: [dicey] })
    const failure = runCells(lab, [cell('dicey')], { limits: {} }, host().io)
    await expect(failure).rejects.toThrow(LabError)
    await expect(failure).rejects.toMatchObject({ code: 'NOT_DETERMINISTIC', kind: 'plugin' })
  })
})
