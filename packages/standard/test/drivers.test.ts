/**
 * Drivers through time: what was broken in an era must come out under the kernel that shipped it, and the era that repaired it must keep
 * the promise. Every verdict here is asked of the checker; nothing in the sources knows any of them.
 */
import { cellsOf } from '@mmulab/compare'
import type { ClaimId } from '@mmulab/model'
import { describe, expect, it } from 'vitest'
import { broken, explore, lab } from './lab.ts'
import { exploreOwn } from './own-scenarios.ts'

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
    ['mainline@5.15', 'kvm', '5.15'],
    ['mainline@6.1', 'kvm', '6.1'],
    ['mainline@5.4+unwind-on-fail', 'kvm', '5.11'],
    ['mainline@6.1', 'kvm@5.11', '5.11'],
    ['mainline@4.19', 'kvm~unguarded', '5.15'],
    ['mainline@4.19', 'rdma-odp', '4.19'],
    ['mainline@5.2', 'rdma-odp', '4.20'],
    ['mainline@5.4', 'rdma-odp', '5.3'],
    ['mainline@5.4+unwind-on-fail', 'rdma-odp', '5.3'],
    ['mainline@6.12', 'rdma-odp', '5.5'],
    ['mainline@6.12', 'rdma-odp@4.20', '4.20'],
    ['mainline@5.12', 'i915-userptr', '5.x'],
    ['mainline@6.1', 'i915-userptr', '5.13'],
    ['mainline@6.12', 'i915-userptr', '6.12'],
    ['mainline@5.3', 'amdgpu', '4.19'],
    ['mainline@5.5', 'amdgpu', '5.5'],
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
  const ERAS = ['kvm@5.11', 'kvm@5.12', 'kvm@5.15', 'kvm@6.1']
  for (const policy of ['mainline@4.19', 'mainline@5.4', 'mainline@5.12'])
    it.each(ERAS)(`%s alone keeps every promise in every scenario under ${policy}`, (driver) => {
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

  it('6.1 refreshes its cached translation for ever beside a section that nobody will end', () => {
    const { progress } = explore('mainline@5.4', 'kvm@6.1+i915-userptr', 'oom-reap').result.claims
    expect(progress.message).toContain('can never finish: it retries for ever')
    expect(broken(explore('mainline@6.1', 'kvm+i915-userptr', 'oom-reap'))).toEqual([])
  })

  it('needs the count for that: a twin that goes by the sequence number alone caches a stale page', () => {
    const { memory } = explore('mainline@6.1', 'kvm~seq-only', 'dontneed').result.claims
    expect(memory.message).toBe('kvm maps a page at kvm.gpc that has been freed')
    expect(broken(explore('mainline@6.1', 'kvm', 'dontneed'))).toEqual([])
  })

  it('needs that wait: a twin without it ends sections that it did not count', () => {
    const claims = broken(explore('mainline@5.15', 'kvm~unguarded', 'dontneed'))
    expect(claims).toEqual(['memory', 'balance', 'progress', 'warn'])
    expect(broken(explore('mainline@5.15', 'kvm', 'dontneed'))).toEqual([])
  })
})

const holds = (policy: string, drivers: string, scenario: string, claim: ClaimId): boolean =>
  !broken(explore(policy, drivers, scenario)).includes(claim)

