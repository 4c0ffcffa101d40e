/**
 * Migration of a huge page that one entry maps (hugetlb): as that of a small one (migrate.ts), but whole. Its small pages are a run, as many as
 * the VMA has, and it goes by the number of the first, its head, whose lock is its lock.
 *
 * A range covers all of it. invalidate_page(), which came before ranges here, names one address: whoever takes that for one small page keeps the
 * others mapped.
 *
 * Left out: the locks of hugetlbfs (hugetlb_fault_mutex, shared page tables), transparent huge pages, which are split first or moved
 * from 4.14 on.
 */
import {
  all,
  and,
  atomically,
  type Body,
  call,
  type Expr,
  eq,
  mark,
  minus,
  mutexLock,
  mutexUnlock,
  type Procedure,
  plus,
  procedure,
  when,
} from '@mmulab/model'
import type { Kernel } from './kernel.ts'
import { MIGRATION_TRIED, PAGE_MOVED } from './migrate.ts'
import { entry, type Mm, pageLockOf, type Vma } from './mm.ts'
import { type PageNumber, type Pages, refcountOf } from './pages.ts'
import { removeMigrationPtesProcedure, tryToMigrateProcedure } from './rmap.ts'

/** mm/migrate.c:unmap_and_move_huge_page of the huge page that the VMA maps. */
export function unmapAndMoveHugePageProcedure(kernel: Kernel): Procedure<[Vma], void> {
  const { mm } = kernel
  const tryToMigrate = tryToMigrateProcedure(kernel)
  const removeMigrationPtes = removeMigrationPtesProcedure(kernel)
  return procedure(
    'unmap_and_move_huge_page',
    'mm/migrate.c:unmap_and_move_huge_page',
    function* ({ pages: list }) {
      const heads = headsOf(mm.pages, list.length)
      const page = heads[(yield* isolateHuge(mm, list)) - 1]
      if (!page) return
      const fresh = heads[(yield* allocHuge(mm.pages, list.length)) - 1]
      if (fresh) {
        const lock = pageLockOf(mm, page)
        yield* mutexLock(lock)
        yield* call(tryToMigrate, page, list)
        yield* mark(MIGRATION_TRIED)
        const alone = yield* atomically({
          answer: all(run(mm.pages, page, list.length), (refs) => eq(refs, 1)),
          label: `page_count(page${page}) == 1`,
        })
        if (alone) yield* mark(PAGE_MOVED)
        yield* call(removeMigrationPtes, page, alone ? fresh : page, list)
        yield* mutexUnlock(lock)
        yield* putHuge(mm.pages, fresh, list.length)
      }
      yield* putHuge(mm.pages, page, list.length)
    },
  )
}

/** The counts of a huge page's small ones. */
const run = (p: Pages, head: PageNumber, size: number) =>
  Array.from({ length: size }, (_, i) => refcountOf(p, head + i))

/** Where huge pages can begin. */
const headsOf = (p: Pages, size: number): PageNumber[] =>
  Array.from({ length: Math.floor(p.count / size) }, (_, i) => 1 + i * size)

/** mm/hugetlb.c:isolate_huge_page of what the first entry has; answers which of the huge pages, counted from 1, or 0. */
function isolateHuge(mm: Mm, list: readonly number[]): Body<number> {
  const { pages } = mm
  const pte = entry(mm, list[0] ?? 0)
  return atomically({
    assign: headsOf(pages, list.length).flatMap((head) =>
      run(pages, head, list.length).map((refs) => [refs, plus(refs, eq(pte, head))] as const),
    ),
    answer: which(headsOf(pages, list.length).map((head) => eq(pte, head))),
    label: `isolate the huge page at ${pte.name}`,
  })
}

/** mm/hugetlb.c:alloc_huge_page: likewise a free one, with one reference. */
function allocHuge(pages: Pages, size: number): Body<number> {
  const heads = headsOf(pages, size)
  const free = (head: PageNumber) => all(run(pages, head, size), (refs) => eq(refs, 0))
  const chosen = (i: number) =>
    and(free(heads[i] ?? 1), ...heads.slice(0, i).map((head) => eq(free(head), 0)))
  return atomically({
    assign: heads.flatMap((head, i) =>
      run(pages, head, size).map((refs) => [refs, plus(refs, chosen(i))] as const),
    ),
    answer: which(heads.map((_, i) => chosen(i))),
    label: 'alloc_huge_page()',
  })
}

/** The first that is true, counted from 1, or 0. */
const which = (list: readonly Expr[]): Expr =>
  list.reduceRight<Expr>((rest, is, i) => when(is, i + 1, rest), when(0, 0, 0))

const putHuge = (pages: Pages, head: PageNumber, size: number): Body<number> =>
  atomically({
    assign: run(pages, head, size).map((refs) => [refs, minus(refs, 1)] as const),
    label: `put_page(page${head}), a huge one`,
  })
