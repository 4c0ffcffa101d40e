// Progress under strong fairness, from a cell to its story.
import { createLab, tellToken } from '@mmulab/compare'
import { describe, expect, it } from 'vitest'
import { standard } from '../src/index.ts'
import { explore } from './lab.ts'
import { restless } from './restless.ts'

const lab = createLab({ ...standard, drivers: [...standard.drivers, restless] })

describe('a driver that can be starved', () => {
  const report = explore('mainline@5.4', 'restless', 'dontneed', 'small', lab)

  it('can still finish from everywhere, and need not', () => {
    const { claims, fair } = report.result
    expect(claims.progress.verdict).toBe('holds')
    expect(fair).toMatchObject({
      verdict: 'violated',
      message:
        'reader need not finish: it retries for ever, as restless_device changes restless.seq again and again',
      starved: [{ task: 'reader', by: ['restless_device'], on: ['restless.seq'] }],
    })
  })

  it('its token replays the way and the loop, and the loop closes', () => {
    if (report.fairToken === undefined) throw new Error('no token')
    const story = tellToken(lab, report.fairToken)
    const { loop, prefix, stuck, fair } = story.schedule
    if (loop === undefined) throw new Error('no loop')
    expect([fair, story.tasks[stuck ?? -1], loop >= prefix]).toEqual([true, 'reader', true])
    const before = loop > 0 ? story.scenes[loop - 1]?.state : story.initial
    expect(story.scenes.at(-1)?.state).toEqual(before)
    // Everybody who could move once round has moved.
    const movers = new Set(story.scenes.slice(loop).map((s) => s.task))
    for (const [t, name] of story.tasks.entries())
      if (story.end.enabled(t)) expect(movers, name).toContain(t)
  })
})

it('under the kernels that lost the end it says that no fairness helps; under the others it holds', () => {
  const fair = (policy: string) => explore(policy, 'kvm+i915-userptr', 'oom-reap').result.fair
  expect(fair('mainline@5.4')).toMatchObject({ verdict: 'violated' })
  expect(fair('mainline@5.12')).toEqual({ verdict: 'holds' })
})
