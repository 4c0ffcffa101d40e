/** The secondary page table: one entry per virtual page, which is its guest page too. */
import { type DriverHost, devicePages, entryAt } from '@mmulab/core'
import type { Variable } from '@mmulab/model'

export interface Sptes {
  readonly spte: readonly Variable[]
  /** The entry of a virtual page. */
  readonly pte: (va: number) => Variable
}

export function sptes(host: DriverHost): Sptes {
  const spte = devicePages(host, 'spte')
  return { spte, pte: (va) => entryAt(spte, va) }
}
