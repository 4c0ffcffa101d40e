import { describe, expect, it } from 'vitest'
import { cellJson, cellsJson, cellText, standing } from '../src/index.ts'
import { LOST_END, RETRY, reportOf, UNFINISHED } from './reports.ts'

const report = reportOf({
  drivers: 'kvm+i915-userptr',
  policy: 'mainline@5.8',
  resolved: 'mainline@5.4',
  claims: {
    balance: LOST_END,
    deadlock: {
      ...RETRY,
      message: 'a waits for b',
      fewestSwitches: false,
      waitFor: [{ task: 'a', at: 'f > lock', on: 'the lock', waitsFor: ['b'] }],
    },
    'lock-order': { verdict: 'violated', message: 'a cycle', cycle: ['A -> B', 'B -> A'] },
    oom: { verdict: 'not-claimed', message: 'no OOM reaper runs here' },
  },
  result: { neverReached: ['t: f > x = 1'] },
})

describe('a cell as text', () => {
  it('gives every promise its verdict and says what was not covered', () => {
    expect(cellText(report)).toMatchInlineSnapshot(`
      "mainline@5.8 with kvm+i915-userptr in oom-reap (small)
        scenario  the OOM reaper runs
        policy    mainline@5.4: as it was
        drivers   kvm@1.0, i915-userptr@1.0; called in this order: i915-userptr, kvm
        tasks     oom_reaper, vcpu0
        bounds    vmas 1, reapAttempts 2
        explored  1,042 states, 2,010 transitions, depth 65

      ✓ memory     holds
      ✓ coherence  holds
      ✗ balance    violated after 15 steps and 1 switch
          no section is open, and kvm.mmu_notifier_count is not back to 0
      ✓ context    holds
      ✗ deadlock   violated after 15 steps and 1 switch (perhaps not the fewest)
          a waits for b
          a waits for the lock: b
      ✓ progress   holds
        ✓ fairly   holds
      – oom        not claimed
          no OOM reaper runs here
      ✓ warn       holds
      ✗ lock-order violated
          a cycle
          A -> B
          B -> A
      ✓ bound      holds

      Can happen
        ✓ a VMA is refused
      Measured
        pages reaped: 0 to 2 of 2
      Not covered
        beyond the bounds: vmas 1
      Never reached: 1 op
        t: f > x = 1
      "
    `)
  })

  it('lists on request every op that was never reached, with its source', () => {
    const ops = Array.from({ length: 7 }, (_, i) => `t: f > x = ${i}`)
    const long = reportOf({ result: { neverReached: ops } })
    const nodes = ops.map((_, i) => ({
      stack: ['f'],
      label: `x = ${i}`,
      source: 'mm/oom_kill.c:f',
    }))
    const linked = { automata: [{ name: 't', nodes }] } as unknown as typeof long.linked
    expect(cellText(long)).toContain('Never reached: 7 ops\n  t: f > x = 0\n')
    expect(cellText(long)).toContain('and 2 more (--coverage lists them)')
    const text = cellText({ ...long, linked }, { coverage: true })
    expect(text).toContain('  t: f > x = 6 [mm/oom_kill.c:f]\n')
    expect(text).not.toContain('more')
    expect(cellJson({ ...long, linked })).not.toHaveProperty('coverage')
    expect(cellJson({ ...long, linked }, { coverage: true }).coverage?.neverReached[6]).toEqual({
      task: 't',
      op: 'f > x = 6',
      source: 'mm/oom_kill.c:f',
    })
  })

  it('gives progress its second strength: who starves, by whom, on what', () => {
    const run = {
      message:
        'vcpu0 need not finish: it retries for ever, as madvise0 changes seq again and again',
      steps: 3,
      switches: 1,
      fewestSwitches: true,
      schedule: {
        claim: 'progress' as const,
        moves: Array.from({ length: 7 }, () => ({ task: 0, answer: 0 })),
        prefix: 3,
        loop: 3,
        stuck: 0,
        fair: true as const,
      },
      shortestLoop: true,
      starved: [
        { task: 'vcpu0', waits: false, by: ['madvise0'], on: ['seq'] },
        { task: 'close', waits: true, by: ['vcpu0'], on: ['the lock'] },
      ],
    }
    const violated = reportOf({ result: { fair: { verdict: 'violated', ...run } } })
    const text = cellText(violated)
    expect(text).toContain(`✓ progress   holds
  ✗ fairly   violated after 3 steps and 1 switch, in a loop of 4 steps
      vcpu0 need not finish: it retries for ever, as madvise0 changes seq again
      and again
      close need not either: it waits for the lock
      No way into such a loop is shorter, nor a loop there on which as few tasks
      move.
`)
    expect(cellJson({ ...violated, fairToken: 'mmu1.fair' }).fair).toEqual({
      verdict: 'violated',
      message: run.message,
      schedule: 'mmu1.fair',
      steps: 3,
      switches: 1,
      loop: 4,
      starved: run.starved,
    })
    expect(standing(violated.result)).toBe('violated')
    const doubtful = { verdict: 'violated' as const, ...run, shortestLoop: false }
    expect(cellText(reportOf({ result: { fair: doubtful } }))).toContain(
      'No way into such a loop is shorter; the loop may not be the shortest.',
    )
    expect(cellJson(reportOf({ result: { fair: doubtful } })).fair).toMatchObject({
      loop: 4,
      shortestLoop: false,
    })
    const unless = reportOf({ result: { fair: { verdict: 'holds', unless: run } } })
    expect(cellText(unless)).toContain('✓ fairly   holds, unless a choice always goes the same way')
    expect(standing(unless.result)).toBe('holds')
    expect(cellJson(unless).fair).toMatchObject({ verdict: 'holds', unless: { loop: 4 } })
  })

  it('says once why a search did not finish', () => {
    const text = cellText(reportOf(UNFINISHED))
    expect(text.match(/the limit was met/g)).toHaveLength(1)
    expect(text).toContain('? balance    unfinished\n')
    expect(text).toContain('\nUnfinished: the limit was met.\n')
  })
})

