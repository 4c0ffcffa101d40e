import { describe, expect, it } from 'vitest'
import { sideBySideText, sideOf } from '../src/index.ts'
import { balanceStory, progressStory } from './stories.ts'

describe('two policies side by side', () => {
  const left = balanceStory()
  const right = {
    ...left,
    name: { ...left.name, policy: 'mainline@5.12' },
    scenes: left.scenes.map((s, i) => (i < 5 ? s : { ...s, events: [] })),
  }

  it('stand line beside line, with the first difference marked', () => {
    expect(sideBySideText({ left, right, divergence: 5 })).toMatchInlineSnapshot(`
      "mainline@5.4                                       mainline@5.12
      -------------------------------------------------  -------------------------------------------------
      holder:                                            holder:
        hold()                                             hold()
         mutex_lock(&b.mutex)                               mutex_lock(&b.mutex)
      reaper:                                            reaper:
        reap()                                             reap()
         a_start()                                          a_start()
          spin_lock(&a.lock)                                 spin_lock(&a.lock)
          a.count 0 -> 1                                     a.count 0 -> 1
          spin_unlock(&a.lock)                               spin_unlock(&a.lock)
      --- from here on they differ -----------------------------------------------------------------------
         b_start()                                          (cannot go on here)
          mutex_trylock(&b.mutex): busy (holder holds
            it)
          return -EAGAIN
         * a section is refused
        !! a.count is not back to 0

      mainline@5.4 breaks balance: a.count is not back to 0. Finished: reaper.
      mainline@5.12 does not break balance on this schedule. Finished: reaper.
      "
    `)
  })

  it('say so where there is no difference', () => {
    const text = sideBySideText({ left, right: left, divergence: undefined })
    expect(text).toContain('--- no difference to the end ---')
  })

  it('are never wider than asked', () => {
    for (const width of [72, 80, 100])
      for (const line of sideBySideText({ left, right, divergence: 5 }, { width }).split('\n'))
        expect([...line].length).toBeLessThanOrEqual(width)
  })

  it('know what breaks first on each side', () => {
    expect(sideOf(left).broken).toBe('a.count is not back to 0')
    expect(sideOf(progressStory()).broken).toBeUndefined()
  })
})
