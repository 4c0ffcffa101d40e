import { describe, expect, it } from 'vitest'
import { explain, judge, showVerdict } from '../src/index.ts'
import {
  explainers,
  fixture,
  INTERVALS,
  NEW,
  OLD,
  POLICIES,
  parseRecord,
  says,
  UNWINDS,
} from './support.ts'

const ALL = POLICIES.map((p) => p.name)
const CONTINUES = ALL.filter((name) => !UNWINDS.includes(name))

describe('records of real kernels', () => {
  it.each([
    // B refuses, A has an end operation: only one of the two behaviours can have been at work.
    ['uml-6.1.192-stock.mr_AB_noend', UNWINDS],
    ['uml-6.1.192-nounwind.mr_AB_noend', CONTINUES],
    ['uml-6.1.192-stock.oom_first30', UNWINDS],
    ['uml-6.1.192-nounwind.oom_first30', CONTINUES],
    ['debian-6.1.0-56.kvm-in-tcg.kvmreap', UNWINDS],
    ['debian-6.1.0-56.kvm-in-tcg.kvmreap_trace', UNWINDS],
    // Nobody refuses: nothing tells them apart.
    ['uml-6.1.192-stock.mr_clean', ALL],
    ['uml-6.1.192-stock.mt', ALL],
    ['debian-6.1.0-56.smp2.thp', ALL],
  ])('%s is explained by the right policies', (name, expected) => {
    expect(explainers(parseRecord(fixture(name)))).toEqual(expected)
  })

  it('names the end that the old kernels do not make', () => {
    const record = parseRecord(fixture('uml-6.1.192-stock.mr_AB_noend'))
    expect(says(record, OLD)).toBe(
      'seq=17: A.end of [400000, 401000) by init (tid 1), for a section that B refused at seq=16, cannot happen under mainline@5.4; expected: A.start of another section',
    )
    expect(explain(record, [OLD])[0]?.at).toMatchObject({
      kind: 'cannot happen',
      seq: 17,
      line: 21,
      what: 'A.end of [400000, 401000) by init (tid 1)',
      expected: 'A.start of another section',
    })
  })

  it('names the end that the new kernels owe', () => {
    const record = parseRecord(fixture('uml-6.1.192-nounwind.mr_AB_noend'))
    expect(says(record, NEW)).toBe(
      'seq=17: A.start of [401000, 4a9000) by init (tid 1), but under mainline@6.1, since B refused that section at seq=16, A.end of [400000, 401000) had to happen before',
    )
    expect(explain(record, [NEW])[0]?.at).toMatchObject({
      kind: 'had to happen before',
      seq: 17,
      expected: 'A.end of [400000, 401000)',
    })
  })

  it('takes what the core returned for evidence', () => {
    const record = parseRecord(fixture('debian-6.1.0-56.kvm-in-tcg.kvmreap'))
    expect(says(record, OLD)).toBe(
      'seq=31: A.end of [400000, 401000) by init (tid 1), for a section that B refused at seq=30, cannot happen under mainline@5.4; expected: the return of -11 from __mmu_notifier_invalidate_range_start() for [400000, 401000)',
    )
  })

  it("judges the kernel's own trace, with the real KVM in it, by lines", () => {
    const record = parseRecord(fixture('debian-6.1.0-56.kvm-in-tcg.kvmreap_trace'))
    expect(record.notes[0]).toContain('inferred')
    const list = record.events.filter((e) => e.cb === 'register').map((e) => [e.n, e.hasEnd])
    expect(list).toEqual([
      ['h', false],
      ['h', true],
      ['kvm_mmu_notifier', true],
    ])
    expect(says(record, OLD)).toBe(
      'line 55: kvm_mmu_notifier.end by init (tid 1), but under mainline@5.4 the return of 0 from __mmu_notifier_invalidate_range_start() for [400000, 401000) or the return of -11 from __mmu_notifier_invalidate_range_start() for [400000, 401000) had to happen before',
    )
  })

  it('knows interval notifiers from 5.5 on', () => {
    for (const name of ['stock.interval', 'nounwind.mr_interval_busy', 'stock.mr_interval_clean'])
      expect(explainers(parseRecord(fixture(`uml-6.1.192-${name}`)))).toEqual(INTERVALS)
    const { verdicts } = judge(fixture('uml-6.1.192-stock.mr_interval_clean'), { policies: [OLD] })
    expect(verdicts.map(showVerdict)).toEqual([
      'mainline@5.4: refused; seq=3: I.insert by init (tid 167), of an interval notifier, which came with 5.5, cannot happen under mainline@5.4; expected: A.start of another section',
    ])
  })

  it('takes neither label nor kernel nor scenario nor file name for evidence', () => {
    const text = fixture('uml-6.1.192-stock.oom_first30')
      .replace(/^# label: .*$/m, '# label: uml-6.1.192-nounwind')
      .replace(/^# kernel: .*$/m, '# kernel: 4.19.0')
      .replace(/^# scenario: .*$/m, '# scenario: mr_clean')
    const { file, verdicts } = judge(text, { file: 'nounwind.txt', policies: POLICIES })
    expect(file).toBe('nounwind.txt')
    const explained = verdicts.filter((v) => v.verdict === 'explained').map((v) => v.policy)
    expect(explained).toEqual(UNWINDS)
  })
})
