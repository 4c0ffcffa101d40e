/**
 * change_pte(), which a notifier had up to 6.9: an entry gets another page, or allows less, and who mirrors it may follow at once instead of
 * faulting. It is called for every entry that is set with set_pte_at_notify(), by copy on write, KSM and uprobes, under the page-table lock.
 *
 * Since 3.7 (6bdb913f0a70) that is so inside a section only, whose start has taken the mapping away already: there is nothing left that
 * could follow. That is why it went, with its only user (KVM).
 *
 * Where nobody has the operation the walk over the list is left out; it would call nobody.
 */
import { type Body, call, lockMapAcquire, lockMapRelease, procedure } from '@mmulab/model'
import type { Kernel, NotifierProcedures } from './kernel.ts'
import { PAGE_TABLE_LOCK } from './mm.ts'
import type { PageNumber } from './pages.ts'
import { callEach } from './subscription.ts'

export const changePteProcedure = (kernel: Kernel): NotifierProcedures['changePte'] =>
  procedure(
    '__mmu_notifier_change_pte',
    { at: 'mm/mmu_notifier.c:__mmu_notifier_change_pte', versions: '4.6..6.9' },
    function* (va, page) {
      yield* callEach(kernel, 'change_pte', (ops) => ops.changePte, va, page)
    },
  )

/**
 * include/linux/mmu_notifier.h:set_pte_at_notify (4.6..6.9), after the step that sets the entry: what comes first cannot be told, inside a section
 * and under the page-table lock.
 */
export function* setPteAtNotify(
  { facts, subscriptions, procs }: Kernel,
  va: number,
  page: PageNumber,
): Body<void> {
  if (!facts.changePte || !subscriptions.some(({ ops }) => ops.changePte)) return
  yield* lockMapAcquire(PAGE_TABLE_LOCK)
  yield* call(procs.changePte, va, page)
  yield* lockMapRelease(PAGE_TABLE_LOCK)
}
