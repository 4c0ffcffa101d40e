/**
 * What symmetry there is in shipped cells. Threads that do the same on the same page are equal. Pages and drivers are not: walks go
 * over pages in their order and call drivers one after the other, and whoever faults gets the lowest free page.
 */
import { type CheckResult, check, link } from '@mmulab/checker'
import { buildNamed, type CellName } from '@mmulab/compare'
import { describe, expect, it } from 'vitest'
import { lab } from './lab.ts'

type Found = NonNullable<NonNullable<CheckResult['reductions']>['symmetry']> | undefined

function symmetryIn(
  drivers: string,
  scenario: string,
  size: CellName['size'],
  policy: string,
): Found {
  const name = { policy, drivers: drivers.split('+'), scenario, size }
  const linked = link(buildNamed(lab, name).world)
  const r = check(linked, { reductions: { symmetry: true }, maxStates: 100 })
  return r.reductions?.symmetry
}

describe.each(['mainline@5.4', 'mainline@7.2'])('under %s', (policy) => {
  it.each([
    ['kvm@5.11', 'dontneed', 'madvise0', 'madvise1'],
    ['kvm@5.11', 'reclaim', 'kswapd0', 'kswapd1'],
    ['rdma-odp', 'overlap', 'zap0', 'zap1'],
    ['i915-userptr', 'hole-punch', 'fallocate0', 'fallocate1'],
  ])('%s, %s: %s and %s change places', (drivers, scenario, one, other) => {
    const found = symmetryIn(drivers, scenario, 'large', policy)
    expect(found?.exchanges).toEqual([[[one, other]]])
  })

  it.each([
    ['kvm@5.11', 'munmap', 'large', 'vcpu0', 'vcpu1', 'munmap'],
    ['kvm@5.11', 'oom-reap', 'large', 'vcpu0', 'vcpu1', 'oom_reaper'],
    // Both kswapd pick either page, but the allocator hands out the lowest.
    ['kvm@5.11', 'reclaim', 'large', 'vcpu0', 'vcpu1', 'vcpu0'],
    ['kvm+kvm', 'dontneed', 'small', 'vcpu0', 'vcpu1', 'madvise0'],
    ['hmm-mirror+hmm-mirror', 'munmap', 'small', 'hmm_fault0', 'hmm_fault1', 'munmap'],
  ] as const)('%s, %s, %s: %s and %s are told apart by %s', (drivers, scenario, size, ...who) => {
    const found = symmetryIn(drivers, scenario, size, policy)
    const [one, other, by] = who
    expect(found?.apart).toContainEqual({ tasks: [one, other], by })
  })
})
