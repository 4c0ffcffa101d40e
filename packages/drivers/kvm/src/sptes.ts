/** The secondary page table: one entry per virtual page, which is its guest page too. */
import type { DriverHost } from '@mmulab/core'
import { array, type Variable } from '@mmulab/model'

export interface Sptes {
  readonly spte: readonly Variable[]
  /** The entry of a virtual page. */
  readonly pte: (va: number) => Variable
}

export function sptes(host: DriverHost): Sptes {
  const spte = array(`${host.label}.spte`, host.virtualPages.length, { max: host.pageCount }).map(
    (v, va) => (host.warm ? { ...v, init: va + 1 } : v),
  )
  return {
    spte,
    pte(va) {
      const v = spte[va]
      if (!v) throw new Error(`there is no virtual page ${va}`)
      return v
    },
  }
}
