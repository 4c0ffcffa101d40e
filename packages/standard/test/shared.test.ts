/** Results that kernels share which do the same: each says what exploring its own world says, of the order of locks above all. */
import type { CheckResult } from '@mmulab/checker'
import { finish, runCell } from '@mmulab/compare'
import { describe, expect, it } from 'vitest'
import { lab } from './lab.ts'

const KERNELS = [
  'mainline@5.0',
  'mainline@5.4',
  'mainline@5.5',
  'mainline@5.11',
  'mainline@6.6',
  'mainline@6.6+dept-map',
  'mainline@6.6+preempt-rt',
]

/** What is said under each kernel, and how many worlds were explored for it. */
function said(drivers: string, scenario: string, kernels: readonly string[], share: boolean) {
  const shared = share ? new Map<string, CheckResult>() : undefined
  const results = kernels.map((policy) => {
    const name = { policy, drivers: drivers.split('+'), scenario, size: 'small' } as const
    const { result, tokens } = finish(runCell(lab, name, shared && { shared }))
    return { policy, claims: result.claims, fair: result.fair, tokens: [...tokens] }
  })
  return { results, worlds: shared?.size ?? kernels.length }
}

describe.each([
  ['radeon', 'munmap'],
  ['rdma-odp', 'reclaim'],
  ['gru+kvm', 'dontneed'],
])('%s in %s', (drivers, scenario) => {
  const kernels = drivers.includes('kvm') ? KERNELS.slice(2) : KERNELS
  const alone = said(drivers, scenario, kernels, false)

  it.each([
    ['oldest first', kernels],
    ['newest first', kernels.toReversed()],
  ])('is what it is without sharing, %s', (_, order) => {
    const shared = said(drivers, scenario, order, true)
    const inOrder = kernels.map((k) => shared.results.find((r) => r.policy === k))
    expect(inOrder).toEqual(alone.results)
    expect(shared.worlds).toBeLessThan(kernels.length)
  })
})

it('is asked where kernels differ in nothing but the order of locks', () => {
  const verdicts = (kernels: readonly string[]): unknown[] =>
    said('radeon', 'munmap', kernels, true).results.map((r) => r.claims['lock-order'].verdict)
  expect(verdicts(['mainline@6.6', 'mainline@6.6+dept-map'])).toEqual(['violated', 'holds'])
  expect(verdicts(['mainline@6.6+dept-map', 'mainline@6.6'])).toEqual(['holds', 'violated'])
  expect(said('radeon', 'munmap', ['mainline@6.6', 'mainline@6.6+dept-map'], true).worlds).toBe(1)
})
