/** Copy on write: a page-table entry changes from one page to another inside a section. */
import {
  alloc,
  and,
  atomically,
  type Body,
  downRead,
  eq,
  GFP_KERNEL,
  load,
  mark,
  ne,
  type Procedure,
  plus,
  procedure,
  upRead,
  when,
} from '@mmulab/model'
import type { Kernel } from './kernel.ts'
import { entry, type Mm, vmaOf } from './mm.ts'
import { type PageNumber, putPage } from './pages.ts'
import { range } from './range.ts'
import { closeSection, openSection } from './section.ts'
import { flushSecondaryTlbs } from './zap.ts'

/** What scenarios ask whether it can happen. */
export const PAGE_COPIED = 'a page is copied'

/** A free page with one reference, or 0. */
const allocPage = ({ pages: { refs } }: Mm): Body<number> => {
  const firstFree = (i: number) =>
    and(...refs.slice(0, i).map((n) => ne(n, 0)), eq(refs[i] ?? 1, 0))
  return atomically({
    assign: refs.map((n, i) => [n, plus(n, firstFree(i))] as const),
    answer: refs.reduceRight((rest, _, i) => when(firstFree(i), i + 1, rest), when(0, 0, 0)),
    label: 'alloc_page()',
  })
}

/** The page at `pte` with a reference of the fault's own, taken under the page-table lock. */
const getMappedPage = (mm: Mm, va: number): Body<number> => {
  const pte = entry(mm, va)
  return atomically({
    assign: mm.pages.refs.map((n, i) => [n, plus(n, eq(pte, i + 1))] as const),
    answer: pte,
    label: `get_page(${pte.name})`,
  })
}

/**
 * mm/memory.c:wp_page_copy: the new page is there before the section is opened; under the page-table lock the entry is looked at
 * again; the old page is let go of after the section. Every write fault copies here: who shares the page is not modelled.
 */
export function wpPageCopyProcedure(kernel: Kernel): Procedure<[number], void> {
  const { mm, allocator } = kernel
  const copy = function* (va: number, old: PageNumber, fresh: PageNumber): Body<void> {
    const pte = entry(mm, va)
    const r = range('CLEAR', [va], { blockable: true })
    yield* openSection(kernel, r)
    const same = yield* atomically({
      assign: [[pte, when(eq(pte, old), fresh, pte)]],
      answer: eq(pte, old),
      label: `ptep_clear_flush_notify(${pte.name}), set_pte_at(page${fresh})`,
    })
    if (same) {
      yield* mark(PAGE_COPIED)
      yield* flushSecondaryTlbs(mm, [va])
    }
    yield* closeSection(kernel, r)
    yield* putPage(mm.pages, same ? old : fresh)
  }
  return procedure('wp_page_copy', 'mm/memory.c:wp_page_copy', function* (va) {
    yield* downRead(mm.mmapLock)
    const old = (yield* load(vmaOf(mm, va).mapped)) ? yield* getMappedPage(mm, va) : 0
    if (old) {
      yield* alloc(allocator, GFP_KERNEL, 'a page for the copy')
      const fresh = yield* allocPage(mm)
      if (fresh) yield* copy(va, old, fresh)
      yield* putPage(mm.pages, old)
    }
    yield* upRead(mm.mmapLock)
  })
}
