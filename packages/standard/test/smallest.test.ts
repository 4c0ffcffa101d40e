// The smallest configuration that breaks a promise in the same way.
import {
  allBroken,
  causeOf,
  createLab,
  finish,
  formatCell,
  parseCell,
  runCell,
  smallest,
  tellToken,
} from '@mmulab/compare'
import type { ClaimId } from '@mmulab/model'
import { describe, expect, it } from 'vitest'
import { standard } from '../src/index.ts'
import { explore, lab } from './lab.ts'
import { restless } from './restless.ts'

const whole = explore('mainline@5.4', 'kvm+i915-userptr+rdma-odp', 'oom-reap')
const of = (claim: ClaimId) => finish(smallest(lab, whole, claim))

describe.each(['balance', 'progress'] as const)('of %s, broken by three drivers', (claim) => {
  const { report, dropped } = of(claim)
  const found = report.result.claims[claim]

  it('leaves out what is not needed, and says what', () => {
    expect(report.name.drivers).toHaveLength(2)
    expect(dropped).toEqual(
      expect.arrayContaining(['the driver i915-userptr', 'reapAttempts 2 -> 1']),
    )
    expect(report.result.states).toBeLessThan(100)
    expect(causeOf(found)).toBe(causeOf(whole.result.claims[claim]))
    expect(found.steps).toBeLessThanOrEqual(whole.result.claims[claim].steps ?? 0)
  })

  it('nothing more can be left out by itself', () => {
    const { name, cell } = report
    const less = name.less ?? { bounds: {}, without: [] }
    const one = [
      ...name.drivers.map((d) => ({ ...name, drivers: name.drivers.filter((x) => x !== d) })),
      ...(found.schedule?.moves ?? []).map((m) => ({
        ...name,
        less: { ...less, without: [...less.without, cell.world.tasks[m.task]?.name ?? ''] },
      })),
    ]
    const again = [...new Set(one.map(formatCell))].map((n) => finish(runCell(lab, parseCell(n))))
    for (const { name: n, result } of again)
      expect(
        result.claims[claim].verdict === 'violated' &&
          causeOf(result.claims[claim]) === causeOf(found),
        formatCell(n),
      ).toBe(false)
  })

  it('its token tells the story in the smaller cell', () => {
    const story = tellToken(lab, report.tokens.get(claim) ?? '')
    expect(story.name).toEqual(report.name)
    expect(story.tasks).toEqual(report.cell.world.tasks.map((t) => t.name))
    for (const name of report.name.less?.without ?? []) expect(story.tasks).not.toContain(name)
  })
})

it('the name of a smaller cell can be read back', () => {
  const name = {
    policy: 'mainline@5.4',
    drivers: ['kvm'],
    scenario: 'oom-reap',
    size: 'large',
    less: { bounds: { faults: 1, vmas: 2 }, without: ['vcpu0', 'i915-userptr_gpu'] },
  } as const
  expect(formatCell(name)).toBe(
    'mainline@5.4|kvm|oom-reap|large|faults=1,vmas=2,-vcpu0,-i915-userptr_gpu',
  )
  expect(parseCell(formatCell(name))).toEqual(name)
})

describe('everything that is broken can be made smaller', () => {
  it('lock order, of which no run has to be told', () => {
    const cell = explore('mainline@5.3', 'kvm+rdma-odp@5.3', 'thp-split')
    const broken = allBroken(cell).find((b) => b.claim === 'lock-order')
    if (!broken) throw new Error('nothing is broken')
    const { report, found, token, dropped } = finish(smallest(lab, cell, broken))
    expect(token).toBeUndefined()
    expect(report.name.drivers).toEqual(['rdma-odp@5.3'])
    expect(dropped).toContain('the driver kvm')
    expect(found.message).toBe(cell.result.claims['lock-order'].message)
  })

  it('progress under strong fairness, with its run', () => {
    const own = createLab({ ...standard, drivers: [...standard.drivers, restless] })
    const cell = explore('mainline@5.4', 'kvm+restless', 'dontneed', 'small', own)
    const broken = allBroken(cell).find((b) => b.fair)
    if (!broken) throw new Error('nobody starves')
    const { report, token = '', dropped } = finish(smallest(own, cell, broken))
    expect(dropped).toContain('the driver kvm')
    // Who could take part in the loop and does not would not be treated fairly.
    expect(report.name.less?.without ?? []).toEqual([])
    const { schedule } = tellToken(own, token)
    expect([schedule.fair, schedule.loop !== undefined]).toEqual([true, true])
  })

  it('further causes, each by itself', () => {
    const cell = finish(
      runCell(
        lab,
        {
          policy: 'mainline@5.4',
          drivers: ['i915-userptr', 'kvm'],
          scenario: 'pin-reclaim',
          size: 'small',
        },
        { all: true },
      ),
    )
    const every = allBroken(cell).filter((b) => b.claim === 'progress' && !b.fair)
    expect(every.length).toBeGreaterThan(1)
    for (const b of every) {
      const { report, found, token = '' } = finish(smallest(lab, cell, b, { all: true }))
      expect(causeOf(found)).toBe(b.cause)
      expect(report.result.states).toBeLessThanOrEqual(cell.result.states)
      expect(tellToken(lab, token).claim).toBe('progress')
    }
  })
})
