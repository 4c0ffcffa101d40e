/** Taking page-table entries away: zap_pte_range() and the mmu_gather that frees the pages, now or later. */
import {
  atomically,
  type Body,
  call,
  choose,
  enterCallback,
  leaveCallback,
  ne,
  type Procedure,
  plus,
  preemptDisable,
  preemptEnable,
  procedure,
} from '@mmulab/model'
import { setAccess } from './access.ts'
import { entry, type Mm } from './mm.ts'
import { WRITTEN } from './mm-parts.ts'
import { type PageNumber, putPage } from './pages.ts'
import { setSwapEntry } from './swap-entry.ts'

/**
 * mm/memory.c:zap_pte_range for one virtual page, as one step under the page-table lock. A full batch or a dirty page makes the
 * gather flush at once, so a page can be freed long before range_end; answers the page if it is still to be freed.
 */
export const zapProcedure = (mm: Mm, counted: boolean): Procedure<[number], PageNumber> =>
  procedure('zap_pte_range', 'mm/memory.c:zap_pte_range', function* (va) {
    const pte = entry(mm, va)
    const page = yield* atomically({
      assign: [
        [pte, 0],
        ...setAccess(mm, va, WRITTEN),
        ...setSwapEntry(mm, va, 0),
        ...(counted ? [[mm.reaped, plus(mm.reaped, ne(pte, 0))] as const] : []),
      ],
      answer: pte,
      label: `ptep_get_and_clear(${pte.name})`,
    })
    if (!page) return 0
    const now = yield* choose(`mmu_gather of page${page}`, ['batched', 'flushed at once'])
    if (!now) return page
    yield* flushSecondaryTlbs(mm, [va])
    yield* putPage(mm.pages, page)
    return 0
  })

/** A page that is to be freed, and where it was mapped. */
export interface Gathered {
  readonly page: PageNumber
  readonly va: number
}

/** Zaps a list of virtual pages; answers the pages that tlb_finish_mmu() is to free. */
export function* zapPages(
  zap: Procedure<[number], PageNumber>,
  list: readonly number[],
): Body<Gathered[]> {
  const pending: Gathered[] = []
  for (const va of list) {
    const page = yield* call(zap, va)
    if (page) pending.push({ page, va })
  }
  return pending
}

/** mm/mmu_gather.c:tlb_finish_mmu. */
export function* tlbFinish(mm: Mm, pending: readonly Gathered[]): Body<void> {
  if (pending.length)
    yield* flushSecondaryTlbs(
      mm,
      pending.map((p) => p.va),
    )
  for (const { page } of pending) yield* putPage(mm.pages, page)
}

/** mmu_notifier_invalidate_range() (to 6.5) or mmu_notifier_arch_invalidate_secondary_tlbs(), under the page-table lock. */
export function* flushSecondaryTlbs(mm: Mm, list: readonly number[]): Body<void> {
  for (const flush of mm.secondaryTlbs) {
    yield* preemptDisable()
    yield* enterCallback('invalidate_secondary_tlbs')
    yield* call(flush, list)
    yield* leaveCallback('invalidate_secondary_tlbs')
    yield* preemptEnable()
  }
}
