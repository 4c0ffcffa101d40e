/**
 * What public history says must come out of the exploration. Every verdict here is asked of the checker; nothing in the sources
 * knows any of them.
 */
import { tellToken } from '@mmulab/compare'
import { describe, expect, it } from 'vitest'
import { broken, explore, lab } from './lab.ts'

const POLICIES = [
  'mainline@4.19',
  'mainline@5.4',
  'mainline@5.12',
  'mainline@5.4+unwind-on-fail',
  'mainline@5.8+mayfail',
]
const NOBODY_UNWINDS = ['mainline@4.19', 'mainline@5.4', 'mainline@5.8', 'mainline@5.8+mayfail']
const SOMEBODY_UNWINDS = ['mainline@5.12', 'mainline@6.1', 'mainline@5.4+unwind-on-fail']
const OOM = ['oom-reap', 'oom-reap-faults']
const BLOCKABLE = ['dontneed', 'munmap', 'overlap', 'register-in-section']

describe('KVM and i915, both orders of registration', () => {
  for (const drivers of ['kvm+i915-userptr', 'i915-userptr+kvm'])
    for (const scenario of OOM) {
      it.each(NOBODY_UNWINDS)(
        `${drivers}, ${scenario}: nobody ends what KVM began under %s`,
        (p) => {
          expect(broken(explore(p, drivers, scenario))).toEqual(['balance', 'progress'])
        },
      )
      it.each(SOMEBODY_UNWINDS)(`${drivers}, ${scenario}: everything holds under %s`, (p) => {
        expect(broken(explore(p, drivers, scenario))).toEqual([])
      })
    }

  it('tells of a vCPU that retries for ever', () => {
    const report = explore('mainline@5.4', 'kvm+i915-userptr', 'oom-reap-faults')
    const { progress } = report.result.claims
    expect(progress.message).toBe('vcpu0 can never finish: it retries for ever')
    const story = tellToken(lab, report.tokens.get('progress') ?? '')
    const { loop } = story.schedule
    expect(loop).toBeDefined()
    const round = story.scenes.slice(loop)
    expect(new Set(round.map((s) => story.tasks[s.task]))).toEqual(new Set(['vcpu0']))
    // It goes round: the state at the end is the state at the beginning of the loop.
    expect(story.scenes.at(-1)?.state).toEqual(story.scenes[(loop ?? 0) - 1]?.state)
    const labels = round.flatMap((s) => s.events.map((e) => (e.kind === 'step' ? e.op.label : '')))
    expect(labels).toContain('mmu_notifier_retry()')
    // The count is up, no section is open, and the reaper is done.
    const end = new Map(story.watch.map((v, i) => [v.name, story.scenes.at(-1)?.state[i]]))
    expect(end.get('kvm.mmu_notifier_count')).toBeGreaterThan(0)
    expect(end.get('sections[0]')).toBe(0)
  })
})

describe('alone, or where nobody may refuse', () => {
  for (const policy of POLICIES) {
    it(`KVM alone keeps every promise under ${policy}`, () => {
      for (const s of [...OOM, ...BLOCKABLE, 'reclaim'])
        expect([s, broken(explore(policy, 'kvm', s))]).toEqual([s, []])
    })
    it(`i915 alone keeps every promise under ${policy}`, () => {
      for (const s of ['oom-reap', ...BLOCKABLE])
        expect([s, broken(explore(policy, 'i915-userptr', s))]).toEqual([s, []])
    })
    it(`the two together keep every promise under blockable sections and ${policy}`, () => {
      for (const drivers of ['kvm+i915-userptr', 'i915-userptr+kvm'])
        for (const s of BLOCKABLE) expect([s, broken(explore(policy, drivers, s))]).toEqual([s, []])
    })
  }
})

