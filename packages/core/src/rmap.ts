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
import type { Kernel } from './kernel.ts'
import { entry, type Mm } from './mm.ts'
import { WRITTEN } from './mm-parts.ts'
import { type PageNumber, refcountOf } from './pages.ts'
import { range } from './range.ts'
import { closeSection, openSection } from './section.ts'
import { poisonOf, setSwapEntry, swapEntryOf } from './swap-entry.ts'
import { flushSecondaryTlbs } from './zap.ts'

export interface UnmapOptions {
  /** Pages whose mapping stays; by default none are. It is asked after start (VM_LOCKED in the kernel). */
  readonly mlocked?: (page: PageNumber) => Expr
}

/** The entry goes if it is the page's, and with it the mapping's reference; `leaves` is what takes its place. */
function* clearEntry(kernel: Kernel, page: PageNumber, va: number, leaves?: number): Body<void> {
  const { mm, facts } = kernel
  const pte = entry(mm, va)
  const refs = refcountOf(mm.pages, page)
  const there = eq(pte, page)
  const access = accessOf(mm, va)
  const swapEntry = swapEntryOf(mm, va)
  yield* atomically({
    assign: [
      [pte, when(there, 0, pte)],
      [refs, minus(refs, there)],
      ...(access ? setAccess(mm, va, when(there, WRITTEN, access)) : []),
      ...(leaves !== undefined && swapEntry
        ? setSwapEntry(mm, va, when(there, leaves, swapEntry))
        : []),
    ],
    label: `ptep_clear_flush(${pte.name}), drop the mapping's reference`,
  })
  if (facts.secondaryTlbs === 'arch-flush') yield* flushSecondaryTlbs(mm, [va])
}

/** mm/rmap.c:try_to_unmap_one for a page mapped at `va`. The caller holds the page lock, the rmap lock and a reference. */
export function tryToUnmapOneProcedure(
  kernel: Kernel,
  { mlocked }: UnmapOptions = {},
): Procedure<[PageNumber, number], void> {
  const { facts } = kernel
  return procedure('try_to_unmap_one', 'mm/rmap.c:try_to_unmap_one', function* (page, va) {
    const r = range('CLEAR', [va], { blockable: true, mayFail: facts.unmapMayFail })
    yield* openSection(kernel, r)
    if (mlocked && (yield* read(mlocked(page), `is page${page} mlocked?`))) {
      yield* closeSection(kernel, r)
      return
    }
    yield* clearEntry(kernel, page, va)
    yield* closeSection(kernel, r)
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
 * mm/rmap.c:try_to_migrate (5.14+); before, try_to_unmap() with TTU_MIGRATION, and so with whatever a patch does to its ranges. The entry
 * stands for the page until it has moved. VM_LOCKED is no reason to stop.
 */
export function tryToMigrateProcedure(kernel: Kernel): Procedure<[PageNumber, number], void> {
  const { mm, facts } = kernel
  function* tryToMigrateOne(page: PageNumber, va: number): Body<void> {
    const mayFail = !facts.tryToMigrate && facts.unmapMayFail
    const r = range('CLEAR', [va], { blockable: true, mayFail })
    yield* openSection(kernel, r)
    yield* clearEntry(kernel, page, va, page)
    yield* closeSection(kernel, r)
  }
  return facts.tryToMigrate
    ? procedure(
        'try_to_migrate',
        { at: 'mm/rmap.c:try_to_migrate', versions: '5.14..7.3' },
        (page, va) => underRmapLock(mm, tryToMigrateOne(page, va)),
      )
    : procedure(
        'try_to_unmap',
        { at: 'mm/rmap.c:try_to_unmap', versions: '4.6..5.13' },
        (page, va) => underRmapLock(mm, tryToMigrateOne(page, va)),
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
    yield* openSection(kernel, r)
    yield* clearEntry(kernel, page, va, poisonOf(mm))
    yield* closeSection(kernel, r)
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
): Procedure<[PageNumber, PageNumber, number], void> {
  const { mm } = kernel
  function* removeMigrationPte(old: PageNumber, page: PageNumber, va: number): Body<void> {
    const swapEntry = swapEntryOf(mm, va)
    if (!swapEntry) throw new Error('migration entries are not modelled here')
    const pte = entry(mm, va)
    const refs = refcountOf(mm.pages, page)
    const there = eq(swapEntry, old)
    yield* atomically({
      assign: [
        [pte, when(there, page, pte)],
        [refs, plus(refs, there)],
        [swapEntry, when(there, 0, swapEntry)],
      ],
      label: `set_pte_at(${pte.name}, page${page}) in place of the migration entry`,
    })
  }
  return procedure('remove_migration_ptes', 'mm/migrate.c:remove_migration_ptes', (old, page, va) =>
    underRmapLock(mm, removeMigrationPte(old, page, va)),
  )
}
