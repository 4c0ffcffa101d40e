/**
 * "KVM: mmu_notifier: make mn_invalidate_lock non-sleeping" (2026-02): the lock that KVM's start takes first becomes a raw spinlock, which
 * does not sleep on PREEMPT_RT. Refused on the list: the locks that start takes next (gpc->lock, mmu_lock) sleep as well.
 *
 * KVM has this lock from 5.15 on; its older eras are left as they were.
 */
import { definePatch, type Patch } from '@mmulab/core'

const rawMnLock: Patch = definePatch({
  name: 'raw-mn-lock',
  title: "KVM's mn_invalidate_lock a raw spinlock, which does not sleep on PREEMPT_RT",
  source: 'linux-kernel, "KVM: mmu_notifier: make mn_invalidate_lock non-sleeping" (2026-02)',
  example: 'mainline@6.6+preempt-rt',
  refuses: ({ facts }) => (facts.preemptRt === 'on' ? undefined : 'its spinlocks do not sleep'),
  facts: (base) => ({ ...base, preemptRt: { raw: ['mn_invalidate_lock'] } }),
  procedures: () => ({}),
})
export default rawMnLock
