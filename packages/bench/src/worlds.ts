/** The worlds of the benchmark: cells of shipped plugins, built as the command line builds them. */
import type { CellName } from '@mmulab/compare'

const cell = (
  policy: string,
  drivers: string,
  scenario: string,
  size: 'small' | 'large',
): CellName => ({
  policy,
  drivers: drivers.split('+'),
  scenario,
  size,
})

export const WORLDS: readonly CellName[] = [
  cell('mainline@5.12', 'hmm-mirror+i915-userptr', 'oom-reap-faults', 'small'),
  cell('mainline@5.4', 'kvm+rdma-odp', 'overlap', 'small'),
  cell('mainline@5.12', 'kvm+i915-userptr', 'oom-reap-faults', 'large'),
]
