/** The worlds of the benchmark: cells of shipped plugins, built as the command line builds them. */
import type { CellName } from '@mmulab/compare'

const cell = (
  policy: string,
  drivers: string,
  scenario: string,
  size: 'small' | 'medium' | 'large',
): CellName => ({
  policy,
  drivers: drivers.split('+'),
  scenario,
  size,
})

export const WORLDS: readonly CellName[] = [
  cell('mainline@5.12', 'hmm-mirror+i915-userptr', 'oom-reap-faults', 'small'),
  cell('mainline@5.4', 'kvm+rdma-odp@4.20', 'overlap', 'small'),
  cell('mainline@5.12', 'kvm+i915-userptr', 'oom-reap-faults', 'large'),
  cell('mainline@5.12', 'rdma-odp@4.20+i915-userptr', 'overlap', 'large'),
]

/** Beside SPIN: of about 0.2, 2, 5 and 7 million states. */
export const PEER_WORLDS: readonly CellName[] = [
  cell('mainline@5.12', 'rdma-odp@4.20+hmm-mirror', 'oom-reap-faults', 'small'),
  cell('mainline@5.12', 'kvm+i915-userptr', 'oom-reap-faults', 'large'),
  cell('mainline@5.12', 'rdma-odp@4.20+i915-userptr', 'overlap', 'large'),
  cell('mainline@5.12', 'rdma-odp+hmm-mirror', 'oom-reap-faults', 'large'),
]

/** By one thread and by several, in one memory and in several: of about 2 and 5 million. */
export const WAYS_WORLDS: readonly CellName[] = PEER_WORLDS.slice(1, 3)

/** Of 69 million. */
export const LARGEST: readonly CellName[] = [
  cell('mainline@5.12', 'kvm@5.11+rdma-odp@4.19', 'oom-reap-faults', 'large'),
]

/** Larger ones, of every way into the notifier core: what reductions bring. */
export const REDUCED_WORLDS: readonly CellName[] = [
  cell('mainline@5.12', 'kvm', 'dontneed', 'large'),
  cell('mainline@5.12', 'kvm', 'reclaim', 'large'),
  cell('mainline@5.12', 'kvm', 'overlap', 'large'),
  cell('mainline@5.12', 'kvm', 'hole-punch', 'large'),
  cell('mainline@5.12', 'kvm', 'register-in-section', 'large'),
  cell('mainline@5.12', 'kvm', 'cow', 'large'),
  cell('mainline@5.12', 'hmm-mirror', 'reclaim', 'large'),
  cell('mainline@5.12', 'hmm-mirror', 'overlap', 'large'),
  cell('mainline@5.12', 'hmm-mirror', 'oom-reap-faults', 'large'),
  cell('mainline@5.12', 'kvm+i915-userptr', 'oom-reap-faults', 'large'),
  cell('mainline@5.12', 'kvm+i915-userptr', 'overlap', 'large'),
  cell('mainline@5.12', 'rdma-odp', 'exit', 'large'),
  cell('mainline@5.12', 'rdma-odp', 'overlap', 'large'),
  cell('mainline@5.12', 'gru', 'thp-split', 'large'),
]

/** Of about 5 and 9 million: every promise on progress is kept, and both strengths are broken. */
export const JUDGED_WORLDS: readonly CellName[] = [
  cell('mainline@5.12', 'rdma-odp@4.20+i915-userptr', 'overlap', 'large'),
  cell('mainline@5.4', 'hmm-mirror+i915-userptr', 'oom-reap-faults', 'medium'),
]

/** Of all shipped cells those that are known to take longest to record and link. */
export const SLOW_TO_RECORD: readonly CellName[] = [
  cell('mainline@7.2', 'kvm+kvm', 'ksm-join', 'small'),
  cell('mainline@7.2', 'kvm+kvm', 'ksm-join', 'medium'),
  cell('mainline@5.12', 'kvm+kvm', 'ksm-join', 'large'),
]

/** What somebody edits and wants to have judged at once: some 20,000 states. */
export const EDITED: CellName = cell('mainline@5.4', 'kvm', 'overlap', 'small')
