/** Small, medium and large are three sizes: of a driver that keeps every promise each has more states than the one before. */
import { finish, isCell, runCell } from '@mmulab/compare'
import type { Size } from '@mmulab/core'
import { allPaths } from '@mmulab/scenarios'
import { describe, expect, it } from 'vitest'
import { lab } from './lab.ts'

/** Who has something to do there, where it is not the usual one. */
const REFERENCES: Readonly<Record<string, readonly [policy: string, driver: string]>> = {
  'pin-reclaim': ['mainline@5.8', 'i915-userptr'],
  'exit-implicit': ['mainline@6.6', 'rdma-odp'],
}
const referenceFor = (scenario: string): readonly [policy: string, driver: string] =>
  REFERENCES[scenario] ?? ['mainline@6.6', 'test-hmm']

/** Where sizes are equal in states for a driver that does not refuse, and why. */
const EQUAL: Readonly<Record<string, string>> = {
  'thp-split-register':
    'one page is dropped and one range registered, however many pages there are',
  'alloc-nowait': 'nothing is reclaimed, so that no page matters but those that fault',
  'alloc-atomic': 'nothing is reclaimed, so that no page matters but those that fault',
  'alloc-memalloc': 'nothing is reclaimed, so that no page matters but those that fault',
}

/** Paths, and the usual scenarios that are none. Beside one activity a path has the bounds that it has alone. */
const NAMES = [...new Set([...lab.scenarios, ...allPaths].map((s) => s.name))]
/** fork() and KSM of large take more than a minute to link; theirs are compared by their bounds (meetings.test.ts). */
const SLOW = ['fork', 'ksm']

const statesOf = (scenario: string, size: Size, maxStates?: number): number => {
  const [policy, driver] = referenceFor(scenario)
  const name = { policy, drivers: [driver], scenario, size }
  expect([name, isCell(lab, name)]).toEqual([name, true])
  return finish(runCell(lab, name, maxStates === undefined ? {} : { maxStates })).result.states
}

describe('the states of each size', () => {
  it.each(NAMES.filter((n) => !SLOW.includes(n)))(
    '%s',
    (scenario) => {
      const small = statesOf(scenario, 'small')
      const medium = statesOf(scenario, 'medium')
      // How many more there are does not matter.
      const large = statesOf(scenario, 'large', medium + 1)
      if (scenario in EQUAL) {
        expect(small).toBe(medium)
      } else {
        expect(small).toBeLessThan(medium)
        expect(medium).toBeLessThan(large)
      }
    },
    60_000,
  )
})
