/**
 * Reductions on every small shipped cell that is not too large to be explored plainly as well: the same verdicts, the same
 * measures, the same schedules; and what they save.
 */
import { type CheckResult, check, type Reductions } from '@mmulab/checker'
import { type CellName, cellsOf } from '@mmulab/compare'
import { CLAIMS } from '@mmulab/model'
import { afterAll, describe, expect, it } from 'vitest'
import { explore, lab } from './lab.ts'

const CELLS: readonly CellName[] = cellsOf(lab, {
  policies: ['mainline@5.12', 'mainline@5.8+mayfail'],
  driverSets: [
    'kvm',
    'kvm+i915-userptr',
    'rdma-odp@4.20+i915-userptr',
    'hmm-mirror',
    'i915-userptr~unpinned',
    'kvm+kvm',
  ],
  scenarios: lab.scenarios.map((s) => s.name),
  size: 'small',
})

const LIMIT = 12_500
const MODES: readonly Reductions[] = [
  { fusion: true },
  { partialOrder: true },
  { symmetry: true },
  { fusion: true, partialOrder: true, symmetry: true },
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

describe('reduced and plain', () => {
  const rows: string[] = []
  const sums = [0, 0, 0, 0, 0]
  const row = (title: string, counts: readonly number[]): string => {
    const [plain = 0, , , , all = 1] = counts
    return `${title.padEnd(64)}${counts.map((n) => String(n).padStart(9)).join('')}${`${(plain / all).toFixed(1)}x`.padStart(8)}`
  }
  afterAll(() => {
    const head = row('cell', []).trim().padEnd(64)
    const names = ['plain', 'fusion', 'order', 'symmetry', 'all'].map((n) => n.padStart(9)).join('')
    console.info([`${head.slice(0, 64)}${names}`, ...rows, row('all of them', sums)].join('\n'))
  })

  it.each(CELLS.map((c) => [`${c.policy} ${c.drivers.join('+')} ${c.scenario}`, c] as const))(
    '%s',
    (title, c) => {
      const { linked, result } = explore(c.policy, c.drivers.join('+'), c.scenario)
      if (result.states > LIMIT) return
      const counts = [result.states]
      for (const reductions of MODES) {
        const r = check(linked, { reductions })
        expect(whole(r), JSON.stringify(reductions)).toEqual(whole(result))
        counts.push(r.reductions?.states ?? 0)
      }
      rows.push(row(title, counts))
      counts.forEach((n, i) => {
        sums[i] = (sums[i] ?? 0) + n
      })
    },
  )

  it('saves nine tenths and more of a larger one', () => {
    const { linked, result } = explore('mainline@5.12', 'kvm', 'reclaim', 'large')
    const r = check(linked, { reductions: { fusion: true, partialOrder: true, symmetry: true } })
    expect(whole(r)).toEqual(whole(result))
    expect(r.reductions?.states).toBeLessThan(result.states / 10)
  })

  it('saves something', () => {
    const [plain = 0, , , , all = 0] = sums
    expect(all).toBeLessThan(plain / 2)
  })
})
