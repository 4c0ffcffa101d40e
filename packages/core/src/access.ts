/**
 * What a page-table entry allows, in worlds with paths that change it. Three values are enough: an entry may be written through or
 * not, and one that may has been written through or is clean.
 *
 * A device's own mapping has no such bits here: a device faults for writing, and what it maps it may write. So it may map a page only
 * while the CPU's entry is WRITTEN. Write-protecting an entry (fork, KSM, mprotect), or cleaning it so that the next write be noticed
 * (MADV_FREE), takes effect for a device only through a section. Mappings that only read are left out.
 */
import { type Expr, type ExprLike, eq, type Variable, when } from '@mmulab/model'
import type { Mm } from './mm.ts'
import { CLEAN, WRITTEN } from './mm-parts.ts'

export const accessOf = (mm: Mm, va: number): Variable | undefined => mm.access?.[va]

/** A part of a step. */
export type Assignment = readonly [Variable, ExprLike]

/** What the entry allows from then on; nothing where that is not modelled. */
export function setAccess(mm: Mm, va: number, value: ExprLike): Assignment[] {
  const access = accessOf(mm, va)
  return access ? [[access, value]] : []
}

/** pte_mkdirty() of an entry that may be written through. */
export function markWritten(mm: Mm, va: number): Assignment[] {
  const access = accessOf(mm, va)
  return access ? [[access, when(eq(access, CLEAN), WRITTEN, access)]] : []
}

/** pte_mkclean(): what an entry allows whose next write is to be noticed. */
export const cleaned = (access: Variable): Expr => when(eq(access, WRITTEN), CLEAN, access)
