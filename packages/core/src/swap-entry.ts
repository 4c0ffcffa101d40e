/**
 * Page-table entries that hold no page and are not empty: what migration leaves behind until the page has moved, and what memory
 * failure leaves behind for good. 0 is neither; a page number says that this page is being migrated; one more than there are pages
 * says that the hardware lost it. Whoever faults on a migration entry waits for the page lock, with mmap_lock held
 * (migration_entry_wait()); on a poisoned one the fault fails.
 */
import { and, any, type Expr, type ExprLike, eq, OTHER, type Variable } from '@mmulab/model'
import type { Assignment } from './access.ts'
import type { Mm } from './mm.ts'

/** The value of a poisoned entry. */
export const poisonOf = (mm: Mm): number => mm.pages.count + 1

export const swapEntryOf = (mm: Mm, va: number): Variable | undefined => mm.swapEntries?.[va]

/** A part of a step; nothing where such entries are not modelled. */
export function setSwapEntry(mm: Mm, va: number, value: ExprLike): Assignment[] {
  const entry = swapEntryOf(mm, va)
  return entry ? [[entry, value]] : []
}

/** A page that was at `va` is being migrated. */
export const isMigrating = (mm: Mm, va: number): Expr =>
  any(mm.pages.refs, (_, i) => eq(swapEntryOf(mm, va) ?? 0, i + 1))

/** The other task holds the lock of the page that is being migrated. */
export const migrates = (mm: Mm, va: number): Expr =>
  any(mm.pageLocks, (lock, i) => and(eq(swapEntryOf(mm, va) ?? 0, i + 1), eq(lock.owner, OTHER)))
