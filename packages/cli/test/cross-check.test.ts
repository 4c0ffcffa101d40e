/**
 * SPIN as an independent judge: the exported world must have the same number of states and transitions, to the last one, and every
 * claim that SPIN can express must get the same verdict.
 */
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { brokenName, type PanReport, STOPPED } from '@mmulab/checker'
import { createLab, finish, runCell } from '@mmulab/compare'
import { standard } from '@mmulab/standard'
import { afterAll, describe, expect, it } from 'vitest'
import { type CrossCell, compareCell } from '../src/cross-check.ts'
import { CROSS_CHECKED } from '../src/cross-check-cells.ts'
import { hasSpin, mmulab, PATH_ONLY, words } from './host.ts'

const scratch = mkdtempSync(join(tmpdir(), 'mmulab-test-'))
afterAll(() => rmSync(scratch, { recursive: true, force: true }))
const env = { ...PATH_ONLY, TMPDIR: scratch }

describe.skipIf(!hasSpin())('SPIN', () => {
  it('agrees on cells of all drivers and policies', { timeout: 300_000 }, async () => {
    const { status, out } = await mmulab(words('cross-check --json'), { env })
    const { schema, cells } = JSON.parse(out) as { schema: number; cells: CrossCell[] }
    const title = (c: CrossCell): string => `${c.policy} ${c.drivers.join('+')} ${c.scenario}`
    expect(cells.filter((c) => !c.agrees).map(title)).toEqual([])
    expect([schema, status]).toEqual([1, 0])
    expect(cells.length).toBeGreaterThanOrEqual(30)
    // Where the kernel stops (BUG) the counts are not compared; only the one proposal that runs into it does that.
    const stopped = cells.filter((c) => c.notCompared !== undefined)
    expect(stopped.map((c) => c.policy)).toEqual(['mainline@5.11+reaper-ends'])
    for (const c of cells.filter((x) => !stopped.includes(x)))
      expect([c.states.spin, c.transitions.spin]).toEqual([c.states.mmulab, c.transitions.mmulab])
    const names = new Set(cells.flatMap((c) => [...c.drivers, ...c.policy.split('+').slice(1)]))
    const { drivers, patches } = standard
    for (const { name } of [...drivers, ...patches]) expect(names).toContain(name)
    // The comparison says something only where SPIN finds something.
    const violated = new Set(
      cells.flatMap((c) =>
        Object.entries(c.claims).flatMap(([claim, v]) =>
          v.spin === 'violated' || v.spin === 'refuted' ? [claim] : [],
        ),
      ),
    )
    expect([...violated].sort()).toEqual([
      'balance',
      'coherence',
      'context',
      'memory',
      'progress',
      'warn',
    ])
    expect(readdirSync(scratch)).toEqual([])
  })

  it('is stopped by Ctrl-C', async () => {
    const { status, out } = await mmulab(words('cross-check --json'), {
      env,
      interruptAfter: 5,
    })
    const { cells, notRun } = JSON.parse(out)
    expect([status, cells.length + notRun.length]).toEqual([20, CROSS_CHECKED.length])
    expect(readdirSync(scratch)).toEqual([])
  })
})

describe('without SPIN', () => {
  it('says what is missing', async () => {
    const { status, err } = await mmulab(['cross-check'], { env: { PATH: '/nowhere' } })
    expect(status).toBe(2)
    expect(err).toContain('code   SPIN_MISSING')
    expect(err).toContain('apt install spin gcc')
  })
})

describe('a comparison', () => {
  const lab = createLab(standard)
  const name = {
    policy: 'mainline@5.4',
    drivers: ['i915-userptr'],
    scenario: 'pin-reclaim',
    size: 'small' as const,
  }
  const report = finish(runCell(lab, name))
  const right: PanReport = {
    states: report.result.states,
    transitions: report.result.transitions,
    broken: new Set(),
    stuck: true,
    truncated: false,
    bytes: 0,
  }
  const agrees = (more: Partial<PanReport>): boolean =>
    compareCell(report, { ...right, ...more }).agrees

  it('agrees where both sides do', () => {
    const { claims, ...rest } = compareCell(report, right)
    expect(rest).toMatchObject({ ...name, agrees: true })
    expect(claims.progress).toEqual({ mmulab: 'violated', spin: 'refuted' })
    expect(claims.deadlock).toEqual({ mmulab: 'violated', spin: 'not-expressible' })
    expect(claims.balance).toEqual({ mmulab: 'holds', spin: 'holds' })
  })

  it('notices every difference', () => {
    expect(agrees({ states: right.states + 1 })).toBe(false)
    expect(agrees({ transitions: right.transitions - 1 })).toBe(false)
    expect(agrees({ broken: new Set([brokenName('balance')]) })).toBe(false)
    const broken = finish(
      runCell(lab, { ...name, policy: 'mainline@5.8+mayfail', scenario: 'reclaim' }),
    )
    const { states, transitions } = broken.result
    const side = { ...right, states, transitions }
    const coherence = new Set([brokenName('coherence')])
    const says = (more: Partial<PanReport>): boolean =>
      compareCell(broken, { ...side, ...more }).agrees
    expect(says({ broken: coherence, stuck: false })).toBe(true)
    expect(says({ broken: new Set(), stuck: false })).toBe(false)
    // Progress holds there: nobody may be found stuck.
    expect(says({ broken: coherence, stuck: true })).toBe(false)
  })

  it('takes nobody for stuck who only met a bound', () => {
    const bound = { verdict: 'violated' as const, message: 'x would become 2' }
    const progress = { verdict: 'unfinished' as const }
    const claims = { ...report.result.claims, bound, progress }
    const said = compareCell({ ...report, result: { ...report.result, claims } }, right)
    expect(said.claims.progress).toEqual({ mmulab: 'unfinished', spin: 'not-expressible' })
    expect(said.agrees).toBe(true)
  })

  it('leaves out what comes after BUG', () => {
    const said = compareCell(report, { ...right, states: 99, broken: new Set([STOPPED]) })
    expect(said.notCompared).toContain('BUG')
    expect(said.claims.balance?.spin).toBe('not-expressible')
  })
})
