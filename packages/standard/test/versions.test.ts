/** Every behaviour of mainline beside its neighbour: a cell in which the two differ. */
import { buildNamed } from '@mmulab/compare'
import type { ClaimId } from '@mmulab/model'
import { describe, expect, it } from 'vitest'
import { labelsOf, orderOf } from './calls.ts'
import { broken, explore, toyLab } from './lab.ts'

const verdict = (policy: string, drivers: string, scenario: string): ClaimId[] =>
  broken(explore(policy, drivers, scenario, 'small', toyLab))

const reaped = (policy: string, drivers: string): readonly unknown[] => {
  const { measures } = explore(policy, drivers, 'oom-reap').result
  return measures.map((m) => [m.min, m.max])
}

describe('neighbours differ', () => {
  it('4.13 and 4.14: the reaper tells nobody, or leaves the mm alone', () => {
    expect(verdict('mainline@4.13', 'kvm', 'oom-reap')).toEqual(['memory', 'coherence'])
    expect(verdict('mainline@4.14', 'kvm', 'oom-reap')).toEqual([])
    expect([reaped('mainline@4.13', 'kvm'), reaped('mainline@4.14', 'kvm')]).toEqual([
      [[1, 1]],
      [[0, 0]],
    ])
  })

  it('4.15 and 4.16: notifiers that do not block are told', () => {
    expect(reaped('mainline@4.15', 'kvm')).toEqual([[0, 0]])
    expect(reaped('mainline@4.16', 'kvm')).toEqual([[1, 1]])
    expect(verdict('mainline@4.16', 'kvm', 'oom-reap-faults')).toEqual([])
  })

  it('4.18 and 4.19: beside one that may block there is something to reap, and something to lose', () => {
    expect(reaped('mainline@4.18', 'kvm+i915-userptr')).toEqual([[0, 0]])
    expect(reaped('mainline@4.19', 'kvm+i915-userptr')).toEqual([[0, 1]])
    expect(verdict('mainline@4.18', 'kvm+i915-userptr', 'oom-reap')).toEqual([])
    expect(verdict('mainline@4.19', 'kvm+i915-userptr', 'oom-reap')).toEqual([
      'balance',
      'progress',
    ])
  })

  it('4.19 and 5.0: munmap gives up the write lock before it starts', () => {
    const words = ['downgrade_write', 'mmu_notifier_count++']
    const order = (policy: string) =>
      orderOf(labelsOf('munmap', { policy, drivers: 'kvm', scenario: 'munmap' }), words)
    expect(order('mainline@4.19')).toEqual(words.slice(1))
    expect(order('mainline@5.0')).toEqual(words)
  })

  it('5.3 and 5.4: the core complains about a blockable start that refuses', () => {
    expect(verdict('mainline@5.3', 'refuser', 'dontneed')).toEqual([])
    expect(verdict('mainline@5.4', 'refuser', 'dontneed')).toEqual(['warn'])
  })

  it('5.3 and 5.4: lockdep hears of sections in reclaim', () => {
    expect(verdict('mainline@5.3', 'allocates-kernel', 'dontneed')).toEqual([])
    expect(verdict('mainline@5.4', 'allocates-kernel', 'dontneed')).toEqual(['lock-order'])
    const { message } = explore('mainline@5.4', 'allocates-kernel', 'dontneed', 'small', toyLab)
      .result.claims['lock-order']
    expect(message).toContain('fs_reclaim -> mmu_notifier_invalidate_range_start')
  })

  it('5.4 and 5.5: there are interval notifiers, and the list is asked after them', () => {
    const cell = (policy: string) => () =>
      buildNamed(toyLab, { policy, drivers: ['test-hmm'], scenario: 'dontneed', size: 'small' })
    expect(cell('mainline@5.4')).toThrow('has an interval notifier')
    expect(cell('mainline@5.5')).not.toThrow()
    expect(verdict('mainline@5.5', 'test-hmm+kvm', 'oom-reap')).toEqual([])
  })

  it('5.10 and 5.11: GFP_NOFS is no excuse any more', () => {
    expect(verdict('mainline@5.10', 'allocates-nofs', 'dontneed')).toEqual([])
    expect(verdict('mainline@5.11', 'allocates-nofs', 'dontneed')).toEqual(['lock-order'])
  })

  it('5.11 and 5.12: who began hears that it is over', () => {
    expect(verdict('mainline@5.11', 'kvm+i915-userptr', 'oom-reap')).toEqual([
      'balance',
      'progress',
    ])
    expect(verdict('mainline@5.12', 'kvm+i915-userptr', 'oom-reap')).toEqual([])
  })

  it('6.5 and 6.6: range_end leaves secondary TLBs alone; start and end exclude them', () => {
    const words = ['ptep_get_and_clear', 'flush secondary TLB']
    const order = (policy: string) =>
      orderOf(labelsOf('madvise0', { policy, drivers: 'sva', scenario: 'dontneed' }), words)
    expect(order('mainline@6.5')).toEqual([...words, words[1]])
    expect(order('mainline@6.6')).toEqual(words)
    const cell = (policy: string) => () =>
      buildNamed(toyLab, { policy, drivers: ['both'], scenario: 'dontneed', size: 'small' })
    expect(cell('mainline@6.5')).not.toThrow()
    expect(cell('mainline@6.6')).toThrow('-EINVAL')
  })

  it('7.1 and 7.2: all interval notifiers start before any of them finishes', () => {
    const order = (policy: string) =>
      labelsOf('madvise0', { policy, drivers: 'two-pass+two-pass', scenario: 'dontneed' }).filter(
        (label) => label.startsWith('two-pass'),
      )
    expect(order('mainline@7.1')).toEqual(['two-pass: at once', 'two-pass2: at once'])
    expect(order('mainline@7.2')).toEqual([
      'two-pass: start',
      'two-pass2: start',
      'two-pass: finish',
      'two-pass2: finish',
    ])
  })

  it('7.1 and 7.2: the reaper begins at the top, and says CLEAR', () => {
    const order = (policy: string) =>
      labelsOf('oom_reaper', { policy, drivers: 'kvm', scenario: 'oom-reap' }, 'large').filter(
        (label) => label.startsWith('ptep_get_and_clear'),
      )
    expect(order('mainline@7.1')).toEqual([...order('mainline@7.2')].reverse())
    expect(verdict('mainline@7.1', 'unmap-only', 'oom-reap')).toEqual([])
    expect(verdict('mainline@7.2', 'unmap-only', 'oom-reap')).toEqual(['coherence'])
  })
})

describe('what is finished when somebody refuses (7.2)', () => {
  it('everything that was started, before the section is over', () => {
    const labels = labelsOf('oom_reaper', {
      policy: 'mainline@7.2',
      drivers: 'two-pass+interval-refuser+two-pass',
      scenario: 'oom-reap',
    })
    const attempt = [
      'two-pass: start',
      'interval-refuser: asked',
      'two-pass: finish',
      'mn_itree_inv_end()',
    ]
    expect(orderOf(labels, [...attempt, 'ptep_get_and_clear', 'two-pass2'])).toEqual([
      ...attempt,
      ...attempt,
    ])
    expect(verdict('mainline@7.2', 'two-pass+interval-refuser', 'oom-reap')).toEqual([])
  })
})