describe('RDMA on-demand paging', () => {
  it('4.19 counts a start that it refuses, and never gets back to no section at all', () => {
    const { balance } = explore('mainline@4.19', 'rdma-odp@4.19', 'oom-reap').result.claims
    expect(balance.message).toContain('rdma-odp.notifier_count is not back to 0')
    // A umem that is registered after that never gets counters of its own.
    const report = exploreOwn('mainline@4.19', 'rdma-odp@4.19', 'reap-register-use')
    expect(broken(report)).toEqual(['balance', 'progress'])
    expect(report.result.claims.progress.message).toBe(
      'odp_fault0 can never finish: it retries for ever',
    )
    expect(broken(exploreOwn('mainline@5.3', 'rdma-odp@5.3', 'reap-register-use'))).toEqual([])
  })

  it('4.19 sleeps in the end of a section that may not be blocked', () => {
    expect(holds('mainline@4.19', 'rdma-odp@4.19', 'oom-reap-register', 'context')).toBe(false)
    expect(holds('mainline@5.3', 'rdma-odp@5.3', 'oom-reap-register', 'context')).toBe(true)
  })

  it('4.20 keeps its lock when it refuses', () => {
    const { balance } = explore('mainline@5.2', 'rdma-odp@4.20', 'oom-reap').result.claims
    expect(balance.message).toContain('umem_rwsem (held for read)')
    const report = exploreOwn('mainline@5.2', 'rdma-odp@4.20', 'reap-register-use')
    expect(broken(report)).toEqual(['balance', 'progress'])
  })

  it('5.3 alone keeps every promise, but where a section opens inside a section', () => {
    expect(brokenAnywhere('mainline@5.3', 'rdma-odp@5.3')).toEqual({
      'thp-split': ['lock-order'],
      'thp-split-register': ['deadlock', 'progress', 'lock-order'],
    })
  })

  it('5.3 still holds its lock for ever where nobody ends a section for it', () => {
    const set = 'rdma-odp@5.3+i915-userptr'
    const report = explore('mainline@5.4', set, 'oom-reap-then-register')
    expect(broken(report)).toEqual(['balance', 'progress'])
  })

  it.each(['rdma-odp@4.20', 'rdma-odp@5.3'])(
    '%s waits for itself when a section opens inside a section and somebody registers',
    (driver) => {
      const report = explore('mainline@5.4', driver, 'thp-split-register')
      expect(broken(report)).toEqual(['deadlock', 'progress', 'lock-order'])
      const ring = report.result.claims.deadlock.waitFor?.map((w) => w.task)
      expect(ring).toEqual(['madvise', 'reg_mr'])
    },
  )

  it.each(['rdma-odp@4.19', 'kvm@5.15', 'hmm-mirror@5.3'])('%s does not', (driver) => {
    expect(broken(explore('mainline@5.4', driver, 'thp-split-register'))).toEqual([])
  })
})

describe('the HMM mirror', () => {
  it('4.19 invalidates the device when its pages may be free already', () => {
    for (const scenario of ['munmap', 'dontneed', 'oom-reap'])
      expect(holds('mainline@4.19', 'hmm-mirror', scenario, 'memory')).toBe(false)
    expect(holds('mainline@4.19', 'hmm-mirror', 'dontneed', 'coherence')).toBe(true)
    // 4.20 does it at the start.
    expect(broken(explore('mainline@4.20', 'hmm-mirror', 'munmap'))).toEqual([])
    expect(holds('mainline@4.20', 'hmm-mirror', 'oom-reap', 'memory')).toBe(true)
  })

  it('4.20 sleeps in a start that may not be blocked', () => {
    const { context } = explore('mainline@5.0', 'hmm-mirror', 'oom-reap').result.claims
    expect(context.message).toContain('down_read(&hmm-mirror.mirrors_sem) may sleep')
    expect(holds('mainline@5.3', 'hmm-mirror', 'oom-reap', 'context')).toBe(true)
  })

  it('4.20 lets a user in while a section is open, and never tells the device again', () => {
    const { memory, coherence } = explore('mainline@5.0', 'hmm-mirror', 'reclaim').result.claims
    expect([memory.verdict, coherence.verdict]).toEqual(['violated', 'violated'])
    // Before it, the end of the section told it.
    expect(broken(explore('mainline@4.19', 'hmm-mirror', 'reclaim'))).toEqual([])
  })

  it('5.2 keeps its count when it refuses for a lock', () => {
    const { balance } = explore('mainline@5.2', 'hmm-mirror', 'oom-reap-register').result.claims
    expect(balance.message).toContain('hmm-mirror.notifiers is not back to 0')
    expect(broken(explore('mainline@5.3', 'hmm-mirror', 'oom-reap-register'))).toEqual([])
  })

  it('5.2 loses the refusal of its device', () => {
    expect(holds('mainline@5.2', 'hmm-mirror', 'oom-reap', 'memory')).toBe(false)
    expect(broken(explore('mainline@5.3', 'hmm-mirror', 'oom-reap'))).toEqual([])
  })
})

