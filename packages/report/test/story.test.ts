import type { Story } from '@mmulab/compare'
import { describe, expect, it } from 'vitest'
import { narrate, type Paint, storyJson, storyText, storyTitle } from '../src/index.ts'
import { balanceStory, crowd, deadlockStory, progressStory, starvationStory } from './stories.ts'

/** Marks what is painted, so that a test can take it away again. */
const loud = (t: string): string => `\u0001${t}\u0002`
const LOUD: Paint = { good: loud, bad: loud, doubt: loud, dim: loud, strong: loud }
const unpainted = (text: string): string => text.replaceAll('\u0001', '').replaceAll('\u0002', '')

const widest = (text: string): number =>
  Math.max(...text.split('\n').map((line) => [...line].length))

describe('a story', () => {
  it('of a broken state names it where it breaks and says under the drawing what was required', () => {
    expect(storyText(balanceStory())).toBe(`\
CPU0 (holder)          CPU1 (reaper)
---------------------  -------------------------------------------------
hold()
 mutex_lock(&b.mutex)
                       reap()
                        a_start()
                         spin_lock(&a.lock)
                         a.count 0 -> 1
                         spin_unlock(&a.lock)
                        b_start()
                         mutex_trylock(&b.mutex): busy (holder holds it)
                         return -EAGAIN
                        * a section is refused
                        section begins or ends: sections 1 -> 0
                       !! a.count is not back to 0

[Required: every start that said yes gets its one end]
`)
  })

  it('under a policy known in part carries its mark', () => {
    const story = { ...balanceStory(), partlyKnown: ['idea: never written'] }
    expect(storyText(story)).toContain('~ the text of this policy is known in part\n')
    expect(storyTitle(story)).toContain('under mainline@5.4 ~: ')
    expect(storyJson(story, 'token').partlyKnown).toEqual(['idea: never written'])
    expect(storyJson(balanceStory(), 'token')).not.toHaveProperty('partlyKnown')
  })

  it('of a lost future marks the point of no return, folds what others do, and tells the loop once', () => {
    expect(storyText(progressStory())).toBe(`\
CPU0 (holder)           CPU1 (reaper)             CPU2 (vcpu0)
----------------------  ------------------------  ----------------------------
hold()
  mutex_lock(&b.mutex)
                        reap()
                          a_start()
                            spin_lock(&a.lock)
                            a.count 0 -> 1
--- from here on vcpu0 can never finish --------------------------------------
                            spin_unlock(&a.lock)
--- 4 more steps: reaper and holder finish -----------------------------------
--- vcpu0 goes round for ever: -----------------------------------------------
                                                  fault()
                                                    retry() = 1 (a.count is 1)
                                                  ... and again, for ever

[Required: every task can finish] vcpu0 can never finish: it retries for
  ever.
`)
  })

  it('marks the point of no return where it is known, and the latest one where it is not', () => {
    const told = (schedule: Partial<Story['schedule']>): string => {
      const story = deadlockStory()
      return storyText({ ...story, schedule: { ...story.schedule, ...schedule } })
    }
    expect(told({})).toContain('--- from here on one can never finish ---')
    const { pointOfNoReturn: _, ...unknown } = deadlockStory().schedule
    expect(storyText({ ...deadlockStory(), schedule: unknown })).toContain(
      '--- from here on, at the latest, one can never finish ---',
    )
    // What a world wants to stay possible has a point of no return and nobody who is stuck.
    expect(
      storyText({ ...deadlockStory(), schedule: { prefix: 2, pointOfNoReturn: 0 } }),
    ).toContain('--- from here on there is no way back ---')
  })

  it('of a fair run that starves a task tells the loop, and that everybody has a turn', () => {
    const text = storyText(starvationStory())
    expect(text).not.toContain('can never finish')
    expect(text).toMatch(/^--- vcpu0 and flusher go round for\n {4}ever, each with its turn:$/m)
    expect(text).toContain('... and again, for ever')
    expect(text.replace(/\s+/g, ' ')).toContain(
      '[Required: every task does finish, on every run that gives each its turn] vcpu0 could finish and need not: vcpu0 and flusher go round for ever.',
    )
    expect(storyTitle(starvationStory())).toMatch(/^progress under strong fairness, from the start/)
  })

  it('of a deadlock ends with who waits for whom', () => {
    const text = storyText(deadlockStory())
    expect(text).toContain('--- from here on one can never finish ---')
    expect(text).toMatch(/^ +waits for ever for b.lock, which\n +two holds$/m)
    expect(narrate(deadlockStory()).broken).toBe(
      'one waits for ever for b.lock, which two holds; two waits for ever for a.lock, which one holds',
    )
  })

  it('tells every step when it is asked to', () => {
    const full = storyText(progressStory(), { full: true })
    for (const step of ['sections 0 -> 1', 'sections 1 -> 0', 'mutex_unlock(&b.mutex)', '-EAGAIN'])
      expect(full).toContain(step)
    expect(full).not.toContain('more steps')
  })

  it('has a title', () => {
    expect(storyTitle(balanceStory())).toBe('balance, 7 steps, under mainline@5.4: a+b in tiny')
  })
})

describe('a drawing', () => {
  it.each([
    [1, 72],
    [2, 72],
    [3, 100],
    [4, 110],
    [6, 72],
  ])('of %i tasks is at most %i wide', (tasks, width) => {
    expect(widest(storyText(crowd(tasks)))).toBeLessThanOrEqual(width)
  })

  it('of many tasks is made of blocks', () => {
    expect(storyText(crowd(5))).toContain('CPU4 (worker4)\n    a_rather_long_function_name()\n')
  })

  it('breaks a name that is too long at an underscore', () => {
    expect(storyText(crowd(4), { width: 90 })).toMatch(/a_rather_long_\n +function_name\(\)/)
  })

  it.each([balanceStory(), progressStory(), deadlockStory()])(
    'says the same without colour: $claim',
    (story) => {
      const plain = storyText(story)
      const painted = storyText(story, { paint: LOUD })
      expect(painted).not.toBe(plain)
      expect(unpainted(painted).replace(/ +$/gm, '')).toBe(plain)
    },
  )
})
