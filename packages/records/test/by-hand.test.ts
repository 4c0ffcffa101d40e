import { applyPatch } from '@mmulab/core'
import { mainline } from '@mmulab/policy-mainline'
import { mayfail } from '@mmulab/policy-mayfail'
import { describe, expect, it } from 'vitest'
import { explain } from '../src/index.ts'
import { NEW, OLD, says, written } from './support.ts'

/** B first, so that A is called first; both have end operations wherever an end of them shows. */
const LIST = ['20 register B', '20 register A']
const both = (lines: readonly string[]): string[] => {
  const record = written(lines)
  return [says(record, OLD), says(record, NEW)].map((s) => (s === 'explained' ? 'yes' : 'no'))
}

describe('the list', () => {
  const section = ['20 A.start 1-2', '20 B.start 1-2', '20 A.end 1-2', '20 B.end 1-2']

  it('is walked newest first, for start and for end', () => {
    expect(both([...LIST, ...section])).toEqual(['yes', 'yes'])
    expect(both(['20 register A', '20 register B', ...section])).toEqual(['no', 'no'])
    const turned = section.toSpliced(2, 2, '20 B.end 1-2', '20 A.end 1-2')
    expect(both([...LIST, ...turned])).toEqual(['no', 'no'])
  })

  it('has nobody on it who was not registered', () => {
    expect(says(written(section), NEW)).toBe(
      'seq=0: A.start of [1, 2) by task (tid 20), which nobody has registered, cannot happen under mainline@6.1; expected: nothing',
    )
  })

  it('does not grow while somebody is in a section', () => {
    const before = ['20 register B', '20 B.start 1-2', '20 B.end 1-2']
    const open = ['21 B.start 1-2', '20 register A', '20 mark', '21 B.end 1-2']
    expect(says(written([...before, ...open]), NEW)).toBe(
      'seq=4: A.register by task (tid 20) cannot happen under mainline@6.1; expected: the section of [1, 2) of tid 21 to be over first, because mm_take_all_locks() keeps sections out',
    )
  })

  it('grows at some instant around the line that tells of it', () => {
    // A is called before and after "register A": it was on the list already when its line was written.
    const early = ['21 A.start 1-2', '21 B.start 1-2', '20 register A', '21 A.end 1-2']
    expect(both(['20 register B', ...early, '21 B.end 1-2'])).toEqual(['yes', 'yes'])
    // The section around the line does not know A: so A came after it, before task 20 went on.
    const late = ['21 B.start 1-2', '20 register A', '21 B.end 1-2', '20 mark']
    expect(both(['20 register B', ...late])).toEqual(['yes', 'yes'])
    // Task 20 has gone on, and A is still not called.
    const never = ['20 register A', '20 mark', '21 B.start 1-2', '21 B.end 1-2', '21 A.start 3-4']
    expect(both(['20 register B', ...never])).toEqual(['no', 'no'])
  })

  it('may shrink between start and end', () => {
    const lines = [...LIST, '21 A.start 1-2', '21 B.start 1-2', '20 A.release', '20 mark']
    expect(both([...lines, '21 B.end 1-2', '21 mark'])).toEqual(['yes', 'yes'])
    expect(says(written([...lines, '21 A.end 1-2', '21 B.end 1-2']), NEW)).toContain(
      'seq=6: A.end of [1, 2) by task (tid 21), which was gone after seq=4, cannot happen',
    )
  })

  it('may shrink under a walk, which then calls who leaves or does not', () => {
    // A is released by task 20 while task 21 walks; its line may come after the release, not after the grace period.
    const lines = ['20 register A', '20 register B', '21 B.start 1-2', '20 A.release']
    const end = ['21 B.end 1-2', '21 mark']
    expect(both([...lines, ...end])).toEqual(['yes', 'yes'])
    expect(both([...lines, '21 A.start 1-2', '20 mark', ...end])).toEqual(['yes', 'yes'])
    expect(both([...lines, '20 mark', '21 A.start 1-2', ...end])).toEqual(['no', 'no'])
  })

  it('is joined again under the same name', () => {
    const once = [
      '20 register A',
      '20 A.start 1-2',
      '20 A.end 1-2',
      '20 A.release',
      '20 unregister A',
    ]
    expect(both([...once, ...once])).toEqual(['yes', 'yes'])
    expect(both([...once, '20 A.start 1-2', '20 A.end 1-2'])).toEqual(['no', 'no'])
  })
})

