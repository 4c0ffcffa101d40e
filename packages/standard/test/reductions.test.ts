/**
 * Every combination of reductions on every small shipped cell that is not too large for it: the same verdict on every claim, the
 * same measures, the same schedules; and what they save.
 */
import { type CheckResult, check, type Reductions } from '@mmulab/checker'
import { CLAIMS } from '@mmulab/model'
import { afterAll, describe, expect, it } from 'vitest'
import { explore } from './lab.ts'
import { MOST_STATES, REDUCED_CELLS, titleOf } from './small-cells.ts'

const MODES: readonly Reductions[] = [
  { fusion: true },
  { partialOrder: true },
  { fusion: true, partialOrder: true },
  { symmetry: true },
  { fusion: true, symmetry: true },
  { partialOrder: true, symmetry: true },
  { fusion: true, partialOrder: true, symmetry: true },
  { slicing: true },
  { fusion: true, partialOrder: true, symmetry: true, slicing: true },
]

const whole = (r: CheckResult): unknown => ({
  claims: CLAIMS.map((c) => {
    const { verdict, steps, switches, schedule } = r.claims[c]
    return [c, verdict, steps, switches, schedule]
  }),
  fair: r.fair,
  sometimes: r.sometimes,
  measures: r.measures,
  neverReached: r.neverReached,
})

const nameOf = (r: Reductions): string =>
  Object.keys(r)
    .map((k) => k.replace('partialOrder', 'order'))
    .join('+')

describe('reduced and plain', () => {
  const rows: string[] = []
  const sums = MODES.map(() => 0)
  const total = { cells: 0, plain: 0, equal: 0 }
  afterAll(() => {
    const head = MODES.map((m) => nameOf(m).padStart(22)).join('')
    console.info([`${'cells with equal tasks'.padEnd(64)}    plain${head}`, ...rows].join('\n'))
    const whole = sums.map((n, i) => `${nameOf(MODES[i] ?? {})} ${n}`).join(', ')
    console.info(
      `${total.cells} of ${REDUCED_CELLS.length} cells have at most ${MOST_STATES} states: plain ${total.plain}, ${whole}`,
    )
  })

  it.each(REDUCED_CELLS.map((c) => [titleOf(c), c] as const))('%s', (title, c) => {
    const { linked, result } = explore(c.policy, c.drivers.join('+'), c.scenario)
    if (result.states > MOST_STATES) return
    const counts: number[] = []
    const compare = (reductions: Reductions): CheckResult => {
      const r = check(linked, { reductions })
      expect(whole(r), nameOf(reductions)).toEqual(whole(result))
      return r
    }
    const isSymmetric = compare({ symmetry: true }).reductions?.symmetry?.exchanges.length !== 0
    MODES.forEach((reductions, i) => {
      // Where nobody changes places symmetry changes nothing.
      const isKnown = reductions.symmetry && !reductions.slicing && !isSymmetric
      const known = isKnown ? (counts[i - 4] ?? result.states) : 0
      counts.push(known || (compare(reductions).reductions?.states ?? 0))
    })
    total.cells++
    total.plain += result.states
    if (isSymmetric) total.equal++
    if (isSymmetric)
      rows.push(
        `${title.padEnd(64)}${String(result.states).padStart(9)}${counts.map((n) => String(n).padStart(22)).join('')}`,
      )
    counts.forEach((n, i) => {
      sums[i] = (sums[i] ?? 0) + n
    })
  })

  it('saves nine tenths and more of a larger one', () => {
    const { linked } = explore('mainline@5.12', 'kvm', 'reclaim', 'large')
    // Of its own accord it would be searched with reductions.
    const result = check(linked, { reductions: {} })
    const r = check(linked, { reductions: MODES.at(-1) })
    expect(whole(r)).toEqual(whole(result))
    expect(r.reductions?.states).toBeLessThan(result.states / 10)
  })

  it('was compared over enough cells, and saves something', () => {
    expect(total.cells).toBeGreaterThan(200)
    expect(total.equal).toBeGreaterThan(3)
    expect(sums.at(-1)).toBeLessThan(total.plain / 2)
  })
})
