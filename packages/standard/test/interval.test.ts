/** Interval notifiers (5.5+): what the walk does, and what it costs beside a list notifier that refuses. */
import { describe, expect, it } from 'vitest'
import { labelsOf, orderOf } from './calls.ts'
import { broken, explore, scenariosFor, toyLab } from './lab.ts'

const POLICIES = ['mainline@5.5', 'mainline@5.12', 'mainline@7.3']

describe('one interval notifier, or two, or one beside KVM', () => {
  for (const policy of POLICIES)
    it(`keep every promise under ${policy}`, () => {
      for (const s of scenariosFor('test-hmm', policy))
        expect([s, broken(explore(policy, 'test-hmm', s))]).toEqual([s, []])
      for (const drivers of ['test-hmm+test-hmm', 'kvm+test-hmm', 'test-hmm+kvm'])
        for (const s of ['oom-reap', 'munmap', 'reclaim', 'register-in-section'])
          expect([drivers, s, broken(explore(policy, drivers, s))]).toEqual([drivers, s, []])
    })

  it('a refusal leaves nothing open: the walk ends the section itself', () => {
    const { result } = explore('mainline@5.5', 'test-hmm', 'oom-reap')
    expect(result.measures).toContainEqual(expect.objectContaining({ min: 0, max: 1 }))
  })
})

describe('the order of calls', () => {
  const WORDS = ['inv_start_range', 'set_seq', 'inv_end', 'mmu_notifier_count++', 'count--']
  it('is intervals, then list, for start and for end', () => {
    const labels = labelsOf('madvise0', {
      policy: 'mainline@5.5',
      drivers: 'test-hmm+kvm',
      scenario: 'dontneed',
    })
    expect(orderOf(labels, WORDS)).toEqual([
      'inv_start_range',
      'set_seq',
      'mmu_notifier_count++',
      'inv_end',
      'count--',
    ])
  })
})

/** __mmu_notifier_invalidate_range_start() returns what the list walk says, and nobody tells the tree. */
describe('a list notifier that refuses after the intervals have agreed', () => {
  for (const policy of POLICIES)
    for (const drivers of ['test-hmm+i915-userptr@5.x', 'i915-userptr@5.x+test-hmm'])
      it(`${drivers}: the section of the intervals stays open for ever under ${policy}`, () => {
        const report = explore(policy, drivers, 'oom-reap')
        expect(broken(report)).toEqual(['balance', 'progress'])
        const { balance, progress } = report.result.claims
        expect(balance.message).toContain('active_invalidate_ranges')
        expect(progress.message).toContain('hmm_fault0 can never finish')
      })
})

describe('an insertion into an mm without users', () => {
  it('is refused with a WARN', () => {
    const { warn } = explore('mainline@5.5', 'inserts-last', 'exit', 'small', toyLab).result.claims
    expect(warn.message).toBe('WARN: inserts-last is inserted into an mm without users')
  })
})
