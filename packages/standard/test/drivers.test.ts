/**
 * Drivers through time: what was broken in an era must come out under the kernel that shipped it, and the era that repaired it must keep
 * the promise. Every verdict here is asked of the checker; nothing in the sources knows any of them.
 */
import { cellsOf } from '@mmulab/compare'
import type { ClaimId } from '@mmulab/model'
import { describe, expect, it } from 'vitest'
import { broken, explore, lab, scenariosFor } from './lab.ts'

/** Every scenario that says something about the driver, with the claims that it breaks there; only those with any. */
function brokenAnywhere(policy: string, driver: string): Record<string, ClaimId[]> {
  const cells = cellsOf(lab, {
    policies: [policy],
    driverSets: [driver],
    scenarios: lab.scenarios.map((s) => s.name),
    size: 'small',
  })
  return Object.fromEntries(
    cells
      .map((c) => [c.scenario, broken(explore(policy, driver, c.scenario))] as const)
      .filter(([, claims]) => claims.length > 0),
  )
}

describe('which era a name means', () => {
  it.each([
    ['mainline@4.19', 'kvm', '5.11'],
    ['mainline@5.11', 'kvm', '5.11'],
    ['mainline@5.12', 'kvm', '5.12'],
    ['mainline@5.14', 'kvm', '5.12'],
    ['mainline@6.1', 'kvm', '5.15'],
    ['mainline@5.4+unwind-on-fail', 'kvm', '5.11'],
    ['mainline@6.1', 'kvm@5.11', '5.11'],
    ['mainline@4.19', 'kvm~unguarded', '5.15'],
  ])('under %s %s is the era %s', (policy, driver, era) => {
    expect(lab.driver(driver, lab.policy(policy).version).era).toBe(era)
  })

  it('says where a kernel never shipped the driver', () => {
    const said = (policy: string, driver: string): string =>
      explore(policy, driver, 'oom-reap').notCovered.join('\n')
    expect(said('mainline@5.12', 'kvm')).not.toContain('never shipped')
    expect(said('mainline@5.12', 'kvm@5.11')).toContain(
      'kvm@5.11 with kernel 5.12: a pairing that never shipped',
    )
  })
})

describe('KVM', () => {
  const ERAS = ['kvm@5.11', 'kvm@5.12', 'kvm@5.15']
  for (const policy of ['mainline@4.19', 'mainline@5.4', 'mainline@5.12'])
    it.each(ERAS)(`%s alone keeps every promise in every scenario under ${policy}`, (driver) => {
      expect(scenariosFor(driver).length).toBeGreaterThan(6)
      expect(brokenAnywhere(policy, driver)).toEqual({})
    })

  it.each(ERAS)('%s beside a refuser is left with an open section before 5.12', (driver) => {
    const set = `${driver}+i915-userptr`
    expect(broken(explore('mainline@5.4', set, 'oom-reap'))).toEqual(['balance', 'progress'])
    expect(broken(explore('mainline@5.12', set, 'oom-reap'))).toEqual([])
  })

  it('5.15 waits with a memslot update for a section that nobody will end', () => {
    const set = 'kvm@5.15+i915-userptr'
    const { progress } = explore('mainline@5.4', set, 'oom-reap-then-register').result.claims
    expect(progress.message).toBe(
      'memslot can never finish: it waits for ever for a wake-up of kvm.mn_memslots_update_rcuwait',
    )
    expect(broken(explore('mainline@5.12', set, 'oom-reap-then-register'))).toEqual([])
  })

  it('needs that wait: a twin without it ends sections that it did not count', () => {
    const claims = broken(explore('mainline@5.15', 'kvm~unguarded', 'dontneed'))
    expect(claims).toEqual(['memory', 'balance', 'progress', 'warn'])
    expect(broken(explore('mainline@5.15', 'kvm', 'dontneed'))).toEqual([])
  })
})