describe('RDMA on-demand paging and i915', () => {
  it.each(['mainline@4.19', 'mainline@5.4'])(
    'a registration after the reap never gets in under %s',
    (p) => {
      const report = explore(p, 'rdma-odp@4.20+i915-userptr', 'oom-reap-then-register')
      expect(broken(report)).toEqual(['balance', 'progress'])
      const { balance, progress, deadlock } = report.result.claims
      expect(balance.message).toContain('umem_rwsem (held for read)')
      expect(progress.message).toBe(
        'reg_mr can never finish: it waits for rdma-odp.umem_rwsem, which oom_reaper took and never released',
      )
      // Nobody waits in a circle: the holder has finished. That is a leak.
      expect(deadlock.verdict).toBe('holds')
    },
  )

  it('gets in under 5.12', () => {
    expect(
      broken(explore('mainline@5.12', 'rdma-odp@4.20+i915-userptr', 'oom-reap-then-register')),
    ).toEqual([])
  })

  it('a registration during the reap trips over the refusal that forgets its lock', () => {
    expect(
      broken(explore('mainline@5.4', 'rdma-odp@4.20+i915-userptr', 'oom-reap-register')),
    ).toEqual(['balance', 'progress'])
    // 5.12 gives the lock back by calling the end of a notifier that had refused; it says so itself.
    const report = explore('mainline@5.12', 'rdma-odp@4.20+i915-userptr', 'oom-reap-register')
    expect(broken(report)).toEqual(['balance', 'warn'])
    expect(report.result.claims.balance.message).toContain('for a start that did not say yes')
  })
})

describe('the pin loop against reclaim', () => {
  // In 4.19 it waits through a worker; the era after that is asked for everywhere.
  it.each(['mainline@4.19', 'mainline@5.4', 'mainline@5.8'])('waits for itself under %s', (p) => {
    const report = explore(p, 'i915-userptr@5.x', 'pin-reclaim')
    expect(broken(report)).toEqual(['deadlock', 'progress'])
    const [wait, ...others] = report.result.claims.deadlock.waitFor ?? []
    expect(others).toEqual([])
    expect(wait?.task).toBe('execbuffer')
    expect(wait?.waitsFor).toEqual(['execbuffer'])
  })

  it('waits for no request under MAYFAIL, at the price of coherence; memory holds because of the pin', () => {
    const report = explore('mainline@5.8+mayfail', 'i915-userptr', 'pin-reclaim')
    expect(broken(report)).toEqual(['coherence', 'deadlock', 'progress'])
    expect(report.result.claims.memory.verdict).toBe('holds')
  })

  it('waits under MAYFAIL for the lock under which it allocates the scatter list', () => {
    const { deadlock } = explore('mainline@5.8+mayfail', 'i915-userptr', 'pin-reclaim').result
      .claims
    expect(deadlock.message).toContain('i915-userptr.obj.mm.lock, which it holds itself')
  })

  it('frees pages under the device in a twin that does not pin', () => {
    const report = explore('mainline@5.8+mayfail', 'i915-userptr~unpinned', 'pin-reclaim')
    expect(broken(report)).toEqual(['memory', 'coherence', 'deadlock', 'progress'])
  })
})

describe('two sections that end in the other order', () => {
  it.each(POLICIES)('are no trouble for KVM under %s', (p) => {
    const report = explore(p, 'kvm', 'overlap')
    expect(broken(report)).toEqual([])
    expect(report.result.sometimes.every((s) => s.reached)).toBe(true)
  })
})

describe('larger sizes', () => {
  it.each([
    ['mainline@5.4', ['balance', 'progress']],
    ['mainline@5.12', []],
  ] as const)(
    'KVM and i915 with two VMAs, two vCPUs and three attempts under %s',
    (policy, expected) => {
      expect(broken(explore(policy, 'kvm+i915-userptr', 'oom-reap', 'large'))).toEqual(expected)
    },
  )
})

describe('a blockable refusal', () => {
  const cell = ['kvm+i915-userptr', 'pin-reclaim', 'large'] as const
  it('is ignored, and its section ended once, where nobody unwinds', () => {
    const { claims } = explore('mainline@5.4', ...cell).result
    // -EBUSY: execbuffer has the pages pinned.
    expect(claims.warn.message).toBe('WARN: i915-userptr refuses a blockable start with -16')
    expect([claims.coherence.verdict, claims.balance.verdict]).toEqual(['violated', 'holds'])
  })
  it('is ended twice where the core unwinds and the caller ends all the same', () => {
    const { claims } = explore('mainline@5.12', ...cell).result
    expect(claims.balance.message).toBe('kvm.invalidate_range_end for a start that did not say yes')
    expect([claims.coherence.verdict, claims.warn.verdict]).toEqual(['violated', 'violated'])
  })
})
