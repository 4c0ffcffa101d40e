/**
 * KSM: a page whose content is that of another one gives way to it. First the entry is write-protected, so that the content holds still while it
 * is compared; then the entry goes to the other page. Each is a section of its own, under mmap_lock for read and the page lock.
 *
 * The other page is one that is mapped elsewhere already (the stable tree). Left out: how ksmd finds the two, zero pages, that a
 * write to a merged page keeps it out of KSM.
 */
import {
  and,
  atomically,
  type Body,
  call,
  choose,
  downRead,
  eq,
  load,
  mark,
  minus,
  mutexTrylock,
  mutexUnlock,
  type Procedure,
  plus,
  procedure,
  upRead,
  when,
} from '@mmulab/model'
import { accessOf, setAccess } from './access.ts'
import { setPteAtNotify } from './change-pte.ts'
import { getMappedPage } from './cow.ts'
import type { Kernel } from './kernel.ts'
import { entry, pageLockOf, vmaOf } from './mm.ts'
import { READ_ONLY } from './mm-parts.ts'
import { allocPage, type PageNumber, putPage, refcountOf } from './pages.ts'
import { range } from './range.ts'
import { closeSection, openSection } from './section.ts'
import { flushSecondaryTlbs } from './zap.ts'

/** What scenarios ask whether it can happen. */
export const PAGE_MERGED = 'a page is merged with another'
/** Whether it is merged depends on who else has a reference to it. */
export const MERGE_TRIED = 'KSM gets hold of a page'

/**
 * mm/ksm.c:write_protect_page; answers 1 if the page may not be written to any more. Whoever has a reference beside the mapping and KSM
 * itself may be writing, by DMA for example: then it stays as it is.
 */
export function writeProtectPageProcedure(kernel: Kernel): Procedure<[PageNumber, number], number> {
  const { mm, facts } = kernel
  return procedure('write_protect_page', 'mm/ksm.c:write_protect_page', function* (page, va) {
    const pte = entry(mm, va)
    const access = accessOf(mm, va)
    const r = range('CLEAR', [va], { blockable: true })
    yield* openSection(kernel, r)
    const alone = and(eq(pte, page), eq(refcountOf(mm.pages, page), 2))
    const done = yield* atomically({
      assign: access ? setAccess(mm, va, when(alone, READ_ONLY, access)) : [],
      answer: alone,
      label: `write-protect ${pte.name} if page_count(page${page}) allows`,
    })
    if (done) yield* setPteAtNotify(kernel, va, page)
    if (done && facts.secondaryTlbs === 'arch-flush') yield* flushSecondaryTlbs(mm, [va])
    yield* closeSection(kernel, r)
    return done
  })
}

/** mm/ksm.c:replace_page; nothing happens if the entry is not what it was when the contents were compared. */
export function replacePageProcedure(
  kernel: Kernel,
): Procedure<[PageNumber, PageNumber, number], void> {
  const { mm, facts } = kernel
  return procedure('replace_page', 'mm/ksm.c:replace_page', function* (page, kpage, va) {
    const pte = entry(mm, va)
    const access = accessOf(mm, va)
    const r = range('CLEAR', [va], { blockable: true })
    yield* openSection(kernel, r)
    const same = access ? and(eq(pte, page), eq(access, READ_ONLY)) : eq(pte, page)
    const from = refcountOf(mm.pages, page)
    const to = refcountOf(mm.pages, kpage)
    const done = yield* atomically({
      assign: [
        [pte, when(same, kpage, pte)],
        [from, minus(from, same)],
        [to, plus(to, same)],
      ],
      answer: same,
      label: `ptep_clear_flush(${pte.name}), set_pte_at(page${kpage})`,
    })
    if (done) {
      yield* mark(PAGE_MERGED)
      yield* setPteAtNotify(kernel, va, kpage)
    }
    if (done && facts.secondaryTlbs === 'arch-flush') yield* flushSecondaryTlbs(mm, [va])
    yield* closeSection(kernel, r)
  })
}

/** mm/ksm.c:try_to_merge_one_page of the page at a virtual page; its lock by trylock. */
export function tryToMergeOnePageProcedure(kernel: Kernel): Procedure<[number], void> {
  const { mm } = kernel
  const writeProtectPage = writeProtectPageProcedure(kernel)
  const replacePage = replacePageProcedure(kernel)
  function* merge(page: PageNumber, kpage: PageNumber, va: number): Body<void> {
    const lock = pageLockOf(mm, page)
    if (!(yield* mutexTrylock(lock))) return
    yield* mark(MERGE_TRIED)
    if (yield* call(writeProtectPage, page, va)) {
      const differ = yield* choose('memcmp_pages()', ['the same', 'they differ'])
      if (!differ) yield* call(replacePage, page, kpage, va)
    }
    yield* mutexUnlock(lock)
  }
  return procedure('try_to_merge_with_ksm_page', 'mm/ksm.c:try_to_merge_one_page', function* (va) {
    // Mapped elsewhere with the same content; that mapping keeps its reference.
    const kpage = yield* allocPage(mm.pages)
    yield* downRead(mm.mmapLock)
    const page = (yield* load(vmaOf(mm, va).mapped)) ? yield* getMappedPage(mm, va) : 0
    if (page) {
      if (kpage) yield* merge(page, kpage, va)
      yield* putPage(mm.pages, page)
    }
    yield* upRead(mm.mmapLock)
  })
}
