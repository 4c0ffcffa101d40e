/** -EINTR: what is interrupted has changed nothing, and is asked for again or never. */
import { INTERRUPTED } from '@mmulab/core'
import { describe, expect, it } from 'vitest'
import { broken, canHappen, explore, toyLab } from './lab.ts'

const CELLS = [
  ['mainline@4.19', 'kvm', 'register-interrupted'],
  ['mainline@6.6', 'kvm@5.11', 'register-interrupted'],
  // The first insertion into a tree registers a notifier without operations.
  ['mainline@5.5', 'test-hmm', 'register-interrupted'],
  ['mainline@5.15', 'kvm@5.11', 'mrelease-interrupted'],
  ['mainline@5.15', 'test-hmm', 'mrelease-interrupted'],
] as const

describe('a signal', () => {
  it.each(CELLS)('under %s, to %s in %s: comes, and breaks no promise', (policy, drivers, s) => {
    const report = explore(policy, drivers, s, 'small', toyLab)
    expect(broken(report)).toEqual([])
    expect(report.result.sometimes.filter((x) => !x.reached)).toEqual([])
  })

  it('comes to nobody where a scenario has none', () => {
    expect(canHappen('mainline@4.19', 'kvm', 'register-in-section', INTERRUPTED)).toBe(false)
    expect(canHappen('mainline@5.15', 'kvm@5.11', 'mrelease', INTERRUPTED)).toBe(false)
  })

  it('interrupts the registration that it meets: more can happen than without it', () => {
    const states = (scenario: string) =>
      explore('mainline@4.19', 'kvm', scenario, 'small', toyLab).result.states
    expect(states('register-interrupted')).toBeGreaterThan(states('register-in-section'))
  })
})
