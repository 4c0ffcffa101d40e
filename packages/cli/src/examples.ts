/** Commands that work as they stand; the first thing that --help says. */
export const EXAMPLES = {
  mmulab: `Examples:
  mmulab compare                                   the question of the 2019 thread
  mmulab check --policy mainline@5.4 --drivers kvm+i915-userptr --scenario oom-reap
  mmulab compare --policy mainline@5.4 --policy mainline@6.1 --drivers rdma-odp+i915-userptr
  mmulab replay mmu1.… --against mainline@5.12     one schedule under two policies
  mmulab judge kernel-records/*.txt                did a real kernel do what the model says?
  mmulab orders                                    what its locks forbid, and what they allow
  mmulab export --policy mainline@5.4 --drivers kvm --scenario dontneed --format promela
  mmulab history                                   the known bugs, found again`,
  list: `Examples:
  mmulab list
  mmulab list drivers
  mmulab list scenarios --json`,
  compare: `Examples:
  mmulab compare
  mmulab compare --drivers kvm+i915-userptr --scenario oom-reap --scenario overlap
  mmulab compare --policy mainline@5.8 --policy mainline@5.8+mayfail --drivers i915-userptr --scenario pin-reclaim
  mmulab compare --size large --max-memory 2G --json`,
  check: `Examples:
  mmulab check --policy mainline@5.4 --drivers kvm+i915-userptr --scenario oom-reap
  mmulab check --policy mainline@5.4+unwind-on-fail --drivers kvm+i915-userptr --scenario oom-reap
  mmulab check --policy mainline@5.8 --drivers i915-userptr~unpinned --scenario pin-reclaim`,
  replay: `Examples:
  mmulab replay mmu1.…
  mmulab replay mmu1.… --against mainline@5.12`,
  orders: `Examples:
  mmulab orders
  mmulab orders --policy mainline@4.19
  mmulab orders kernel-records/*.sched_*.txt --json`,
  pairs: `Examples:
  mmulab pairs                                     a few minutes
  mmulab pairs --driver kvm --driver hmm-mirror --driver i915-userptr
  mmulab pairs --json`,
  history: `Examples:
  mmulab history
  mmulab history --json`,

  export: `Examples:
  mmulab export --policy mainline@5.4 --drivers kvm --scenario dontneed --format promela > world.pml
  mmulab export --policy mainline@5.4 --drivers kvm --scenario dontneed --format tla --claim balance`,
  'cross-check': `Examples:
  mmulab cross-check                               some seventy cells of all drivers and policies
  mmulab cross-check --policy mainline@5.4 --drivers kvm --scenario overlap --json`,
  conform: `Examples:
  mmulab conform ./my-driver.ts                    which rules does it keep?
  mmulab conform rdma-odp@4.20
  mmulab conform kvm@5.11 --mutants                do the rules find what is broken on purpose?
  mmulab conform --mutants --json`,
  judge: `Examples:
  mmulab judge run.txt
  mmulab judge kernel-records/*.txt --policy mainline@5.4 --policy mainline@6.1`,
} as const
