/** Proposals that were not merged, each beside what it would have replaced: a cell in which the two differ. */
import { describe, expect, it } from 'vitest'
import { labelsOf, orderOf } from './calls.ts'
import { broken, explore, lab, toyLab } from './lab.ts'

const verdict = (policy: string, drivers: string, scenario = 'oom-reap') =>
  broken(explore(policy, drivers, scenario))
const reaped = (policy: string, drivers: string) =>
  explore(policy, drivers, 'oom-reap').result.measures.map((m) => [m.min, m.max])

const BOTH_ORDERS = ['kvm+i915-userptr', 'i915-userptr+kvm']

describe('end-for-all', () => {
  it.each(BOTH_ORDERS)('ends what KVM began: %s', (drivers) => {
    expect(verdict('mainline@5.3', drivers)).toEqual(['balance', 'progress'])
    expect(verdict('mainline@5.3+end-for-all', drivers)).toEqual([])
  })
  it('takes the count of HMM, which undoes its own, below 0', () => {
    expect(verdict('mainline@5.3', 'hmm-mirror')).toEqual([])
    expect(verdict('mainline@5.3+end-for-all', 'hmm-mirror')).toEqual(['balance', 'progress'])
    // What was merged does the same and says that it does.
    expect(verdict('mainline@5.3+unwind-on-fail', 'hmm-mirror')).toEqual([
      'balance',
      'progress',
      'warn',
    ])
  })
})

describe('undo-by-address', () => {
  it.each([...BOTH_ORDERS, 'hmm-mirror', 'hmm-mirror+i915-userptr', 'i915-userptr+hmm-mirror'])(
    'ends exactly what began: %s',
    (drivers) => {
      expect(verdict('mainline@5.3+undo-by-address', drivers)).toEqual([])
    },
  )
  it('is what HMM beside i915 would have needed', () => {
    expect(verdict('mainline@5.3', 'hmm-mirror+i915-userptr')).toEqual(['balance', 'progress'])
    expect(verdict('mainline@5.3+end-for-all', 'hmm-mirror+i915-userptr')).toEqual([
      'balance',
      'progress',
    ])
  })
  it('stops at the refusal and undoes what stands before it', () => {
    const words = ['mmu_notifier_count++', 'spin_lock(&i915-userptr.mn.lock)', 'count--']
    const order = (policy: string, drivers: string) =>
      orderOf(labelsOf('oom_reaper', { policy, drivers, scenario: 'oom-reap' }), words)
    const [up, asked, down] = words
    expect(order('mainline@5.3+undo-by-address', 'kvm+i915-userptr').slice(0, 3)).toEqual([
      up,
      asked,
      down,
    ])
    // KVM stands behind the refuser here: nobody calls it at all.
    expect(new Set(order('mainline@5.3+undo-by-address', 'i915-userptr+kvm'))).toEqual(
      new Set([asked]),
    )
    expect(new Set(order('mainline@5.3', 'i915-userptr+kvm'))).toEqual(new Set([up, asked]))
  })
})

describe('refuse-several', () => {
  it.each(BOTH_ORDERS)('keeps every promise by reaping nothing: %s', (drivers) => {
    expect(verdict('mainline@5.3+refuse-several', drivers)).toEqual([])
    expect(reaped('mainline@5.3+refuse-several', drivers)).toEqual([[0, 0]])
    expect(reaped('mainline@5.3', drivers)).toEqual([[0, 1]])
  })
  it('does the same to two that would never refuse', () => {
    expect(reaped('mainline@5.3+refuse-several', 'kvm+kvm')).toEqual([[0, 0]])
    expect(reaped('mainline@5.3', 'kvm+kvm')).toEqual([[1, 1]])
    expect(reaped('mainline@5.3+refuse-several', 'kvm')).toEqual([[1, 1]])
  })
})

