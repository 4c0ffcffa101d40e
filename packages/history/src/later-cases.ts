/** Known bugs of later kernels, and of the drivers and paths that came with them. */
import { at, type HistoryCase } from './case.ts'

export const LATER: readonly HistoryCase[] = [
  {
    id: 'lost-end-gru',
    number: 3,
    title: 'i915 refuses, the GRU hears no end: its TLB misses wait for ever',
    source: '93065ac753e4 (4.19)',
    bug: at('mainline@5.4', 'gru+i915-userptr', 'oom-reap'),
    breaks: ['balance', 'progress'],
    fixed: at('mainline@5.12', 'gru+i915-userptr', 'oom-reap'),
    fix: 'c2655835fd8c (5.12)',
  },
  {
    id: 'lost-end-amdgpu',
    number: 3,
    title: 'gntdev refuses, amdgpu hears no end: nobody can submit a job any more',
    source: '93065ac753e4 (4.19)',
    bug: at('mainline@4.19', 'amdgpu@4.19+gntdev@4.19', 'oom-reap-register'),
    breaks: ['balance', 'progress'],
    fixed: at('mainline@4.19+undo-by-address', 'amdgpu@4.19+gntdev@4.19', 'oom-reap-register'),
    fix: 'proposed 2019-07-24: undo by address; amdgpu has done without that lock since 5.2',
  },
  {
    id: 'khugepaged-in-silence',
    number: 21,
    title: 'khugepaged takes page tables of a file away without a section: KVM keeps the pages',
    source: 'CVE-2022-48991',
    bug: at('mainline@5.19', 'kvm@5.15', 'collapse-file'),
    breaks: ['memory', 'coherence'],
    fixed: at('mainline@6.1', 'kvm@5.15', 'collapse-file'),
    fix: 'f268f6cf875f (6.1)',
  },
  {
    id: 'odp-error-keeps-lock',
    number: 35,
    title:
      'a fault of RDMA on-demand paging that fails keeps umem_mutex, and the next section hangs',
    source: 'drivers/infiniband/sw/rxe, missing unlock on error (2025-12)',
    bug: at('mainline@6.6', 'rdma-odp~leaky', 'dontneed'),
    breaks: ['progress'],
    fixed: at('mainline@6.6', 'rdma-odp@5.5', 'dontneed'),
    fix: 'an unlock on the way out',
  },
  {
    id: 'mayfail-memory-failure',
    number: 53,
    title: 'under MAYFAIL memory failure leaves the device on the poisoned page',
    source: '20200624080248.3701-1-chris@chris-wilson.co.uk (not merged)',
    bug: at('mainline@5.8+mayfail', 'i915-userptr', 'memory-failure'),
    breaks: ['coherence'],
    fixed: at('mainline@5.8', 'i915-userptr', 'memory-failure'),
    fix: 'not merged',
  },
  {
    id: 'nouveau-own-tree',
    title:
      'the list notifier of nouveau refuses, and its own intervals are never told: faults hang',
    source: '99cb252f5e68 to 7.3 (derived from the sources)',
    bug: at('mainline@5.7', 'nouveau-svm', 'oom-reap-faults'),
    breaks: ['balance', 'progress'],
    fixed: at('mainline@5.12+unwind-intervals', 'nouveau-svm', 'oom-reap-faults'),
    fix: 'none yet; a control experiment of ours',
  },
  {
    id: 'rt-atomic-sleep',
    number: 56,
    title:
      'on PREEMPT_RT the start of KVM takes spinlocks, which sleep there, where it may not block',
    source: 'PREEMPT_RT, 5.4 to 7.3; a splat of 6.19-rc6',
    bug: at('mainline@6.6+preempt-rt', 'kvm', 'oom-reap'),
    breaks: ['context'],
    fixed: at('mainline@6.6+preempt-rt+rt-locks-in-non-block', 'kvm', 'oom-reap'),
    fix: 'not merged: spinlocks of PREEMPT_RT allowed inside non_block_start()',
  },
  {
    id: 'rt-unregister-in-walk',
    number: 55,
    title:
      'the reaper unregisters a notifier inside the SRCU section of its own walk, and waits for itself',
    source: 'a proposal of 2026-03 (not merged)',
    bug: at('mainline@6.6+preempt-rt+unregister-at-oom', 'kvm', 'oom-reap'),
    breaks: ['deadlock', 'progress'],
    fixed: at('mainline@6.6+preempt-rt', 'kvm', 'oom-reap'),
    fix: 'not merged',
  },
]