describe('a cell under a policy known in part', () => {
  it('has the mark at every verdict, and says once what it means', () => {
    const lines = cellText(reportOf({ partlyKnown: ['idea: never written'] })).split('\n')
    const verdicts = lines.filter((l) => /^\s*[✓✗?–] .*(holds|violated|not claimed)/.test(l))
    expect(verdicts.length).toBeGreaterThanOrEqual(10)
    for (const line of verdicts) expect(line).toContain(' ~')
    expect(lines.filter((l) => l.includes('known in part'))).toHaveLength(1)
    expect(lines.join()).toContain('never written')
  })
})

describe('a cell as JSON', () => {
  it('has the fields of schema 1', () => {
    const json = cellJson(report)
    expect(Object.keys(json)).toEqual([
      'policy',
      'drivers',
      'scenario',
      'size',
      'bounds',
      'states',
      'transitions',
      'complete',
      'claims',
      'fair',
      'sometimes',
      'measures',
      'resolved',
      'partlyKnown',
      'notCovered',
      'neverReached',
    ])
    expect(json.claims.balance).toEqual({
      verdict: 'violated',
      message: LOST_END.message,
      schedule: 'mmu1.balance',
      steps: 15,
      switches: 1,
    })
    expect(json.claims.memory).toEqual({ verdict: 'holds' })
    expect(json.claims.oom.verdict).toBe('not-claimed')
    expect(json.resolved).toEqual({
      policy: 'mainline@5.4',
      drivers: ['kvm@1.0', 'i915-userptr@1.0'],
    })
  })

  it('marks every verdict under a policy known in part', () => {
    const json = cellJson(reportOf({ partlyKnown: ['+idea: never written'] }))
    expect(json.partlyKnown).toEqual(['+idea: never written'])
    expect(Object.values(json.claims).every((c) => c.partlyKnown)).toBe(true)
    expect(json.fair.partlyKnown).toBe(true)
    expect(JSON.stringify(cellJson(report).claims)).not.toContain('partlyKnown')
  })

  it('names the cells that were not run', () => {
    expect(cellsJson([report])).not.toHaveProperty('notRun')
    expect(cellsJson([], [report.name]).notRun).toEqual([report.name])
  })
})
