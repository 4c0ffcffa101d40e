/** What single behaviours of mainline do, beyond the difference from their neighbours. */
import type { ClaimId } from '@mmulab/model'
import { describe, expect, it } from 'vitest'
import { labelsOf, orderOf } from './calls.ts'
import { broken, explore, toyLab } from './lab.ts'

const verdict = (policy: string, drivers: string, scenario: string): ClaimId[] =>
  broken(explore(policy, drivers, scenario, 'small', toyLab))

describe('invalidate_page()', () => {
  const WORDS = ['ptep_clear_flush', 'mutex_lock(&gntdev.priv.lock)']
  const told = (version: string): string[] =>
    orderOf(
      labelsOf('kswapd0', {
        policy: `mainline@${version}`,
        drivers: 'gntdev',
        scenario: 'reclaim',
      }),
      WORDS,
    )

  it('comes once the entry has gone, where a section begins before', () => {
    const [clear = '', lock = ''] = WORDS
    expect(told('4.10')).toEqual([clear, lock])
    expect(told('4.13')).toEqual([lock, clear])
  })

  it('may not sleep in 4.11 and 4.12, which call it under the page-table lock', () => {
    for (const [version, breaks] of [
      ['4.10', []],
      ['4.11', ['context']],
      ['4.12', ['context']],
      ['4.13', []],
    ] as const)
      expect([version, verdict(`mainline@${version}`, 'gntdev', 'reclaim')]).toEqual([
        version,
        breaks,
      ])
  })

  it('is what page_mkclean() called too', () => {
    for (const [version, breaks] of [
      ['4.10', []],
      ['4.12', ['context']],
      ['4.13', []],
    ] as const)
      expect([version, verdict(`mainline@${version}`, 'gntdev', 'write-back')]).toEqual([
        version,
        breaks,
      ])
    // Who had only a start was not told, and went on writing to what the CPU took for clean.
    expect(verdict('mainline@4.12', 'i915-userptr@4.19', 'write-back')).toEqual(['coherence'])
    expect(verdict('mainline@4.13', 'i915-userptr@4.19', 'write-back')).toEqual([])
  })

  it.each(['kvm', 'gru', 'hfi1', 'scif', 'kvm+gru'])(
    'is enough for %s, wherever one small page goes',
    (drivers) => {
      for (const policy of ['mainline@4.10', 'mainline@4.12'])
        for (const scenario of ['reclaim', 'migrate', 'memory-failure', 'write-back'])
          expect([policy, scenario, verdict(policy, drivers, scenario)]).toEqual([
            policy,
            scenario,
            [],
          ])
    },
  )

  it('names one address: of a huge page a device keeps all but the first', () => {
    for (const policy of ['mainline@4.10', 'mainline@4.12'])
      expect(verdict(policy, 'kvm', 'migrate-huge')).toEqual(['memory', 'coherence'])
    expect(verdict('mainline@4.13', 'kvm', 'migrate-huge')).toEqual([])
  })

  it('is asked of by nobody who is not on the list any more', () => {
    expect(verdict('mainline@4.10', 'kvm', 'reclaim-unregister')).toEqual([])
  })
})

describe('exit_mmap()', () => {
  it('unmaps under mmap_lock for read in 7.2', () => {
    const words = ['down_read(&mmap_lock)', 'ptep_get_and_clear', 'up_read(&mmap_lock)']
    const locked = (policy: string) =>
      orderOf(labelsOf('exit_mmap', { policy, drivers: 'test-hmm', scenario: 'exit' }), words)
    expect(locked('mainline@6.12')).toEqual(words.slice(1, 2))
    expect(locked('mainline@7.2')).toEqual(words)
  })
})

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
