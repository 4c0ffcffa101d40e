/**
 * Writes of the CPU, and copy on write: a page-table entry changes from one page to another inside a section.
 *
 * Where access is not modelled, every write copies. Where it is, one that meets a read-only entry copies, unless the page turns out to
 * be nobody else's: then the entry is made writable again (the rule by page count of 5.8 and later; before, mappings were counted).
 */
import {
  alloc,
  and,
  atomically,
  type Body,
  call,
  downRead,
  eq,
  GFP_KERNEL,
  load,
  mark,
  ne,
  not,
  or,
  type Procedure,
  plus,
  procedure,
  upRead,
  when,
} from '@mmulab/model'
import { accessOf, setAccess } from './access.ts'
import { setPteAtNotify } from './change-pte.ts'
import type { Kernel } from './kernel.ts'
import { entry, type Mm, type Vma, vmaOf } from './mm.ts'
import { READ_ONLY, WRITTEN } from './mm-parts.ts'
import { allocPage, type PageNumber, putPage, refcountOf } from './pages.ts'
import { range } from './range.ts'
import { closeSection, openSection } from './section.ts'
import { lockVmaUnderRcu, vmaEndRead } from './vma-lock.ts'
import { flushSecondaryTlbs } from './zap.ts'

/** What scenarios ask whether it can happen. */
export const PAGE_COPIED = 'a page is copied'

/** The page at `pte` with a reference of the caller's own, taken under the page-table lock. */
export const getMappedPage = (mm: Mm, va: number): Body<number> => {
  const pte = entry(mm, va)
  return atomically({
    assign: mm.pages.refs.map((n, i) => [n, plus(n, eq(pte, i + 1))] as const),
    answer: pte,
    label: `get_page(${pte.name})`,
  })
}

/** Lets the write through, and makes the entry of a page writable that nobody else has; answers 1 if a copy is needed. */
function needsCopy(mm: Mm, va: number, old: PageNumber): Body<number> {
  const access = accessOf(mm, va)
  if (!access) throw new Error('access is not modelled here')
  const pte = entry(mm, va)
  // One reference of the mapping, one of this fault.
  const through = or(ne(access, READ_ONLY), eq(refcountOf(mm.pages, old), 2))
  return atomically({
    assign: [[access, when(and(eq(pte, old), through), WRITTEN, access)]],
    answer: and(eq(pte, old), not(through)),
    label: `write through ${pte.name}, or wp_page_reuse()`,
  })
}

/**
 * mm/memory.c:wp_page_copy: the new page is there before the section is opened; under the page-table lock the entry is looked at
 * again; the old page is let go of after the section. The caller holds mmap_lock, or the lock of the VMA, for read. Answers 0 if
 * there is no memory for the copy.
 */
export function wpPageCopyProcedure(kernel: Kernel): Procedure<[number], number> {
  const { mm, allocator } = kernel
  const copy = function* (va: number, old: PageNumber, fresh: PageNumber): Body<void> {
    const pte = entry(mm, va)
    const access = accessOf(mm, va)
    const r = range('CLEAR', [va], { blockable: true })
    yield* openSection(kernel, r)
    const unchanged = access ? and(eq(pte, old), eq(access, READ_ONLY)) : eq(pte, old)
    const same = yield* atomically({
      assign: [
        [pte, when(unchanged, fresh, pte)],
        ...(access ? setAccess(mm, va, when(unchanged, WRITTEN, access)) : []),
      ],
      answer: unchanged,
      label: `ptep_clear_flush_notify(${pte.name}), set_pte_at(page${fresh})`,
    })
    if (same) {
      yield* mark(PAGE_COPIED)
      yield* setPteAtNotify(kernel, va, fresh)
      yield* flushSecondaryTlbs(mm, [va])
    }
    yield* closeSection(kernel, r)
    yield* putPage(mm.pages, same ? old : fresh)
  }
  return procedure('wp_page_copy', 'mm/memory.c:wp_page_copy', function* (va) {
    const old = yield* getMappedPage(mm, va)
    if (!old) return 1
    if (mm.access && !(yield* needsCopy(mm, va, old))) {
      yield* putPage(mm.pages, old)
      return 1
    }
    yield* alloc(allocator, GFP_KERNEL, 'a page for the copy')
    const fresh = yield* allocPage(mm.pages)
    if (fresh) yield* copy(va, old, fresh)
    yield* putPage(mm.pages, old)
    return fresh ? 1 : 0
  })
}

/** VM_WRITE; who holds a lock of the VMA may rely on it. */
export function* mayWrite({ writable }: Vma): Body<boolean> {
  return !writable || (yield* load(writable)) === 1
}

/**
 * A thread of the process writes to a page: under mmap_lock, from 6.4 on under the lock of the VMA where that can be had. It writes only to
 * what is mapped; that a fault fills an empty entry is left to devices.
 */
export function writeFaultProcedure(kernel: Kernel): Procedure<[number], void> {
  const { mm } = kernel
  const wpPageCopy = wpPageCopyProcedure(kernel)
  return procedure('do_user_addr_fault', 'arch/x86/mm/fault.c:do_user_addr_fault', function* (va) {
    const vma = vmaOf(mm, va)
    if (yield* lockVmaUnderRcu(vma)) {
      if (yield* mayWrite(vma)) yield* call(wpPageCopy, va)
      yield* vmaEndRead(vma)
      return
    }
    yield* downRead(mm.mmapLock)
    if ((yield* load(vma.mapped)) && (yield* mayWrite(vma))) yield* call(wpPageCopy, va)
    yield* upRead(mm.mmapLock)
  })
}