describe('sections of one task', () => {
  const one = ['20 register A']
  const whole = ['20 A.start 1-2', '20 A.end 1-2']

  it('nest like brackets', () => {
    const inner = ['20 A.start 4-6', '20 A.end 4-6']
    expect(both([...one, '20 A.start 1-5', ...inner, ...inner, '20 A.end 1-5'])).toEqual([
      'yes',
      'yes',
    ])
    const crossing = ['20 A.start 1-5', '20 A.start 4-6', '20 A.end 1-5', '20 A.end 4-6']
    expect(both([...one, ...crossing])).toEqual(['no', 'no'])
  })

  it('are over when it is back in user space', () => {
    expect(says(written([...one, ...whole, '20 A.start 1-2', '20 mark']), NEW)).toBe(
      'seq=4: task (tid 20) is outside of every section (mark), but under mainline@6.1 A.end of [1, 2) had to happen before',
    )
  })

  it('are over at the end of the record', () => {
    const lines = [...one, ...whole, '20 A.start 3-4']
    expect(says(written(lines), NEW)).toBe(
      'seq=3: the record ends with task (tid 20) inside a section, but under mainline@6.1 A.end of [3, 4) had to happen before',
    )
  })

  it('overlap freely between tasks', () => {
    const lines = ['20 A.start 1-5', '21 A.start 1-5', '20 A.end 1-5', '21 A.end 1-5']
    expect(both([...one, ...lines])).toEqual(['yes', 'yes'])
  })

  it('have one range and one kind', () => {
    expect(both([...one, '20 A.start 1-2', '20 A.end 1-3'])).toEqual(['no', 'no'])
    expect(both([...one, '20 A.start 1-2', '20 A.end 1-2 nonblock'])).toEqual(['no', 'no'])
  })
})

describe('a refusal', () => {
  it('of a section that may block is ignored by the old kernels and unwound by the new ones', () => {
    const start = [...LIST, '20 A.start 1-2', '20 B.start 1-2 -11']
    expect(both([...start, '20 A.end 1-2', '20 mark'])).toEqual(['yes', 'no'])
    expect(both([...start, '20 A.end 1-2', '20 A.end 1-2', '20 mark'])).toEqual(['no', 'yes'])
  })

  it('does not stop the walk', () => {
    const lines = [...LIST, '20 A.start 1-2 -11 nonblock', '20 mark']
    expect(says(written(lines), OLD)).toBe(
      'seq=3: task (tid 20) is outside of every section (mark), but under mainline@5.4, since A refused that section at seq=2, B.start of [1, 2) had to happen before',
    )
  })

  it('is what makes the core return it', () => {
    const walk = ['20 core_start 1-2 nonblock', '20 A.start 1-2 -11 nonblock']
    const rc = (ret: number): string[] => [
      '20 register A',
      ...walk,
      `20 core_start_rc 1-2 ${ret} nonblock`,
    ]
    expect(both(rc(-11))).toEqual(['yes', 'yes'])
    expect(both(rc(0))).toEqual(['no', 'no'])
  })

  it('makes the whole attempt of the reaper fail', () => {
    const lines = (ret: number): string[] => [
      '20 register A',
      '1 reap',
      '1 A.start 1-2 -11 nonblock',
      '1 A.start 3-4 nonblock',
      `1 reap_rc ${ret}`,
    ]
    expect(both(lines(0))).toEqual(['yes', 'yes'])
    expect(both(lines(1))).toEqual(['no', 'no'])
  })

  it('counts as a yes under MAYFAIL, where reclaim may have opened the section', () => {
    const patched = applyPatch(mainline.at('6.1'), mayfail)
    const lines = [...LIST, '20 A.start 1-2', '20 B.start 1-2 -11', '20 A.end 1-2', '20 mark']
    const record = written(lines)
    expect(says(record, NEW)).toContain('A.end of [1, 2) had to happen before')
    expect(says(record, patched)).toBe('explained')
    const unmap = {
      ...record,
      events: record.events.map((e) => (e.ev ? { ...e, ev: 'UNMAP' } : e)),
    }
    expect(says(unmap, patched)).toContain('A.end of [1, 2) had to happen before')
  })
})

describe('a record', () => {
  it('that contradicts itself is explained by nobody', () => {
    const record = written([...LIST, '20 A.start 1-2', '20 B.start 1-2', '20 A.end 1-2'])
    const wrong = {
      ...record,
      events: record.events.map((e) => (e.seq === 3 ? { ...e, cnt: 7 } : e)),
    }
    expect(says(wrong, NEW)).toBe(
      'seq=3: the record contradicts itself: it says cnt=7, but B has had 1 starts that said yes and 0 ends',
    )
  })

  it('of two address spaces is two records', () => {
    const of = (mm: number) => (line: string, i: number) => {
      const [event] = written([line]).events
      return { ...event, seq: 2 * i + mm, mm, cnt: undefined } as never
    }
    const lines = ['20 register A', '21 A.start 1-2', '21 A.end 1-2']
    const { events, ...rest } = written(lines)
    const mixed = [...lines.map(of(0)), ...lines.map(of(1))] as typeof events
    const record = { ...rest, events: mixed.toSorted((a, b) => a.seq - b.seq) }
    expect(says(record, NEW)).toBe('explained')
  })

  it('with more tasks in sections than are followed is not judged', () => {
    const tasks = Array.from({ length: 17 }, (_, i) => i + 30)
    const lines = (op: string): string[] => tasks.map((t) => `${t} A.${op} 1-2`)
    const [v] = explain(written(['20 register A', ...lines('start'), ...lines('end')]), [NEW])
    expect(v).toMatchObject({
      verdict: 'unsupported',
      reason: 'at seq=17 there are more than 16 tasks inside sections at once',
    })
  })

  it('with more notifiers than can be recorded is not judged', () => {
    const names = Array.from({ length: 16 }, (_, i) => `${20 + i}`)
    const lines = names.flatMap((t, i) => [`${t} register N${i % 10}`, `${t} mark`])
    const [v] = explain(written(lines), [NEW])
    expect(v?.verdict).toBe('unsupported')
  })
})
