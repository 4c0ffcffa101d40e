/**
 * PREEMPT_RT, as a switch on any kernel that has non_block_start(): spinlocks sleep, and taking one where nothing may block draws
 * the complaint that syzbot reported of KVM in 2026. Nothing else changes: what the locks protect and who waits is the same.
 *
 * Every spinlock of a driver counts as one that sleeps; none of those modelled is a raw one.
 */
import { definePatch, type Patch } from '@mmulab/core'

const preemptRt: Patch = definePatch({
  name: 'preempt-rt',
  title: 'PREEMPT_RT, under which spinlocks sleep',
  source: 'CONFIG_PREEMPT_RT',
  example: 'mainline@6.6',
  refuses: ({ facts }) => {
    if (facts.preemptRt !== 'off') return 'it is built with PREEMPT_RT already'
    return facts.notifierMap === 'none'
      ? 'it has no non_block_start(), which came with 5.4'
      : undefined
  },
  facts: (base) => ({ ...base, preemptRt: 'on' }),
  procedures: () => ({}),
})
export default preemptRt
