/** Notifiers that leave, and address spaces that go. */

import { buildNamed, createLab, finish, runCell } from '@mmulab/compare'
import { applyPatch, definePatch, type Subscription } from '@mmulab/core'
import { load, procedure, store } from '@mmulab/model'
import { describe, expect, it } from 'vitest'
import { labelsOf, orderOf } from './calls.ts'
import { broken, explore, toyLab } from './lab.ts'

const verdict = (policy: string, drivers: string, scenario: string) =>
  broken(explore(policy, drivers, scenario))

describe('a notifier that leaves while a section is open', () => {
  it.each([
    ['mainline@4.19', 'kvm'],
    ['mainline@5.12', 'kvm'],
    ['mainline@5.12', 'kvm+i915-userptr'],
    ['mainline@5.5', 'test-hmm'],
    ['mainline@7.2', 'test-hmm+test-hmm'],
    ['mainline@5.5', 'test-hmm+kvm'],
  ])('%s, %s: hears a start without an end, and nobody minds', (policy, drivers) => {
    expect(verdict(policy, drivers, 'unregister-in-section')).toEqual([])
  })

  /** What synchronize_srcu() is for. */
  it('is called after it was freed, where nobody waits for the walks', () => {
    const hasty = definePatch({
      name: 'no-grace',
      title: 'no grace period',
      source: 'test',
      example: 'mainline@5.12',
      refuses: () => undefined,
      procedures: () => ({
        unregister: procedure('mmu_notifier_unregister', '', function* (sub: Subscription) {
          if (sub.hashed && (yield* load(sub.hashed))) yield* store(sub.hashed, 0)
        }),
      }),
    })
    const lab = createLab({ ...toyLab, patches: [hasty] })
    expect(applyPatch(lab.policy('mainline@5.12'), hasty).name).toBe('mainline@5.12+no-grace')
    const name = {
      policy: 'mainline@5.12+no-grace',
      drivers: ['kvm'],
      scenario: 'unregister-in-section',
      size: 'small',
    } as const
    expect(buildNamed(lab, name).world.name).toContain('no-grace')
    const { memory } = finish(runCell(lab, name)).result.claims
    expect([memory.verdict, memory.message]).toEqual([
      'violated',
      'kvm.invalidate_range_start is called after it was freed',
    ])
  })
})

describe('on-demand paging that goes', () => {
  it('waits in 4.19 for an end that waits for its lock', () => {
    const { deadlock } = explore('mainline@4.19', 'rdma-odp@4.19', 'unregister-in-section').result
      .claims
    expect(deadlock.message).toBe(
      'madvise0 waits for rdma-odp.umem_rwsem, held by odp_close, which waits for rdma-odp.umem_rwsem, held by madvise0',
    )
  })

  it.each([
    ['mainline@4.20', 'rdma-odp@4.20~leaves'],
    ['mainline@5.3', 'rdma-odp@5.3~leaves'],
    ['mainline@5.5', 'rdma-odp@5.5'],
  ])('%s, %s: waits for the sections that are open', (policy, driver) => {
    expect(verdict(policy, driver, 'unregister-in-section')).toEqual([])
  })

  it('never goes where the mm has exited between a start and its end', () => {
    const { progress } = explore('mainline@5.3', 'rdma-odp@5.3~leaves', 'exit-mm-unregister').result
      .claims
    expect(progress.message).toContain('umem_rwsem, which kswapd took and never released')
    expect(verdict('mainline@5.5', 'rdma-odp@5.5', 'exit-mm-unregister')).toEqual([])
  })
})