describe('i915 userptr', () => {
  it('4.19 alone keeps every promise, but where it allocates under a lock of its own', () => {
    const { 'pin-reclaim': pin, ...others } = brokenAnywhere('mainline@4.19', 'i915-userptr')
    expect(others).toEqual({})
    expect(pin).toEqual(['deadlock', 'progress'])
    const { deadlock } = explore('mainline@4.19', 'i915-userptr', 'pin-reclaim').result.claims
    // The lock is hidden behind a worker.
    expect(deadlock.message).toBe(
      'execbuffer waits for i915-userptr.cancel_userptr, held by i915-userptr_kworker, which waits for i915-userptr.obj.mm.lock, held by execbuffer',
    )
  })

  it('5.x has no worker to wait for; it waits for its own request instead', () => {
    const { deadlock } = explore('mainline@5.1', 'i915-userptr', 'pin-reclaim').result.claims
    expect(deadlock.waitFor?.map((w) => w.task)).toEqual(['execbuffer'])
  })

  it.each(['mainline@6.1', 'mainline@6.12'])(
    'under %s several objects, one of them in use, keep what one does',
    (policy) => {
      for (const scenario of ['dontneed', 'overlap', 'reclaim', 'oom-reap'])
        for (const driver of ['i915-userptr', 'i915-userptr~objects'])
          expect([driver, broken(explore(policy, driver, scenario, 'medium'))]).toEqual([
            driver,
            [],
          ])
    },
  )

  it.each(['mainline@4.19', 'mainline@5.8'])(
    'under %s several objects in one tree, the lock given up in the middle of it, keep what one does',
    (policy) => {
      for (const scenario of ['dontneed', 'munmap', 'reclaim', 'oom-reap'])
        expect([
          scenario,
          broken(explore(policy, 'i915-userptr~objects', scenario, 'medium')),
        ]).toEqual([scenario, []])
    },
  )

  it('of two objects one may refuse and the other not: half of the pages are reaped', () => {
    for (const [policy, reaped] of [
      ['mainline@4.19', 2],
      ['mainline@5.8', 2],
    ] as const) {
      const { measures, claims } = explore(
        policy,
        'i915-userptr~objects',
        'oom-reap',
        'medium',
      ).result
      expect(measures.map((m) => [m.min, m.max])).toEqual([[0, reaped]])
      expect(claims.oom.verdict).toBe('holds')
    }
  })

  it('each of several objects has a GPU of its own to wait for, and one that is busy refuses for all', () => {
    const { cell } = explore('mainline@6.1', 'i915-userptr~objects', 'overlap', 'medium')
    const asked = cell.world.tasks.filter((t) => /_gpu$/.test(t.name)).map((t) => t.name)
    expect(asked).toEqual(['i915-userptr.obj0_gpu', 'i915-userptr.obj1_gpu'])
    const reaped = explore('mainline@6.1', 'i915-userptr~objects', 'oom-reap', 'medium')
    expect(reaped.result.measures.map((m) => m.max)).toEqual([0])
  })
})

