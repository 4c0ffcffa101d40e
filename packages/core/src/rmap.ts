/**
 * Reverse mapping: whoever has a page takes its mappings away, without mmap_lock. The caller holds the page lock and a reference; the
 * anon_vma or the mapping of the file is locked for read.
 */
import {
  atomically,
  type Body,
  call,
  downRead,
  type Expr,
  eq,
  minus,
  type Procedure,
  plus,
  procedure,
  read,
  upRead,
  when,
} from '@mmulab/model'
import { accessOf, setAccess } from './access.ts'
import { editInRmapWalk } from './invalidate-page.ts'
import type { Kernel } from './kernel.ts'
import { entry, type Mm } from './mm.ts'
import { WRITTEN } from './mm-parts.ts'
import { type PageNumber, refcountOf } from './pages.ts'
import { range } from './range.ts'
import { poisonOf, setSwapEntry, swapEntryOf } from './swap-entry.ts'
import { flushSecondaryTlbs } from './zap.ts'

export interface UnmapOptions {
  /** Pages whose mapping stays; by default none are. It is asked after start (VM_LOCKED in the kernel). */
  readonly mlocked?: (page: PageNumber) => Expr
  /** The virtual pages that notifiers are told of; by default the one that is unmapped. */
  readonly told?: (va: number) => readonly number[]
}

/** A page, and where it is mapped. */
interface Mapping {
  readonly page: PageNumber
  readonly va: number
}

/**
 * The entries go if they are the pages', and with them the mappings' references: of one small page, or in one step those of a huge page, for
 * which one entry stands. `leaves` is what takes the place of each.
 */
function* clearEntries(
  { mm, facts }: Kernel,
  mappings: readonly Mapping[],
  leaves?: number,
): Body<boolean> {
  const [first] = mappings
  // Kernels with sections have them whether there was anything to do or not.
  const asked = first && facts.invalidatePage !== 'gone'
  const gone = yield* atomically({
    ...(asked ? { answer: eq(entry(mm, first.va), first.page) } : {}),
    assign: mappings.flatMap(({ page, va }) => {
      const pte = entry(mm, va)
      const refs = refcountOf(mm.pages, page)
      const there = eq(pte, page)
      const access = accessOf(mm, va)
      const swapEntry = swapEntryOf(mm, va)
      return [
        [pte, when(there, 0, pte)] as const,
        [refs, minus(refs, there)] as const,
        ...(access ? setAccess(mm, va, when(there, WRITTEN, access)) : []),
        ...(leaves !== undefined && swapEntry
          ? setSwapEntry(mm, va, when(there, leaves, swapEntry))
          : []),
      ]
    }),
    label: `ptep_clear_flush(${mappings.map(({ va }) => entry(mm, va).name).join(', ')}), drop the mapping's reference`,
  })
  if (facts.secondaryTlbs === 'arch-flush')
    yield* flushSecondaryTlbs(
      mm,
      mappings.map(({ va }) => va),
    )
  return gone === 1
}

/** mm/rmap.c:try_to_unmap_one for a page mapped at `va`. The caller holds the page lock, the rmap lock and a reference. */
export function tryToUnmapOneProcedure(
  kernel: Kernel,
  { mlocked, told = (va) => [va] }: UnmapOptions = {},
): Procedure<[PageNumber, number], void> {
  const { facts } = kernel
  return procedure('try_to_unmap_one', 'mm/rmap.c:try_to_unmap_one', function* (page, va) {
    const r = range('CLEAR', told(va), { blockable: true, mayFail: facts.unmapMayFail })
    yield* editInRmapWalk(kernel, r, function* () {
      if (mlocked && (yield* read(mlocked(page), `is page${page} mlocked?`))) return false
      return yield* clearEntries(kernel, [{ page, va }])
    })
  })
}

/** mm/rmap.c:try_to_unmap, as reclaim calls it. */
export function tryToUnmapProcedure(kernel: Kernel): Procedure<[PageNumber, number], void> {
  return procedure('try_to_unmap', 'mm/rmap.c:try_to_unmap', function* (page, va) {
    yield* underRmapLock(kernel.mm, call(kernel.procs.tryToUnmapOne, page, va))
  })
}

