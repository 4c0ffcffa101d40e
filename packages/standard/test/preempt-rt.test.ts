/** PREEMPT_RT: spinlocks sleep, and sections that may not block meet them. */
import { describe, expect, it } from 'vitest'
import { broken, explore, lab } from './lab.ts'

const RT = 'mainline@6.6+preempt-rt'
const verdict = (policy: string, drivers: string, scenario: string) =>
  broken(explore(policy, drivers, scenario))

describe('spinlocks that sleep', () => {
  it('KVM takes one in a start that may not block', () => {
    expect(verdict('mainline@6.6', 'kvm', 'oom-reap')).toEqual([])
    const report = explore(RT, 'kvm', 'oom-reap')
    expect(broken(report)).toEqual(['context'])
    // From the 5.15 era on it is this one first; making it a raw spinlock would leave mmu_lock behind it.
    const { message } = report.result.claims.context
    expect(message).toContain('kvm.mn_invalidate_lock) sleeps on PREEMPT_RT')
    const older = explore(RT, 'kvm@5.11', 'oom-reap').result.claims.context
    expect(older.message).toContain('kvm.mmu_lock) sleeps on PREEMPT_RT')
  })
  it('who takes a mutex by trylock has none to take', () => {
    expect(verdict(RT, 'test-hmm', 'oom-reap')).toEqual([])
  })
  it('are no trouble where blocking is allowed', () => {
    for (const s of ['dontneed', 'munmap', 'reclaim'])
      expect([s, verdict(RT, 'kvm', s)]).toEqual([s, []])
  })
  it('may be allowed where nothing else may sleep', () => {
    expect(verdict(`${RT}+rt-locks-in-non-block`, 'kvm', 'oom-reap')).toEqual([])
    expect(lab.policy(`${RT}+rt-locks-in-non-block`).partlyKnown.join()).toContain('summaries')
  })
  it.each([
    ['mainline@4.19+preempt-rt', 'non_block_start()'],
    [`${RT}+preempt-rt`, 'already'],
    ['mainline@6.6+rt-locks-in-non-block', 'do not sleep'],
  ])('%s: %s', (name, why) => {
    expect(() => lab.policy(name)).toThrow(why)
  })
})
