/** Drivers on interval notifiers: what they gained over the list, and what each gave up. */
import type { ClaimId } from '@mmulab/model'
import { describe, expect, it } from 'vitest'
import { labelsOf } from './calls.ts'
import { broken, explore, lab, scenariosFor } from './lab.ts'

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

  it('has an interval for each of its MRs: a section asks both, another only one', () => {
    const asked = (scenario: string): readonly string[] => [
      ...new Set(
        labelsOf(
          'oom_reaper',
          { policy: 'mainline@5.5', drivers: 'rdma-odp@5.5+kvm', scenario },
          'large',
        ).filter((label) => label.startsWith('mn_itree_inv_start_range')),
      ),
    ]
    expect(asked('oom-reap')).toEqual([
      'mn_itree_inv_start_range(pte[0])',
      'mn_itree_inv_start_range(pte[1])',
    ])
    const both = explore('mainline@5.5', 'rdma-odp@5.5', 'munmap', 'large')
    expect(broken(both)).toEqual([])
    const labels = labelsOf(
      'munmap',
      { policy: 'mainline@5.5', drivers: 'rdma-odp@5.5', scenario: 'munmap' },
      'large',
    )
    expect(labels.filter((label) => label.startsWith('zap '))).toEqual([
      'zap rdma-odp.mr0.dma',
      'zap rdma-odp.mr1.dma',
    ])
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
  it('5.13 waits for the GPU, but not in a task that exits: there memory stands by the pins alone', () => {
    for (const policy of ['mainline@5.15', 'mainline@5.8']) {
      expect([policy, brokenAnywhere(policy, 'i915-userptr@5.13')]).toEqual([policy, {}])
      expect([policy, brokenAnywhere(policy, 'i915-userptr@5.13~unpinned')]).toEqual([
        policy,
        { exit: ['memory'] },
      ])
    }
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

describe('amdgpu, 5.5', () => {
  it.each(['mainline@5.5', 'mainline@7.3'])(
    'keeps every promise under %s, without a reference to any page',
    (policy) => {
      expect(brokenAnywhere(policy, 'amdgpu@5.5')).toEqual({})
    },
  )

  it('sees the section that 4.19 does not see', () => {
    expect(broken(explore('mainline@4.19', 'amdgpu', 'reclaim'))).toEqual(['coherence'])
    expect(broken(explore('mainline@5.5', 'amdgpu', 'reclaim'))).toEqual([])
  })
})

describe('nouveau SVM', () => {
  it('needs no second driver for the section that the core forgets', () => {
    const report = explore('mainline@7.3', 'nouveau-svm', 'oom-reap-faults')
    expect(broken(report)).toEqual(['balance', 'progress'])
    expect(report.result.claims.balance.message).toContain('active_invalidate_ranges')
    expect(
      broken(explore('mainline@6.6+unwind-intervals', 'nouveau-svm', 'oom-reap-faults')),
    ).toEqual([])
  })

  it('keeps every promise where every section may block', () => {
    for (const scenario of ['dontneed', 'munmap', 'reclaim', 'overlap', 'register-in-section'])
      expect([scenario, broken(explore('mainline@5.8', 'nouveau-svm', scenario))]).toEqual([
        scenario,
        [],
      ])
  })
})

describe('gntdev', () => {
  it.each([
    ['mainline@4.19', '4.19'],
    ['mainline@5.12', '5.5'],
  ])('under %s is the era %s, and keeps every promise', (policy, era) => {
    expect(lab.driver('gntdev', lab.policy(policy).version).era).toBe(era)
    expect(brokenAnywhere(policy, 'gntdev')).toEqual({})
  })
})

describe('xe', () => {
  it.each([
    ['mainline@6.12', '6.12'],
    ['mainline@7.2', '7.2'],
  ])('under %s is the era %s, and keeps every promise', (policy, era) => {
    expect(lab.driver('xe', lab.policy(policy).version).era).toBe(era)
    expect(brokenAnywhere(policy, 'xe')).toEqual({})
  })
})

describe('radeon', () => {
  it.each([
    ['mainline@4.19', '4.19'],
    ['mainline@5.5', '5.5'],
  ])('of %s waits for itself when what it allocates reclaims its own page', (policy) => {
    const report = explore(policy, 'radeon', 'pin-reclaim')
    expect(broken(report)).toContain('deadlock')
    const { deadlock } = report.result.claims
    expect(deadlock.message).toContain('radeon_cs waits for radeon.bo.resv, which it holds itself')
  })
})

describe('an IOMMU that walks the page table', () => {
  it.each(['mainline@4.19', 'mainline@5.12', 'mainline@6.6'])(
    'keeps memory safe under %s',
    (policy) => {
      expect(brokenAnywhere(policy, 'iommu-sva')).toEqual({})
      const { coherence } = explore(policy, 'iommu-sva', 'munmap').result.claims
      expect(coherence.verdict).toBe('not-claimed')
    },
  )
})

describe('i915 of 5.4-rc, which locks pages to mark them dirty', () => {
  it('waits for the lock of the page that reclaim is about to unmap', () => {
    const { deadlock } = explore('mainline@5.4', 'i915-userptr~locks-pages', 'reclaim').result
      .claims
    expect(deadlock.message).toContain('kswapd0')
    expect(broken(explore('mainline@5.4', 'i915-userptr', 'reclaim'))).toEqual([])
  })
})

describe('amdkfd', () => {
  it.each([
    ['mainline@5.5', '5.5'],
    ['mainline@6.12', '6.2'],
  ])('under %s is the era %s, and keeps every promise', (policy, era) => {
    expect(lab.driver('amdkfd', lab.policy(policy).version).era).toBe(era)
    expect(brokenAnywhere(policy, 'amdkfd')).toEqual({})
  })

  it('needs a lock around its counters: who is not the first must not pass the first', () => {
    const report = explore('mainline@5.5', 'amdkfd@5.5~unlocked', 'overlap')
    expect(broken(report)).toEqual(['memory'])
  })
})

describe('vhost of 5.3-rc', () => {
  it('keeps every promise alone, and never lets the reaper in', () => {
    expect(brokenAnywhere('mainline@5.3', 'vhost')).toEqual({})
    const { measures } = explore('mainline@5.3', 'vhost', 'oom-reap').result
    expect(measures.map((m) => [m.min, m.max])).toEqual([[0, 0]])
  })

  it('is ended for a start that it refused where the core unwinds', () => {
    expect(broken(explore('mainline@5.12', 'vhost', 'oom-reap'))).toContain('warn')
  })
})

describe('hfi1', () => {
  it.each(['mainline@4.16', 'mainline@5.4'])(
    'keeps memory safe under %s, and lets the reaper in',
    (policy) => {
      expect(brokenAnywhere(policy, 'hfi1')).toEqual({})
      const { measures } = explore(policy, 'hfi1', 'oom-reap').result
      expect(measures.map((m) => [m.min, m.max])).toEqual([[1, 1]])
    },
  )
})

describe('drm-gpusvm', () => {
  it('keeps every promise, looking at the DMA mapping alone when it writes an entry', () => {
    expect(brokenAnywhere('mainline@7.2', 'drm-gpusvm')).toEqual({})
  })
})

describe('mshv', () => {
  it('complains when it refuses the reaper, and else keeps every promise', () => {
    const broken = brokenAnywhere('mainline@7.2', 'mshv')
    expect(Object.values(broken)).toContainEqual(['warn'])
    expect(new Set(Object.values(broken).flat())).toEqual(new Set(['warn']))
  })

  it('lets a guest use what is freed where the hypervisor does not forget it', () => {
    const { memory, warn } = explore('mainline@7.2', 'mshv~hypercall-fails', 'munmap').result.claims
    expect(memory.message).toBe('mshv maps a page at pte[0] that has been freed')
    expect(warn.verdict).toBe('violated')
  })
})
