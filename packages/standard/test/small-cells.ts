/** The cells over which engines and reductions are compared with their plain twins: every driver in every scenario, and then some. */
import { type CellName, cellsOf, formatCell } from '@mmulab/compare'
import { lab } from './lab.ts'

const scenarios = lab.scenarios.map((s) => s.name)

/** Each driver as it is newest, alone. */
const alone = cellsOf(lab, {
  policies: ['mainline@5.12'],
  driverSets: [...new Set(lab.drivers.map((d) => d.name))],
  scenarios,
  size: 'small',
})

/** Two drivers, variants, a patch. */
const pairs = (policies: readonly string[]): CellName[] =>
  cellsOf(lab, {
    policies,
    driverSets: [
      'kvm',
      'kvm+i915-userptr',
      'rdma-odp@4.20+i915-userptr',
      'hmm-mirror',
      'i915-userptr~unpinned',
      'kvm+kvm',
    ],
    scenarios,
    size: 'small',
  })

/** Older kernels, and drivers of both kinds. */
const eras = [
  ...pairs(['mainline@4.19']),
  ...cellsOf(lab, {
    policies: ['mainline@5.5', 'mainline@7.2'],
    driverSets: ['test-hmm', 'test-hmm+i915-userptr', 'kvm+test-hmm'],
    scenarios,
    size: 'small',
  }),
  ...cellsOf(lab, {
    policies: ['mainline@4.6', 'mainline@4.16'],
    driverSets: ['kvm', 'kvm+i915-userptr'],
    scenarios: ['oom-reap', 'oom-reap-faults'],
    size: 'small',
  }),
]

const once = (cells: readonly CellName[]): CellName[] => [
  ...new Map(cells.map((c) => [formatCell(c), c])).values(),
]

/** For every combination of reductions, each of which takes some ten milliseconds to be made ready for a cell. */
export const REDUCED_CELLS: readonly CellName[] = once([
  ...alone,
  ...pairs(['mainline@5.12', 'mainline@5.8+mayfail']),
])

export const SMALL_CELLS: readonly CellName[] = once([...REDUCED_CELLS, ...eras])

/** Larger ones are left to SPIN: it is these that a run of all tests has the time to explore ten times over. */
export const MOST_STATES = 2_000

export const titleOf = (c: CellName): string => `${c.policy} ${c.drivers.join('+')} ${c.scenario}`
