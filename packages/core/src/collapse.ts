/**
 * khugepaged: small pages give way to a huge one. The section is over before the new page is filled: what keeps everybody out until then is that
 * there is no page table, mmap_lock for write and the anon_vma for write.
 *
 * The huge page is a set of free pages here, one for each entry. Left out: pages that have to be swapped in first, empty entries, and the locks
 * of the old pages, which are only tried: whoever has one has a reference too, and that is looked at.
 */
import {
  all,
  alloc,
  and,
  any,
  array,
  atomically,
  type Body,
  downWrite,
  type Expr,
  type ExprLike,
  eq,
  GFP_KERNEL,
  load,
  mark,
  minus,
  ne,
  type Procedure,
  plus,
  procedure,
  sum,
  upWrite,
  type Variable,
  when,
} from '@mmulab/model'
import { setAccess } from './access.ts'
import type { Kernel } from './kernel.ts'
import { entry, type Vma } from './mm.ts'
import { WRITTEN } from './mm-parts.ts'
import { range } from './range.ts'
import { closeSection, openSection } from './section.ts'
import { vmaEndWrite, vmaStartWrite } from './vma-lock.ts'
import { flushSecondaryTlbs } from './zap.ts'

/** What scenarios ask whether it can happen. */
export const TABLE_TAKEN = 'a page table is taken away'
/** Only if nobody else has a reference to any of the pages. */
export const COLLAPSED = 'pages are collapsed into a huge one'

/** mm/khugepaged.c:collapse_huge_page of a VMA. */
export function collapseHugePageProcedure(kernel: Kernel, vma: Vma): Procedure<[], void> {
  const { mm, facts, allocator } = kernel
  const { refs, count } = mm.pages
  const ptes = vma.pages.map((va) => entry(mm, va))
  /** The parts of the huge page; 0 where none could be had. */
  const huge = array('khugepaged.huge', ptes.length, { max: count })
  /** The page table that was taken away. */
  const table = array('khugepaged.table', ptes.length, { max: count })

  const setEntries = (to: readonly ExprLike[]): (readonly [Variable, ExprLike])[] =>
    vma.pages.flatMap((va, i) => [
      [entry(mm, va), to[i] ?? 0] as const,
      ...setAccess(mm, va, WRITTEN),
    ])
  const putAll = (list: readonly Variable[], label: string): Body<number> =>
    atomically({
      assign: [
        ...refs.map((n, i) => [n, minus(n, sum(...list.map((v) => eq(v, i + 1))))] as const),
        ...list.map((v) => [v, 0] as const),
      ],
      label,
    })

  /** Part by part; the first free page each time. */
  function* allocHuge(): Body<number> {
    yield* alloc(allocator, GFP_KERNEL, 'a huge page')
    for (const part of huge) {
      const firstFree = (i: number): Expr =>
        and(...refs.slice(0, i).map((n) => ne(n, 0)), eq(refs[i] ?? 1, 0))
      yield* atomically({
        assign: [
          [part, refs.reduceRight<Expr>((rest, _, i) => when(firstFree(i), i + 1, rest), none)],
          ...refs.map((n, i) => [n, plus(n, firstFree(i))] as const),
        ],
        label: `alloc_hugepage(): ${part.name}`,
      })
    }
    return yield* atomically({
      answer: all(huge, (part) => ne(part, 0)),
      label: 'is there a huge page?',
    })
  }

  /** pmdp_collapse_flush(): from here on get_user_pages_fast() finds nothing. */
  function* takeTable(): Body<void> {
    const r = range('CLEAR', vma.pages, { blockable: true })
    yield* openSection(kernel, r)
    yield* atomically({
      assign: [...table.map((v, i) => [v, ptes[i] ?? 0] as const), ...setEntries([])],
      label: 'pmdp_collapse_flush()',
    })
    yield* mark(TABLE_TAKEN)
    if (facts.secondaryTlbs === 'arch-flush') yield* flushSecondaryTlbs(mm, vma.pages)
    yield* closeSection(kernel, r)
  }

  /** mm/khugepaged.c:__collapse_huge_page_isolate: no page has a reference but that of the mapping. */
  function* isolateAll(): Body<number> {
    for (const v of table) {
      const alone = yield* atomically({
        answer: any(refs, (n, i) => and(eq(v, i + 1), eq(n, 1))),
        label: `page_count(${v.name}) == 1`,
      })
      if (!alone) return 0
    }
    return 1
  }

  function* collapse(): Body<void> {
    yield* downWrite(mm.rmapLock)
    const full = yield* atomically({
      answer: all(ptes, (pte) => ne(pte, 0)),
      label: 'is every entry populated?',
    })
    let alone = 0
    if (full) {
      yield* takeTable()
      alone = yield* isolateAll()
      if (!alone)
        yield* atomically({
          assign: [...setEntries(table), ...table.map((v) => [v, 0] as const)],
          label: 'pmd_populate(): the old table is back',
        })
    }
    yield* upWrite(mm.rmapLock)
    if (!alone) return
    yield* atomically({
      assign: [...setEntries(huge), ...huge.map((v) => [v, 0] as const)],
      label: 'set_pmd_at(): the huge page',
    })
    yield* mark(COLLAPSED)
    yield* putAll(table, 'the old pages are put')
  }

  return procedure('collapse_huge_page', 'mm/khugepaged.c:collapse_huge_page', function* () {
    if (yield* allocHuge()) {
      yield* downWrite(mm.mmapLock)
      yield* vmaStartWrite(vma)
      if (yield* load(vma.mapped)) yield* collapse()
      yield* vmaEndWrite(vma)
      yield* upWrite(mm.mmapLock)
    }
    yield* putAll(huge, 'what is left of the huge page is put')
  })
}

const none: Expr = { k: 'num', n: 0 }
