/**
 * Write-back of a page of a file that may be written through its mappings: before it is written out its entries are made clean and read-only, so that the
 * next write is noticed. Found by reverse mapping, under the page lock and the lock of the mapping, without mmap_lock.
 *
 * Where access is modelled such an entry is clean; where it is not no entry changes. Left out: the page cache and the writing itself, DAX.
 */
import {
  atomically,
  call,
  downRead,
  eq,
  mark,
  mutexLock,
  mutexUnlock,
  type Procedure,
  procedure,
  upRead,
  when,
} from '@mmulab/model'
import { accessOf, cleaned, setAccess } from './access.ts'
import { editInRmapWalk } from './invalidate-page.ts'
import type { Kernel } from './kernel.ts'
import { entry, pageLockOf } from './mm.ts'
import { type PageNumber, putPage } from './pages.ts'
import { range } from './range.ts'
import { anyOf, isolate } from './reclaim.ts'
import { flushSecondaryTlbs } from './zap.ts'

/** What scenarios ask whether it can happen. */
export const PAGE_CLEANED = 'a page is made clean'

/** mm/rmap.c:page_mkclean_one, in a section from 4.13 on. */
function pageMkcleanOneProcedure(kernel: Kernel): Procedure<[PageNumber, number], void> {
  const { mm, facts } = kernel
  return procedure('page_mkclean_one', 'mm/rmap.c:page_mkclean_one', function* (page, va) {
    const r = range('PROTECTION_PAGE', [va], { blockable: true })
    yield* editInRmapWalk(kernel, r, function* () {
      const access = accessOf(mm, va)
      if (!access) return false
      const pte = entry(mm, va)
      const there = eq(pte, page)
      const changed = yield* atomically({
        assign: setAccess(mm, va, when(there, cleaned(access), access)),
        answer: there,
        label: `pte_mkclean(pte_wrprotect(${pte.name}))`,
      })
      if (facts.secondaryTlbs === 'arch-flush') yield* flushSecondaryTlbs(mm, [va])
      return changed === 1
    })
  })
}

/** mm/page-writeback.c:clear_page_dirty_for_io of one mapped page, whichever is due. */
export function clearPageDirtyForIoProcedure(kernel: Kernel): Procedure<[], void> {
  const { mm } = kernel
  const pageMkcleanOne = pageMkcleanOneProcedure(kernel)
  return procedure(
    'clear_page_dirty_for_io',
    'mm/page-writeback.c:clear_page_dirty_for_io',
    function* () {
      const va = yield* anyOf(mm.virtualPages, 'the page to be written back')
      const page = yield* isolate(mm, entry(mm, va))
      if (!page) return
      const lock = pageLockOf(mm, page)
      yield* mutexLock(lock)
      yield* downRead(mm.rmapLock)
      yield* call(pageMkcleanOne, page, va)
      yield* upRead(mm.rmapLock)
      yield* mark(PAGE_CLEANED)
      yield* mutexUnlock(lock)
      yield* putPage(mm.pages, page)
    },
  )
}
