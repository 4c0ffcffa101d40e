/**
 * invalidate_page(), which a notifier had up to 4.12: one address, told after the page-table entry has gone, without a section around it.
 * What kept the page from being freed meanwhile was the reference of the caller. Kernels up to 4.10 called it once the page-table lock had
 * been dropped; 4.11 and 4.12 under it (c7ab0d2fdc84), where notifiers that take a mutex must not be called. 4.13 has sections in all of
 * these paths (369ea8242c0f), and the operation is gone.
 *
 * Its end is often dated 4.14. Both 4.13 and 4.14 have the series, says the report of a regression that was bisected through 4.13
 * (2017-11-30, "BSOD with [PATCH 00/13] mmu_notifier kill invalidate_page callback").
 *
 * Left out: the page-table lock is no lock here, it only forbids to sleep, and orders locks. Other tasks may use the entry while the callbacks run, as they may in
 * 4.10; dax_mapping_entry_mkclean().
 */
import { type Body, call, lockMapAcquire, lockMapRelease, procedure } from '@mmulab/model'
import type { Kernel, NotifierProcedures } from './kernel.ts'
import { PAGE_TABLE_LOCK } from './mm.ts'
import type { Range } from './range.ts'
import { closeSection, countSection, openSection } from './section.ts'
import { callEach } from './subscription.ts'

/** Everybody on the list who has the operation, newest first. */
export const invalidatePageProcedure = (kernel: Kernel): NotifierProcedures['invalidatePage'] =>
  procedure(
    '__mmu_notifier_invalidate_page',
    { at: 'mm/mmu_notifier.c:__mmu_notifier_invalidate_page', versions: '4.6..4.12' },
    function* (va) {
      yield* callEach(kernel, 'invalidate_page', (ops) => ops.invalidatePage, va)
    },
  )

/**
 * The edit of an rmap walk in what its kernel puts around it: a section over `r`, or invalidate_page() of its first page afterwards. Claims
 * take both for a section: what is stale until the callbacks have run is not yet a lie.
 */
export function* editInRmapWalk(
  kernel: Kernel,
  r: Range,
  /** Answers whether it changed anything. */
  edit: () => Body<boolean>,
): Body<void> {
  const { mm, facts, procs } = kernel
  if (facts.invalidatePage === 'gone') {
    yield* openSection(kernel, r)
    yield* edit()
    yield* closeSection(kernel, r)
    return
  }
  const [first = 0] = r.pages
  const locked = facts.invalidatePage === 'under-ptl'
  yield* countSection(mm, r, 1, `pte[${r.pages.join(',')}] is about to change`)
  if (locked) yield* lockMapAcquire(PAGE_TABLE_LOCK)
  // One address, whatever the size of the page.
  if (yield* edit()) yield* call(procs.invalidatePage, first)
  if (locked) yield* lockMapRelease(PAGE_TABLE_LOCK)
  yield* countSection(mm, r, -1, `pte[${r.pages.join(',')}] has changed`)
}