function* underRmapLock<R>(mm: Mm, body: Body<R>): Body<R> {
  yield* downRead(mm.rmapLock)
  const answer = yield* body
  yield* upRead(mm.rmapLock)
  return answer
}

/**
 * mm/rmap.c:try_to_migrate (5.14+); before, try_to_unmap() with TTU_MIGRATION, and so with whatever a patch does to its ranges. The entries
 * stand for the page until it has moved. VM_LOCKED is no reason to stop. A huge page is a run of pages under the number of the
 * first; `list` is where it is mapped, one virtual page for a small one.
 */
export function tryToMigrateProcedure(
  kernel: Kernel,
): Procedure<[PageNumber, readonly number[]], void> {
  const { mm, facts } = kernel
  function* tryToMigrateOne(page: PageNumber, list: readonly number[]): Body<void> {
    const mayFail = !facts.tryToMigrate && facts.unmapMayFail
    const r = range('CLEAR', list, { blockable: true, mayFail })
    const mappings = list.map((va, i) => ({ page: page + i, va }))
    yield* editInRmapWalk(kernel, r, () => clearEntries(kernel, mappings, page))
  }
  return facts.tryToMigrate
    ? procedure(
        'try_to_migrate',
        { at: 'mm/rmap.c:try_to_migrate', versions: '5.14..7.3' },
        (page, list) => underRmapLock(mm, tryToMigrateOne(page, list)),
      )
    : procedure(
        'try_to_unmap',
        { at: 'mm/rmap.c:try_to_unmap', versions: '4.6..5.13' },
        (page, list) => underRmapLock(mm, tryToMigrateOne(page, list)),
      )
}

/**
 * mm/rmap.c:try_to_unmap with TTU_HWPOISON | TTU_IGNORE_MLOCK, as memory failure calls it: faults on the entry fail from then on. It asks
 * nobody, and has no way to fail.
 */
export function unmapPoisonedProcedure(kernel: Kernel): Procedure<[PageNumber, number], void> {
  const { mm, facts } = kernel
  function* unmapOne(page: PageNumber, va: number): Body<void> {
    const r = range('CLEAR', [va], { blockable: true, mayFail: facts.unmapMayFail })
    yield* editInRmapWalk(kernel, r, () => clearEntries(kernel, [{ page, va }], poisonOf(mm)))
  }
  return procedure('try_to_unmap', 'mm/rmap.c:try_to_unmap', (page, va) =>
    underRmapLock(mm, unmapOne(page, va)),
  )
}

/**
 * mm/migrate.c:remove_migration_ptes: entries that stand for `old` become mappings of `page`, the new one or the old one again. Nobody
 * is told: there was nothing to map meanwhile.
 */
export function removeMigrationPtesProcedure(
  kernel: Kernel,
): Procedure<[PageNumber, PageNumber, readonly number[]], void> {
  const { mm } = kernel
  function* removeMigrationPte(
    old: PageNumber,
    page: PageNumber,
    list: readonly number[],
  ): Body<void> {
    yield* atomically({
      assign: list.flatMap((va, i) => {
        const swapEntry = swapEntryOf(mm, va)
        if (!swapEntry) throw new Error('migration entries are not modelled here')
        const pte = entry(mm, va)
        const refs = refcountOf(mm.pages, page + i)
        const there = eq(swapEntry, old)
        return [
          [pte, when(there, page + i, pte)] as const,
          [refs, plus(refs, there)] as const,
          [swapEntry, when(there, 0, swapEntry)] as const,
        ]
      }),
      label: `set_pte_at(${list.map((va) => entry(mm, va).name).join(', ')}, page${page}) in place of the migration entry`,
    })
  }
  return procedure(
    'remove_migration_ptes',
    'mm/migrate.c:remove_migration_ptes',
    (old, page, list) => underRmapLock(mm, removeMigrationPte(old, page, list)),
  )
}
