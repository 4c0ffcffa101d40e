/**
 * mremap(2): pages get other addresses. mmap_lock is held for write throughout; the section is over the old range only, for at the new one
 * there is nothing that could be mapped.
 *
 * Left out: growing and shrinking, moving whole page tables, and that reclaim would find a page at its new address too (here it leaves
 * alone what has moved since it looked).
 */
import {
  atomically,
  type Body,
  choose,
  downWrite,
  load,
  mark,
  type Procedure,
  procedure,
  store,
  upWrite,
} from '@mmulab/model'
import { accessOf, setAccess } from './access.ts'
import type { Kernel } from './kernel.ts'
import { entry, type Mm, type Vma } from './mm.ts'
import { WRITTEN } from './mm-parts.ts'
import { range } from './range.ts'
import { closeSection, openSection } from './section.ts'
import { setSwapEntry, swapEntryOf } from './swap-entry.ts'
import { vmaEndWrite, vmaStartWrite } from './vma-lock.ts'
import { flushSecondaryTlbs, tlbFinish, zapPages, zapProcedure } from './zap.ts'

/** What scenarios ask whether it can happen. */
export const PAGES_MOVED = 'pages are at other addresses'

/** mm/mremap.c:move_ptes for one entry: what is at `from` is then at `to`, and nothing at `from`. */
function movePte(mm: Mm, from: number, to: number): Body<number> {
  return atomically({
    assign: [
      [entry(mm, to), entry(mm, from)],
      [entry(mm, from), 0],
      ...setAccess(mm, to, accessOf(mm, from) ?? WRITTEN),
      ...setAccess(mm, from, WRITTEN),
      ...setSwapEntry(mm, to, swapEntryOf(mm, from) ?? 0),
      ...setSwapEntry(mm, from, 0),
    ],
    label: `${entry(mm, to).name} = ${entry(mm, from).name}, cleared`,
  })
}

/**
 * mm/mremap.c:move_page_tables. The rmap locks are taken, inside the section, if a walk might look at the new VMA before the old one; both cases
 * are followed.
 */
export function* movePageTables(kernel: Kernel, from: Vma, to: Vma): Body<void> {
  const { mm, facts } = kernel
  const r = range('UNMAP', from.pages, { blockable: true })
  yield* openSection(kernel, r)
  const rmapLocks = yield* choose('need_rmap_locks', ['no', 'yes'])
  if (rmapLocks) yield* downWrite(mm.rmapLock)
  for (const [i, va] of from.pages.entries()) yield* movePte(mm, va, to.pages[i] ?? va)
  if (facts.secondaryTlbs === 'arch-flush') yield* flushSecondaryTlbs(mm, from.pages)
  if (rmapLocks) yield* upWrite(mm.rmapLock)
  yield* mark(PAGES_MOVED)
  yield* closeSection(kernel, r)
}

/** mm/mremap.c:mremap with MREMAP_FIXED: what is at the new address goes first, and the old VMA, empty by then, last. */
export function mremapProcedure(kernel: Kernel): Procedure<[Vma, Vma], void> {
  const { mm } = kernel
  const zap = zapProcedure(mm, false)
  /** mm/mmap.c:do_munmap; mmap_lock stays as it is. */
  function* unmap(vma: Vma): Body<void> {
    const r = range('UNMAP', vma.pages, { blockable: true })
    yield* openSection(kernel, r)
    const pending = yield* zapPages(zap, vma.pages)
    yield* closeSection(kernel, r)
    yield* tlbFinish(mm, pending)
  }
  return procedure('mremap', 'mm/mremap.c:move_vma', function* (from, to) {
    yield* downWrite(mm.mmapLock)
    yield* vmaStartWrite(from)
    yield* vmaStartWrite(to)
    if (yield* load(from.mapped)) {
      if (yield* load(to.mapped)) yield* unmap(to)
      yield* store(to.mapped, 1)
      yield* movePageTables(kernel, from, to)
      yield* store(from.mapped, 0)
      yield* unmap(from)
    }
    yield* vmaEndWrite(to)
    yield* vmaEndWrite(from)
    yield* upWrite(mm.mmapLock)
  })
}
