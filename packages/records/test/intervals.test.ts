/** Interval notifiers, line by line: what of a real record may not be otherwise, and what may. */
import { mainline } from '@mmulab/policy-mainline'
import { describe, expect, it } from 'vitest'
import { explain, type RecordEvent } from '../src/index.ts'
import { fixture, parseRecord, says, written } from './support.ts'

const NOW = mainline.at('6.1')
const real = parseRecord(fixture('uml-6.1.192-stock.interval'))
const busy = parseRecord(fixture('uml-6.1.192-nounwind.mr_interval_busy'))

const about = (record: typeof real, seq: number, change: Partial<RecordEvent>): typeof real => ({
  ...record,
  events: record.events.map((e) => (e.seq === seq ? { ...e, ...change } : e)),
})
const dropped = (record: typeof real, seq: number): typeof real => ({
  ...record,
  events: record.events.filter((e) => e.seq !== seq),
})
const verdict = (lines: readonly string[]): string => says(written(lines), NOW)

describe('a real record with one thing changed', () => {
  it.each([
    ['an even sequence number', about(real, 20, { aux: 6 }), 20],
    ['a number that has not come yet', about(real, 27, { aux: 9 }), 27],
    ['a number that has been', about(real, 62, { aux: 0xb }), 62],
    ['a reader that gets another number', about(real, 43, { aux: 9 }), 43],
    ['a reader that is told to go on although it was hit', about(real, 41, { ret: 0 }), 41],
    ['a reader that is sent back although it was not', about(real, 44, { ret: 1 }), 44],
    ['a section that asks the list first', swapped(real, 8), 8],
    [
      'an interval asked about a range beside it',
      about(real, 8, { s: '40009000', e: '4000a000' }),
      8,
    ],
    ['an interval that is not asked', dropped(real, 8), 9],
    ['a release that it is not told of', dropped(real, 62), 64],
    ['a removal that does not wait', dropped(real, 67), 68],
    ['a refused section that the list hears of', about(busy, 38, { ret: 0 }), 39],
    ['a refusal that makes no odd number', about(busy, 77, { aux: 3 }), 77],
  ])('%s is refused there', (_, record, seq) => {
    const [v] = explain(record, [NOW])
    expect(v?.verdict, v?.at?.text).toBe('refused')
    expect(v?.at?.seq, v?.at?.text).toBe(seq)
  })

  it('may begin at another even number, but must go on from there', () => {
    const moved = {
      ...real,
      events: real.events.map((e) => (e.aux === undefined ? e : { ...e, aux: e.aux + 6 })),
    }
    expect(says(moved, NOW)).toBe('explained')
    expect(says(about(moved, 8, { aux: 3 }), NOW)).toContain('seq=20')
  })

  it('has every number for a reason', () => {
    for (const { seq, aux } of real.events)
      for (const delta of aux === undefined ? [] : [-2, 1, 2, 16]) {
        const [v] = explain(about(real, seq, { aux: (aux ?? 0) + delta }), [NOW])
        expect(v?.verdict, `seq=${seq} aux${delta}`).toBe('refused')
      }
  })

  it('names the number that was due', () => {
    expect(says(about(real, 27, { aux: 9 }), NOW)).toBe(
      'seq=27: I.inval of [40004000, 4000c000) with sequence number 9 by init (tid 27) cannot happen under mainline@6.1; expected: I.inval with sequence number 7 or A.start of another section',
    )
  })
})

/** The event and the one after it, the other way round. */
function swapped(record: typeof real, seq: number): typeof real {
  const i = record.events.findIndex((e) => e.seq === seq)
  const [a, b] = record.events.slice(i, i + 2) as [RecordEvent, RecordEvent]
  return {
    ...record,
    events: record.events.toSpliced(i, 2, { ...b, seq: a.seq }, { ...a, seq: b.seq }),
  }
}

describe('the tree of intervals', () => {
  const start = ['20 I.insert 1-5']

  it('counts only stretches without any open section', () => {
    const overlapping = ['20 I.inval 1-2 #3', '21 I.inval 2-3 #3', '20 mark', '21 mark']
    expect(verdict([...start, ...overlapping, '20 I.inval 1-2 #5'])).toBe('explained')
    const apart = ['20 I.inval 1-2 #3', '20 mark', '21 I.inval 2-3 #3']
    // Task 21 may have begun before task 20 was through.
    expect(verdict([...start, ...apart])).toBe('explained')
    expect(verdict([...start, '20 I.inval 1-2 #3', '20 mark', '20 I.inval 2-3 #3'])).toContain(
      'seq=3: I.inval',
    )
  })

  it('lets a reader wait for the sections that hit it', () => {
    const open = [...start, '20 I.inval 1-2 #3', '21 I.rd_call']
    expect(verdict([...open, '20 mark', '21 I.rd_begin #3', '21 I.rd_retry #3'])).toBe('explained')
    // A.start belongs to the same section, which is therefore still open when the reader comes back.
    const still = ['21 I.rd_begin #3', '20 A.start 1-2', '20 A.end 1-2']
    expect(verdict(['20 register A', ...open, ...still])).toContain('seq=4: I.rd_begin')
    // Before it was ever hit, a reader gets the number from before its insertion.
    const early = ['21 I.rd_call', '21 I.rd_begin #1', '21 I.rd_retry #1']
    expect(verdict([...start, '20 mark', ...early, '20 I.inval 1-2 #3'])).toBe('explained')
  })

  it('defers an insertion into a section that hits another', () => {
    const open = [...start, '20 mark', '20 I.inval 1-2 #3', '21 J.insert 1-9']
    expect(verdict([...open, '20 mark', '21 J.inval 6-7 #5'])).toBe('explained')
    expect(verdict([...open, '22 J.inval 6-7 #3', '20 mark'])).toContain('J.inval')
  })

  it('lets a removal wait for the sections', () => {
    const open = [...start, '20 mark', '20 I.inval 1-2 #3', '21 I.iremove']
    expect(verdict([...open, '20 mark', '21 I.iremove_done'])).toBe('explained')
    const gone = ['20 mark', '21 I.iremove', '21 I.iremove_done', '20 I.inval 1-2 #3']
    expect(verdict([...start, ...gone])).toContain('seq=4: I.inval')
  })

  it('may refuse, which is nobody else to answer for', () => {
    expect(verdict([...start, '20 I.inval 1-2 -11 nonblock #3', '20 mark'])).toBe('explained')
  })
})
