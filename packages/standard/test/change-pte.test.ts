/** change_pte(): what followed an entry to its new page, up to 6.9, and had nothing left to follow since the start of its section. */
import { describe, expect, it } from 'vitest'
import { labelsOf, orderOf } from './calls.ts'
import { broken, explore, toyLab } from './lab.ts'

const verdict = (policy: string, drivers: string, scenario: string) =>
  broken(explore(policy, drivers, scenario, 'small', toyLab))

describe('copy on write', () => {
  const WORDS = ['mmu_notifier_count++', 'set_pte_at', 'mmu_notifier_seq++', 'mmu_notifier_count--']
  const calls = (version: string, drivers: string): string[] =>
    orderOf(labelsOf('write0', { policy: `mainline@${version}`, drivers, scenario: 'cow' }), WORDS)
  const [start, set, seq, end] = WORDS

  it('calls it between start and end, up to 6.9', () => {
    for (const version of ['4.6', '5.11', '6.9'])
      expect(calls(version, 'kvm@5.11')).toEqual([start, set, seq, seq, end])
    expect(calls('6.10', 'kvm@5.11')).toEqual([start, set, seq, end])
  })

  it('does so under the page-table lock, where who sleeps is noticed', () => {
    for (const policy of ['mainline@4.6', 'mainline@6.9', 'mainline@6.6+preempt-rt'])
      expect(verdict(policy, 'follows-asleep', 'cow')).toEqual(['context'])
    expect(verdict('mainline@6.10', 'follows-asleep', 'cow')).toEqual([])
    const { message } = explore('mainline@6.9', 'follows-asleep', 'cow', 'small', toyLab).result
      .claims.context
    expect(message).toContain('while the spinlock page_table_lock is held')
  })

  it('lets KVM take its spinlock on PREEMPT_RT, where both are locks that sleep', () => {
    expect(verdict('mainline@6.6+preempt-rt', 'kvm@5.11', 'cow')).toEqual([])
  })
})

describe('KVM', () => {
  it.each([
    ['mainline@5.4', 'kvm@5.11'],
    ['mainline@5.12', 'kvm@5.12'],
    ['mainline@6.9', 'kvm@5.15'],
    ['mainline@6.10', 'kvm@5.15'],
  ])('keeps every promise with and without it, of %s: %s', (policy, drivers) => {
    for (const scenario of ['cow', 'ksm'])
      expect([scenario, verdict(policy, drivers, scenario)]).toEqual([scenario, []])
  })
})
