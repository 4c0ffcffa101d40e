/**
 * Drivers that never refuse, side by side: nothing may break, under any kernel and in any scenario. KVM and GRU were the two with an end
 * operation when 5.12 made it a rule that such a driver may not refuse.
 */
import { describe, expect, it } from 'vitest'
import { broken, explore, scenariosFor } from './lab.ts'

/** 4.6 reaps without telling anybody, which breaks whoever is there. */
const POLICIES = ['mainline@4.16', 'mainline@4.19', 'mainline@5.4', 'mainline@7.2']

/** Two counters, both of which two sections raise: 'overlap' alone is 30 s of it. */
const scenarios = (drivers: string, policy: string): string[] =>
  scenariosFor(drivers, policy).filter((s) => s !== 'overlap')

describe('gru and kvm, both orders of registration', () => {
  for (const policy of POLICIES)
    it(`keep every promise under ${policy}`, () => {
      for (const s of scenarios('gru+kvm', policy))
        expect([s, broken(explore(policy, 'gru+kvm', s))]).toEqual([s, []])
    })

  it('keep every promise under mainline@5.12, whoever is called first', () => {
    for (const drivers of ['gru+kvm', 'kvm+gru'])
      for (const s of scenarios(drivers, 'mainline@5.12'))
        expect([drivers, s, broken(explore('mainline@5.12', drivers, s))]).toEqual([drivers, s, []])
  })

  it('does not vouch for a GRU whose instructions go on when the process has exited', () => {
    expect(broken(explore('mainline@5.12', 'gru~runs-on', 'exit'))).toEqual(['memory'])
    expect(broken(explore('mainline@5.12', 'gru~runs-on', 'munmap'))).toEqual([])
  })

  it('gru alone keeps them while two sections overlap', () => {
    expect(broken(explore('mainline@5.12', 'gru', 'overlap'))).toEqual([])
  })
})

describe('scif, the third with an end operation up to 5.9', () => {
  it('keeps every promise beside the other two', () => {
    for (const s of ['oom-reap', 'munmap', 'unregister-in-section'])
      expect([s, broken(explore('mainline@5.8', 'scif+gru', s))]).toEqual([s, []])
    expect(broken(explore('mainline@5.8', 'scif+kvm', 'oom-reap'))).toEqual([])
    expect(broken(explore('mainline@5.8', 'scif+kvm', 'munmap'))).toEqual([])
  })
})

describe('gru beside a driver that refuses', () => {
  it('is left with an open section before 5.12, as KVM is', () => {
    expect(broken(explore('mainline@5.4', 'gru+i915-userptr', 'oom-reap'))).toEqual([
      'balance',
      'progress',
    ])
    expect(broken(explore('mainline@5.12', 'gru+i915-userptr', 'oom-reap'))).toEqual([])
  })
})