describe('nouveau', () => {
  it('of 5.1 to 5.4 is on the HMM mirror, which loses what nouveau always answers to the OOM reaper', () => {
    const { claims } = explore('mainline@5.2', 'hmm-mirror@5.2~nouveau', 'oom-reap').result
    expect(claims.memory.verdict).toBe('violated')
    const repaired = explore('mainline@5.3', 'hmm-mirror@5.3~nouveau', 'oom-reap')
    expect(broken(repaired)).toEqual([])
    expect(repaired.result.measures.map((m) => m.max)).toEqual([0])
  })

  it('gives a fault up that waits too long: a count that nobody takes back hangs no fault', () => {
    const beside = (driver: string) =>
      broken(explore('mainline@5.2', `${driver}+i915-userptr`, 'oom-reap-faults'))
    expect(beside('hmm-mirror@5.2')).toEqual(expect.arrayContaining(['balance', 'progress']))
    expect(beside('hmm-mirror@5.2~nouveau')).toEqual(expect.arrayContaining(['balance']))
    expect(beside('hmm-mirror@5.2~nouveau')).not.toContain('progress')
  })

  it.each([
    ['mainline@5.3', 'hmm-mirror@5.3~nouveau'],
    ['mainline@5.5', 'nouveau-svm'],
    ['mainline@7.3', 'nouveau-svm'],
  ])('under %s it maps what has been freed once the process exits (%s)', (policy, driver) => {
    expect(broken(explore(policy, driver, 'exit'))).toEqual(['memory'])
  })
})

describe('hfi1', () => {
  it('takes a mutex of its receive side where it may not, as long as the reaper calls itself an UNMAP', () => {
    for (const policy of ['mainline@6.2', 'mainline@6.12'])
      expect(broken(explore(policy, 'hfi1~exp-rcv', 'oom-reap'))).toEqual(['context'])
    expect(broken(explore('mainline@7.2', 'hfi1~exp-rcv', 'oom-reap'))).toEqual(['coherence'])
    expect(broken(explore('mainline@6.12', 'hfi1~exp-rcv', 'munmap'))).toEqual([])
  })
})

describe('amdgpu', () => {
  it('of 5.2 to 5.4 is on the HMM mirror: what holds for that holds for it, and it may refuse', () => {
    const twin = 'hmm-mirror@5.3~amdgpu'
    for (const scenario of ['oom-reap', 'munmap'])
      expect(broken(explore('mainline@5.3', twin, scenario))).toEqual([])
    expect(broken(explore('mainline@5.3', twin, 'dontneed'))).toEqual(['memory', 'coherence'])
    const { claims } = explore('mainline@5.2', 'hmm-mirror@5.2~amdgpu', 'oom-reap').result
    expect(claims.memory.verdict).toBe('violated')
    const report = explore('mainline@5.3', `kvm+${twin}`, 'oom-reap')
    expect(broken(report)).toEqual(expect.arrayContaining(['balance', 'progress']))
  })

  it('4.19 waits for its lock where it may not block; a twin that tries it does not', () => {
    for (const scenario of ['oom-reap', 'oom-reap-faults', 'oom-reap-register']) {
      expect(broken(explore('mainline@4.19', 'amdgpu', scenario))).toEqual(['context'])
      expect(broken(explore('mainline@4.19', 'amdgpu~tries', scenario))).toEqual([])
    }
  })

  it('never lets a registration in where nobody ends a section for it', () => {
    const set = 'amdgpu~tries+i915-userptr'
    const report = explore('mainline@4.19', set, 'oom-reap-then-register')
    expect(broken(report)).toEqual(['balance', 'progress'])
    expect(broken(explore('mainline@5.12', set, 'oom-reap-then-register'))).toEqual([])
  })

  it('does not wait for itself where a section opens inside a section', () => {
    expect(broken(explore('mainline@4.19', 'amdgpu', 'thp-split-register'))).toEqual([])
  })

  it('takes pages that it looked up in an open section for good ones; they are pinned', () => {
    expect(broken(explore('mainline@4.19', 'amdgpu', 'reclaim'))).toEqual(['coherence'])
    expect(broken(explore('mainline@4.19', 'amdgpu', 'munmap'))).toEqual([])
  })
})
