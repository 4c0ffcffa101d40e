/** Drivers on interval notifiers: what they gained over the list, and what each gave up. */
import type { ClaimId } from '@mmulab/model'
import { describe, expect, it } from 'vitest'
import { broken, explore, scenariosFor } from './lab.ts'

/** Every scenario that says something about the driver, with the claims that it breaks there; only those with any. */
const brokenAnywhere = (policy: string, driver: string): Record<string, ClaimId[]> =>
  Object.fromEntries(
    scenariosFor(driver, policy)
      .map((s) => [s, broken(explore(policy, driver, s))] as const)
      .filter(([, claims]) => claims.length > 0),
  )

describe('RDMA on-demand paging, 5.5', () => {
  it.each(['mainline@5.5', 'mainline@7.3'])('keeps every promise under %s', (policy) => {
    expect(brokenAnywhere(policy, 'rdma-odp@5.5')).toEqual({})
  })

  it('refuses every attempt of the reaper', () => {
    const { measures } = explore('mainline@5.5', 'rdma-odp@5.5', 'oom-reap').result
    expect(measures.map((m) => [m.min, m.max])).toEqual([[0, 0]])
  })

  it('with a fault that fails and keeps its lock, sections wait for ever', () => {
    const { progress } = explore('mainline@7.3', 'rdma-odp@5.5~leaky', 'reclaim').result.claims
    expect(progress.message).toContain('waits for rdma-odp.umem_mutex')
    expect(broken(explore('mainline@7.3', 'rdma-odp@5.5', 'reclaim'))).toEqual([])
  })
})

describe('i915 userptr on interval notifiers', () => {
  it('5.13 waits for the GPU, and keeps every promise with its pins or without', () => {
    for (const policy of ['mainline@5.15', 'mainline@5.8'])
      for (const driver of ['i915-userptr@5.13', 'i915-userptr@5.13~unpinned'])
        expect([policy, driver, brokenAnywhere(policy, driver)]).toEqual([policy, driver, {}])
  })

  it('6.12 waits for nothing: coherence is not claimed, and memory stands by the pins alone', () => {
    expect(brokenAnywhere('mainline@7.3', 'i915-userptr@6.12')).toEqual({})
    const { coherence } = explore('mainline@7.3', 'i915-userptr@6.12', 'reclaim').result.claims
    expect([coherence.verdict, coherence.message]).toEqual([
      'not-claimed',
      expect.stringContaining('lets a request finish on pinned pages'),
    ])
    expect(broken(explore('mainline@7.3', 'i915-userptr@6.12~unpinned', 'reclaim'))).toEqual([
      'memory',
    ])
  })

  it('only 6.12 lets the reaper in', () => {
    const reaped = (driver: string): readonly unknown[] =>
      explore('mainline@6.12', driver, 'oom-reap').result.measures.map((m) => [m.min, m.max])
    expect(reaped('i915-userptr@5.13')).toEqual([[0, 0]])
    expect(reaped('i915-userptr@6.12')).toEqual([[1, 1]])
  })
})
