// Judging is long work too: it can be watched and stopped, and it keeps to the limit of memory.
import { expr, lt, plus, variable } from '@mmulab/model'
import { describe, expect, it } from 'vitest'
import type { Linked } from '../src/automaton.ts'
import { check, checkInSlices } from '../src/check.ts'
import type { Progress } from '../src/under-way.ts'
import { automaton, end, linkedOf, node, sequence } from './build.ts'

/** Tasks that count to `n`, each for itself, and one that can never finish once the first has counted. */
function counters(n: number, tasks: number): Linked {
  const counts = Array.from({ length: tasks }, (_, i) => variable(`n${i}`, { max: n }))
  const automata = counts.map((v, i) =>
    automaton(`t${i}`, [node({ set: [[v, plus(v, 1)]], answer: lt(v, n - 1), to: [1, 0] }), end]),
  )
  const stuck = sequence('stuck', [{ guard: lt(counts[0] ?? expr(0), 1), label: 'wait' }])
  return linkedOf([...automata, stuck], counts, {
    invariants: [{ claim: 'memory', holds: lt(counts[0] ?? expr(0), 2), message: 'two' }],
  })
}

/** Stops as soon as all states are explored. */
function stopAfterSearch(linked: Linked, patience = 0) {
  let searched = false
  let left = patience
  const seen: Progress[] = []
  const slices = checkInSlices(linked, {
    shouldStop: () => searched && left-- <= 0,
    reductions: {},
  })
  for (;;) {
    const slice = slices.next()
    if (slice.done) return { result: slice.value, seen }
    seen.push(slice.value)
    if (slice.value.waiting === 0) searched = true
  }
}

describe('judging', () => {
  it('says what it is about, and how far it has come', () => {
    const { result, seen } = stopAfterSearch(counters(70, 3), Number.POSITIVE_INFINITY)
    expect(result.claims.progress.verdict).toBe('violated')
    const what = new Set(seen.flatMap((p) => p.judging?.what ?? []))
    expect([...what]).toEqual(expect.arrayContaining(['edges', 'components']))
    for (const { judging, explored, waiting } of seen) {
      if (!judging) continue
      expect([explored, waiting]).toEqual([result.states, 0])
      expect(judging.done).toBeLessThanOrEqual(judging.of)
    }
  })

  it.each([0, 1, 2, 3, 4])(
    'stopped after %i looks it says what is known, and no more',
    (patience) => {
      const whole = check(counters(8, 2))
      const { result } = stopAfterSearch(counters(8, 2), patience)
      expect(result.complete).toBe(true)
      expect(result.claims.memory).toEqual(whole.claims.memory)
      for (const claim of ['progress', 'deadlock'] as const) {
        const c = result.claims[claim]
        if (c.verdict === 'unfinished') expect(c.message).toBe('unfinished: interrupted')
        else expect(c).toEqual(whole.claims[claim])
      }
      if (patience === 0) expect(result.claims.progress.verdict).toBe('unfinished')
    },
  )

  it('keeps to the limit of memory: what has no room is unfinished', () => {
    // So many that the table had to grow: a small world leaves more room in its first one than its edges need.
    const linked = counters(180, 2)
    const whole = check(linked)
    const searched = whole.bytesPerState * whole.states
    const tight = check(linked, { maxBytes: Math.ceil(searched) })
    expect(tight.complete).toBe(true)
    expect(tight.claims.progress).toMatchObject({
      verdict: 'unfinished',
      message: 'memory is exhausted by the edges of the states',
    })
    expect(tight.claims.deadlock.verdict).toBe('unfinished')
    // The way to what was found is a shortest one all the same.
    expect(tight.claims.memory).toMatchObject({ verdict: 'violated', steps: 2 })
    expect(check(linked, { maxBytes: Math.ceil(searched * 20) }).claims).toEqual(whole.claims)
  })
})
