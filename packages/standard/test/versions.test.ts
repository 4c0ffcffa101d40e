/** What single behaviours of mainline do, beyond the difference from their neighbours. */
import type { ClaimId } from '@mmulab/model'
import { describe, expect, it } from 'vitest'
import { labelsOf, orderOf } from './calls.ts'
import { broken, explore, toyLab } from './lab.ts'

const verdict = (policy: string, drivers: string, scenario: string): ClaimId[] =>
  broken(explore(policy, drivers, scenario, 'small', toyLab))

describe('lockdep', () => {
  it('names the ring: reclaim opens sections, and a section takes the lock', () => {
    const { message } = explore('mainline@5.4', 'allocates-kernel', 'dontneed', 'small', toyLab)
      .result.claims['lock-order']
    expect(message).toContain('fs_reclaim -> mmu_notifier_invalidate_range_start')
  })
})

describe('intervals beside a list (5.5)', () => {
  it('are asked first, and keep their promises in the reaper', () => {
    expect(verdict('mainline@5.5', 'test-hmm+kvm', 'oom-reap')).toEqual([])
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
