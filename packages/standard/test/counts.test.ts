/**
 * Exact sizes of small worlds. A change here is a change of the model: say in the changeset why it is right. SPIN counts the same
 * (`mmulab cross-check`).
 */
import { describe, expect, it } from 'vitest'
import { explore } from './lab.ts'

describe('states and transitions', () => {
  it.each([
    ['mainline@5.4', 'kvm', 'oom-reap', 39, 39],
    ['mainline@5.4', 'kvm', 'oom-reap-faults', 363, 674],
    ['mainline@5.4', 'kvm', 'dontneed', 426, 777],
    ['mainline@4.19', 'kvm', 'munmap', 263, 447],
    ['mainline@5.4', 'kvm', 'munmap', 317, 584],
    ['mainline@5.4', 'i915-userptr', 'oom-reap', 551, 1062],
    ['mainline@5.4', 'i915-userptr', 'pin-reclaim', 48, 48],
    ['mainline@5.4', 'kvm+i915-userptr', 'oom-reap', 1082, 2090],
    ['mainline@5.12', 'kvm+i915-userptr', 'oom-reap', 1272, 2451],
    ['mainline@5.4', 'rdma-odp@4.20+i915-userptr', 'oom-reap-then-register', 64, 94],
    ['mainline@5.12', 'kvm+i915-userptr', 'oom-reap-faults', 12821, 34888],
    ['mainline@5.4', 'kvm', 'overlap', 22386, 60816],
    ['mainline@5.5', 'test-hmm', 'oom-reap', 144, 211],
    ['mainline@5.5', 'test-hmm', 'dontneed', 669, 1512],
    ['mainline@5.5', 'test-hmm', 'oom-reap-register', 574, 1015],
  ] as const)('%s %s %s', (policy, drivers, scenario, states, transitions) => {
    const { result } = explore(policy, drivers, scenario)
    expect([result.states, result.transitions]).toEqual([states, transitions])
  })
})

describe('the shortest schedules', () => {
  it.each([
    ['mainline@5.4', 'kvm+i915-userptr', 'oom-reap', 'balance', 15, 0],
    ['mainline@5.4', 'kvm+i915-userptr', 'oom-reap-faults', 'progress', 23, 0],
    ['mainline@5.4', 'i915-userptr', 'pin-reclaim', 'deadlock', 19, 0],
    ['mainline@5.8+mayfail', 'i915-userptr', 'pin-reclaim', 'coherence', 37, 0],
    ['mainline@5.4', 'hmm-mirror', 'dontneed', 'memory', 31, 2],
  ] as const)(
    '%s %s %s: %s after %i steps with %i switches',
    (policy, drivers, scenario, claim, steps, switches) => {
      const c = explore(policy, drivers, scenario).result.claims[claim]
      expect([c.verdict, c.steps, c.switches]).toEqual(['violated', steps, switches])
    },
  )
})

describe('nothing is shown by worlds in which nothing happens', () => {
  it('every small cell that holds everything has seen what its scenario is about', () => {
    const { result } = explore('mainline@5.12', 'kvm+i915-userptr', 'overlap')
    expect(result.sometimes.length).toBeGreaterThan(1)
    expect(result.sometimes.filter((s) => !s.reached)).toEqual([])
  })
})
