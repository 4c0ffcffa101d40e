/** struct gntdev_grant_map: the grants behind one VMA, which the hypervisor has mapped at its page-table entries. */
import { type DriverHost, devicePages, entryAt, type PageNumber } from '@mmulab/core'
import {
  atomically,
  type Body,
  type Procedure,
  procedure,
  store,
  type Variable,
} from '@mmulab/model'

const FILE = 'drivers/xen/gntdev.c'

export interface Grants {
  readonly mapped: readonly Variable[]
  /** What the hypervisor has mapped at a virtual page, or 0. */
  readonly at: (va: number) => Variable
  /** unmap_grant_pages(): before 5.19 it waits until nobody holds a reference to the pages, which nobody does here. */
  readonly unmap: Procedure<[readonly number[]], void>
  /** Those of the range that are mapped. */
  readonly map: (va: number, page: PageNumber) => Body<number>
}

export function createGrants(host: DriverHost): Grants {
  const mapped = devicePages(host, 'grant')
  const at = (va: number) => entryAt(mapped, va)
  return {
    mapped,
    at,
    map: (va, page) => store(at(va), page),
    unmap: procedure('unmap_grant_pages', `${FILE}:unmap_grant_pages`, function* (pages) {
      yield* atomically({
        assign: pages.map((va) => [at(va), 0] as const),
        label: `GNTTABOP_unmap_grant_ref(${pages.map((va) => at(va).name).join(', ')})`,
      })
    }),
  }
}