describe('an address space that goes', () => {
  it.each([
    ['mainline@4.19', 'kvm'],
    ['mainline@5.12', 'kvm'],
    ['mainline@5.5', 'test-hmm'],
    ['mainline@4.19', 'rdma-odp@4.20'],
    ['mainline@5.4', 'hmm-mirror'],
    ['mainline@5.4', 'i915-userptr'],
    ['mainline@5.4', 'kvm+i915-userptr'],
  ])('%s, %s: leaves no mapping to a freed page', (policy, drivers) => {
    expect(verdict(policy, drivers, 'exit')).toEqual([])
  })

  it('frees pages under a driver without a release operation that holds no reference', () => {
    expect(verdict('mainline@5.4', 'i915-userptr~unpinned', 'exit')).toEqual(['memory'])
  })

  it('tells intervals, then the list, and then unmaps', () => {
    const words = ['set_seq', 'kvm_mmu_zap_all', 'ptep_get_and_clear']
    const cell = { policy: 'mainline@5.5', drivers: 'test-hmm+kvm', scenario: 'exit' }
    const [released, listed, invalidated, unmapped] = orderOf(labelsOf('exit_mmap', cell), words)
    // The unmapping is a section that the intervals hear of, and the list, which is empty, does not.
    expect([released, listed, invalidated, unmapped]).toEqual([
      'set_seq',
      'kvm_mmu_zap_all',
      'set_seq',
      'ptep_get_and_clear',
    ])
  })
})

describe('a notifier that is freed later', () => {
  const verdictOf = (policy: string, driver: string, scenario = 'unregister-in-section') =>
    broken(explore(policy, driver, scenario, 'small', toyLab))

  it.each(['puts', 'gets-and-puts'])('%s: no callback runs in what has been freed', (driver) => {
    expect(verdictOf('mainline@5.4', driver)).toEqual([])
    expect(verdictOf('mainline@7.2', driver, 'exit')).toEqual([])
  })

  it('is freed once, by the last who puts it', () => {
    const cell = { policy: 'mainline@5.4', scenario: 'unregister-in-section' }
    const words = ['mmu_notifier_put', 'call_srcu']
    const order = (drivers: string) => orderOf(labelsOf('close', { ...cell, drivers }), words)
    expect(order('puts')).toEqual(words)
    expect(order('gets-and-puts')).toEqual([words[0], ...words])
  })

  it('up to 5.3 by call_srcu(), and not at once', () => {
    expect(verdictOf('mainline@5.3', 'frees-later')).toEqual([])
    const { memory } = explore(
      'mainline@5.3',
      'frees-at-once',
      'unregister-in-section',
      'small',
      toyLab,
    ).result.claims
    expect(memory.message).toBe('frees-at-once.invalidate_range_start is called after it was freed')
  })

  it('is called too early for a module that unloads after a grace period of its own (5.4)', () => {
    // srcu_barrier() waited for what was queued; synchronize_srcu(), in its place since 5.4, does not.
    expect(verdictOf('mainline@5.3', 'frees-later-and-unloads')).toEqual([])
    const { memory } = explore(
      'mainline@5.4',
      'puts-and-unloads',
      'unregister-in-section',
      'small',
      toyLab,
    ).result.claims
    expect(memory.message).toBe('puts-and-unloads.free_notifier is called after it was freed')
  })

  it.each([
    ['mainline@5.3', 'puts', 'mmu_notifier_put(), which kernels have from 5.4 on'],
    ['mainline@5.4', 'frees-later', 'which kernels have up to 5.3'],
  ])('%s, %s: calls what that kernel has not got', (policy, driver, why) => {
    expect(() => verdictOf(policy, driver)).toThrow(why)
  })
})

describe('release', () => {
  it('may run twice: by whoever leaves and by the mm that goes', () => {
    const report = explore('mainline@5.12', 'released-once', 'exit', 'small', toyLab)
    expect(report.result.claims.warn.message).toBe('released twice')
  })

  it('goes through both passes of an interval notifier from 7.2 on', () => {
    const order = (policy: string) =>
      labelsOf('exit_mmap', { policy, drivers: 'two-pass', scenario: 'exit' }).filter((l) =>
        l.startsWith('two-pass: '),
      )
    // Once for the release, once for the unmapping that follows.
    expect(order('mainline@7.1')).toEqual(['two-pass: at once', 'two-pass: at once'])
    const both = ['two-pass: start', 'two-pass: finish']
    expect(order('mainline@7.2')).toEqual([...both, ...both])
  })
})
