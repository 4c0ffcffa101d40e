/** Two states are alike where nobody who sees only what is shown can tell them apart: by examples, and beside a slow twin. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Shown, stutteringAlike } from '../src/mutants/stuttering.ts'

/** `moves[s]`: where state `s` can go; `shows[s]`: what it shows. */
function graph(moves: readonly (readonly number[])[], shows: readonly number[]): Shown {
  const first = [0]
  for (const m of moves) first.push((first.at(-1) ?? 0) + m.length)
  return { states: moves.length, first, target: moves.flat(), shows }
}

describe('states are alike', () => {
  it('with a step in between that shows nothing', () => {
    // 0 -> 1 against 2 -> 3 -> 4
    expect(stutteringAlike(graph([[1], [], [3], [4], []], [0, 1, 0, 0, 1]), 0, 2)).toBe(true)
  })

  it('with a loop that shows nothing', () => {
    expect(stutteringAlike(graph([[1], [], [2, 3], []], [0, 1, 0, 1]), 0, 2)).toBe(true)
  })

  it('but not where one can come to show what the other cannot', () => {
    expect(stutteringAlike(graph([[1], [], [3, 4], [], []], [0, 1, 0, 1, 2]), 0, 2)).toBe(false)
  })

  it('nor where a step that shows nothing gives a choice away', () => {
    // 0 chooses when it shows; 3 has chosen before.
    const g = graph([[1, 2], [], [], [4, 5], [6], [7], [], []], [0, 1, 2, 0, 0, 0, 1, 2])
    expect(stutteringAlike(g, 0, 3)).toBe(false)
  })
})

/** Takes pairs away until those are left that can answer each other: the definition, as it stands. */
function plainAlike({ states, first, target, shows }: Shown, a: number, b: number): boolean {
  const next = (s: number): number[] =>
    Array.from(
      { length: (first[s + 1] ?? 0) - (first[s] ?? 0) },
      (_, i) => target[(first[s] ?? 0) + i] ?? 0,
    )
  const related = Array.from({ length: states }, (_, s) =>
    Array.from({ length: states }, (_, t) => shows[s] === shows[t]),
  )
  const has = (s: number, t: number): boolean => related[s]?.[t] === true
  /** `t` goes on, alike to `s` all the way, and then comes to something alike to `to`; or `to` is nothing new. */
  const answers = (s: number, to: number, t: number): boolean => {
    if (has(to, t)) return true
    const seen = new Set([t])
    for (const at of seen)
      for (const n of next(at)) {
        if (has(to, n)) return true
        if (has(s, n)) seen.add(n)
      }
    return false
  }
  for (let changed = true; changed; ) {
    changed = false
    for (let s = 0; s < states; s++)
      for (let t = 0; t < states; t++) {
        if (!has(s, t)) continue
        if (next(s).every((to) => answers(s, to, t)) && next(t).every((to) => answers(t, to, s)))
          continue
        for (const [x, y] of [
          [s, t],
          [t, s],
        ] as const)
          (related[x] as boolean[])[y] = false
        changed = true
      }
  }
  return has(a, b)
}

describe('beside the definition', () => {
  it('on graphs of any shape', () => {
    const state = fc.integer({ min: 0, max: 7 })
    const any = fc.tuple(
      fc.array(fc.array(state, { maxLength: 3 }), { minLength: 8, maxLength: 8 }),
      fc.array(fc.integer({ min: 0, max: 2 }), { minLength: 8, maxLength: 8 }),
    )
    fc.assert(
      fc.property(any, ([moves, shows]) => {
        const g = graph(moves, shows)
        for (let s = 0; s < 8; s++)
          for (let t = 0; t < s; t++) expect(stutteringAlike(g, s, t)).toBe(plainAlike(g, s, t))
      }),
      { numRuns: 300 },
    )
  })
})
