import type { Judgement } from '@mmulab/records'
import { describe, expect, it } from 'vitest'
import { judgementText, recordsJson } from '../src/index.ts'

const at = {
  kind: 'cannot happen',
  seq: 15,
  line: 18,
  what: 'A.end by oom_reaper (tid 9)',
  expected: 'A.start of another section',
  text: 'seq=15: A.end by oom_reaper (tid 9) cannot happen',
} as const

const judgement: Judgement = {
  file: 'run.txt',
  record: {
    format: 'callbacks',
    scenario: 'oom_AB',
    kernel: '6.1.192',
    label: 'stock',
    events: [],
    notes: [],
  },
  verdicts: [
    { policy: 'mainline@4.19', resolved: 'mainline@4.19', verdict: 'refused', at },
    { policy: 'mainline@5.4', resolved: 'mainline@5.4', verdict: 'refused', at },
    { policy: 'mainline@6.1', resolved: 'mainline@5.12', verdict: 'explained' },
    { policy: 'x', resolved: 'x', verdict: 'unsupported', reason: 'it has intervals' },
  ],
}

describe('a judged record', () => {
  it('as text names the first event that does not fit, once for all policies of one mind', () => {
    expect(judgementText(judgement)).toBe(`\
run.txt
  oom_AB on 6.1.192, 0 events
  ✗ refused      mainline@4.19, mainline@5.4
      seq=15: A.end by oom_reaper (tid 9) cannot happen
  ✓ explained    mainline@6.1 (as mainline@5.12)
  ? unsupported  x
      it has intervals
`)
  })

  it('as JSON has what a program needs', () => {
    const { kind: _, ...where } = at
    expect(recordsJson([judgement])).toEqual({
      schema: 1,
      records: [
        {
          file: 'run.txt',
          scenario: 'oom_AB',
          kernel: '6.1.192',
          events: 0,
          judgements: [
            { policy: 'mainline@4.19', resolved: 'mainline@4.19', verdict: 'refused', at: where },
            { policy: 'mainline@5.4', resolved: 'mainline@5.4', verdict: 'refused', at: where },
            { policy: 'mainline@6.1', resolved: 'mainline@5.12', verdict: 'explained' },
            { policy: 'x', resolved: 'x', verdict: 'unsupported', reason: 'it has intervals' },
          ],
        },
      ],
    })
  })
})