describe('reaper-ends', () => {
  it.each(BOTH_ORDERS)('pairs start and end on lists: %s', (drivers) => {
    expect(verdict('mainline@5.11', drivers)).toEqual(['balance', 'progress'])
    expect(verdict('mainline@5.11+reaper-ends', drivers)).toEqual([])
  })
  it('hands KVM an end without a start when an interval notifier refuses', () => {
    expect(verdict('mainline@5.11', 'kvm+test-hmm')).toEqual([])
    const report = explore('mainline@5.11+reaper-ends', 'kvm+test-hmm', 'oom-reap')
    expect(broken(report)).toEqual(['balance', 'warn'])
    expect(report.result.claims.warn.message).toContain('BUG_ON(kvm.mmu_notifier_count < 0)')
  })
  it('ends the section of the intervals twice', () => {
    const report = explore('mainline@5.11+reaper-ends', 'test-hmm', 'oom-reap')
    expect(broken(report)).toContain('balance')
    expect(report.result.claims.balance.message).toContain('active_invalidate_ranges')
  })
})

describe('stopping at the first refusal', () => {
  it('spares whoever stands behind the refuser, and nobody before it', () => {
    expect(verdict('mainline@5.4+stop-at-refusal', 'kvm+i915-userptr')).toEqual([])
    expect(verdict('mainline@5.4+stop-at-refusal', 'i915-userptr+kvm')).toEqual([
      'balance',
      'progress',
    ])
  })
  it.each([...BOTH_ORDERS, 'hmm-mirror'])('is enough with an undoing: %s', (drivers) => {
    expect(verdict('mainline@5.4+stop-and-unwind', drivers)).toEqual([])
  })
})

describe('caller-ends', () => {
  it('has no flaw where there are intervals, and one where who refuses has an end operation', () => {
    expect(verdict('mainline@5.11+caller-ends', 'kvm+test-hmm')).toEqual([])
    expect(verdict('mainline@5.11+caller-ends', 'hmm-mirror')).toContain('balance')
  })
})

describe('unwind-intervals', () => {
  it.each(['test-hmm+i915-userptr', 'i915-userptr+test-hmm'])(
    'is all that 5.12 lacks for %s',
    (drivers) => {
      expect(verdict('mainline@5.12', drivers)).toEqual(['balance', 'progress'])
      expect(verdict('mainline@5.12+unwind-intervals', drivers)).toEqual([])
    },
  )
})

describe('ideas for the pin loop', () => {
  it('pincheck lets it through because of the pin, and only because of it', () => {
    expect(verdict('mainline@5.8', 'i915-userptr', 'pin-reclaim')).toEqual(['deadlock', 'progress'])
    expect(verdict('mainline@5.8+pincheck', 'i915-userptr', 'pin-reclaim')).toEqual([])
    expect(verdict('mainline@5.8+pincheck', 'i915-userptr~unpinned', 'pin-reclaim')).toEqual([
      'deadlock',
      'progress',
    ])
  })
  it('unevict keeps the page and waits for itself all the same', () => {
    expect(verdict('mainline@5.8+unevict', 'i915-userptr', 'pin-reclaim')).toEqual([
      'deadlock',
      'progress',
    ])
  })
})

describe('what is known in part', () => {
  const partly = lab.patches.filter((p) => p.partlyKnown !== undefined)
  it.each(partly.map((p) => [p.name, p] as const))('%s says so in every verdict', (name, patch) => {
    const { partlyKnown } = lab.policy(`${patch.example}+${name}`)
    expect(partlyKnown).toContain(`${name}: ${patch.partlyKnown}`)
  })
  it('stands in the report of a cell: the mark at every verdict, the reason under what is not covered', () => {
    const report = explore('mainline@5.3+undo-by-address', 'kvm', 'oom-reap')
    expect(report.notCovered.join()).toContain('an idea without a patch')
    expect(explore('mainline@5.3', 'kvm', 'oom-reap').cell.policy.partlyKnown).toEqual([])
  })
})

describe('what they do not apply to', () => {
  it.each([
    ['mainline@5.12+end-for-all', 'unwinds already'],
    ['mainline@4.16+undo-by-address', 'no answer'],
    ['mainline@5.5+refuse-several', 'knows nothing of interval notifiers'],
    ['mainline@5.12+reaper-ends', 'once is enough'],
    ['mainline@5.4+unwind-intervals', 'no interval notifiers'],
    ['mainline@5.11+pincheck', 'already'],
    ['mainline@5.11+unevict', 'already'],
  ])('%s: %s', (name, why) => {
    expect(() => toyLab.policy(name)).toThrow(why)
  })
})
