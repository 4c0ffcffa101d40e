// The guess at the number of states, made when some twenty thousand are known, against what comes out in the end.
import { checkInSlices, link } from '@mmulab/checker'
import { buildNamed, type CellName } from '@mmulab/compare'
import { describe, expect, it } from 'vitest'
import { lab } from './lab.ts'

const CELLS = ['mainline@5.12', 'mainline@5.4'].flatMap((policy) =>
  [
    ['kvm', 'hole-punch'],
    ['kvm', 'overlap'],
    ['rdma-odp', 'cow'],
    ['kvm', 'reclaim'],
    ['hmm-mirror', 'thp-split'],
    ['kvm+i915-userptr', 'pin-reclaim'],
    ['kvm+i915-userptr', 'oom-reap-faults'],
  ].map(
    ([drivers = '', scenario = '']): CellName => ({
      policy,
      drivers: drivers.split('+'),
      scenario,
      size: 'large',
    }),
  ),
)
const LIMIT = 1_000_000

describe('the estimate', () => {
  it('is within the factor that it states, for large shipped cells', () => {
    const rows: string[] = []
    for (const name of CELLS) {
      const linked = link(buildNamed(lab, name).world)
      const slices = checkInSlices(linked, { slice: 10_000, maxStates: LIMIT, reductions: {} })
      let guess: { states: number; factor: number } | undefined
      let [states, whole] = [0, false]
      for (let slice = slices.next(); !slice.done; slice = slices.next()) {
        guess ??= slice.value.estimate?.()
        states = slice.value.explored + slice.value.waiting
        whole = slice.value.waiting === 0
        // The verdicts are not asked for.
        if (slice.value.isSearched) break
      }
      slices.return?.(undefined as never)
      // One that was too large to finish says at least that much.
      const low = whole ? states / (guess?.factor ?? 1) : 0
      if (!guess || states < 40_000) continue
      const times = guess.states / states
      rows.push(
        `${name.policy} ${name.drivers.join('+')} ${name.scenario}: ${states}${whole ? '' : ' at least'}, guessed ${guess.states}, ${times.toFixed(2)} times`,
      )
      expect(guess.states, rows.at(-1)).toBeGreaterThanOrEqual(low)
      if (whole) expect(guess.states, rows.at(-1)).toBeLessThanOrEqual(states * guess.factor)
    }
    console.info(rows.join('\n'))
    expect(rows.length).toBeGreaterThan(5)
  }, 120_000)
})
