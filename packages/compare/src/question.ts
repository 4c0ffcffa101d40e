/**
 * The question of the 2019 thread, as a selection of cells: two notifiers on one mm, one says yes to a start that may not block, the other
 * answers -EAGAIN; who ends what the first began? Asked for real drivers, under each kernel that behaved differently, and
 * under the proposals. Of ODP it is the era that the thread argued about, under every policy: what a patch does to a driver shows
 * only while the driver stays the same.
 */
import type { Selection } from './cells.ts'

export const QUESTION_2019: Selection = {
  policies: [
    'mainline@4.19',
    'mainline@5.4',
    'mainline@5.12',
    'mainline@5.4+unwind-on-fail',
    'mainline@5.8+mayfail',
  ],
  driverSets: [
    'kvm+i915-userptr',
    'i915-userptr+kvm',
    'rdma-odp@4.20+i915-userptr',
    'kvm',
    'i915-userptr',
  ],
  scenarios: ['oom-reap', 'oom-reap-faults', 'oom-reap-then-register', 'dontneed'],
  size: 'small',
}
