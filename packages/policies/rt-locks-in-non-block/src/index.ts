/**
 * "sched: Allow sleeping spinlocks on PREEMPT_RT within non_block_start()/end block" (Siewior, version 2, 2026-09-16, under
 * review): the check for sleeping has no objection to the locks that sleep only on PREEMPT_RT. Other sleeps are complained of
 * as before.
 */
import { definePatch, type Patch } from '@mmulab/core'

const rtLocksInNonBlock: Patch = definePatch({
  name: 'rt-locks-in-non-block',
  title: 'sleeping spinlocks allowed inside non_block_start()',
  source: 'Siewior, version 2 (2026-09)',
  example: 'mainline@6.6+preempt-rt',
  partlyKnown: 'known from summaries when its model was made',
  refuses: ({ facts }) =>
    facts.preemptRt === 'on' ? undefined : 'its spinlocks do not sleep, or may already',
  facts: (base) => ({ ...base, preemptRt: 'exempt' }),
  procedures: () => ({}),
})
export default rtLocksInNonBlock
