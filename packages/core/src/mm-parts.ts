/** What a world has of an mm only where a path is about it; whoever does not ask for it pays no state for it. */
import { type Variable, variable } from '@mmulab/model'

/**
 * - access: whether entries may be written through, and have been (fork, KSM, mprotect, MADV_FREE)
 * - swap-entries: entries that stand for a page that is being migrated, or that the hardware has lost
 * - page-cache: the mapping is of a file, whose pages stay when it goes
 * - vma-locks: locks of single VMAs, under which 6.4 and later handle faults
 * - users: who keeps the address space from exiting (mm_users)
 * - victim: the OOM killer has chosen who uses it (mm_is_oom_victim())
 * - signals: one signal, which interrupts whoever looks for it first
 */
export type MmPart =
  | 'access'
  | 'swap-entries'
  | 'page-cache'
  | 'vma-locks'
  | 'users'
  | 'victim'
  | 'signals'

/** What an entry allows: see access.ts. */
export const READ_ONLY = 0
export const CLEAN = 1
export const WRITTEN = 2

export const createAccess = (virtualPages: readonly number[]): Variable[] =>
  virtualPages.map((va) =>
    variable(`access[${va}]`, {
      max: WRITTEN,
      init: WRITTEN,
      words: ['read-only', 'clean', 'written'],
    }),
  )

/** 0, the number of a page, or one more than there are pages: see swap-entry.ts. */
export const createSwapEntries = (virtualPages: readonly number[], pageCount: number): Variable[] =>
  virtualPages.map((va) => variable(`swap_entry[${va}]`, { max: pageCount + 1 }))

/** The page of the file behind each virtual page, or 0. */
export const createCache = (virtualPages: readonly number[], pageCount: number): Variable[] =>
  virtualPages.map((va) => variable(`i_pages[${va}]`, { max: pageCount, init: va + 1 }))
