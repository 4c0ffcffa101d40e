/** Old drivers break promises by themselves; what a mutant of theirs breaks in another way is told with its story. */
import { tellToken } from '@mmulab/compare'
import gntdev from '@mmulab/driver-gntdev'
import { judgeDriver, kitLab } from '@mmulab/testkit'
import { describe, expect, it } from 'vitest'

describe('gntdev as of 5.5, whose pages the reclaim of the model takes', () => {
  const driver = gntdev({ era: '5.5' })

  it('a grant that is mapped after mmap_lock is given back is stale where the original has none', () => {
    const [judged] = judgeDriver(driver, {
      only: (name) => name.endsWith('"up_write(&mmap_lock)" before "gntdev.grant[·] = ·"'),
    })
    const { fate } = judged ?? {}
    expect(fate).toMatchObject({ fate: 'killed', by: 'breaks-in-no-other-way', claim: 'coherence' })
    if (fate?.fate !== 'killed' || !judged) return
    const story = tellToken(kitLab(judged.mutant.driver), fate.token ?? '')
    expect([story.claim, story.scenes.length]).toEqual(['coherence', story.schedule.prefix])
  })
})
