/** What a device has of each virtual page: the entries of a secondary page table, the pages of a buffer. */
import { array, type Variable } from '@mmulab/model'
import type { DriverHost } from './driver.ts'

/**
 * One variable per virtual page, `label.field[va]`: 0 or the page that the device uses there. A warm device starts with
 * everything mapped as the CPU has it, page va + 1 at va.
 */
export const devicePages = (host: DriverHost, field: string): readonly Variable[] =>
  array(`${host.label}.${field}`, host.virtualPages.length, { max: host.pageCount }).map((v, i) =>
    host.warm ? { ...v, init: (host.virtualPages[i] ?? 0) + 1 } : v,
  )

/** What a list has of a virtual page. @throws Error if the mm has no such page */
export function entryAt<T>(entries: readonly T[], va: number): T {
  const entry = entries[va]
  if (entry === undefined) throw new Error(`there is no virtual page ${va}`)
  return entry
}
