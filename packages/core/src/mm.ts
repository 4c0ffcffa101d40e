/**
 * One address space: virtual pages in VMAs, a CPU page table, the locks of the mm, and the flags of the OOM path. Virtual
 * pages are numbered from 0; a page-table entry holds a page number, or 0.
 *
 * `open` is not the kernel's: it counts, for every virtual page, the notifier sections that are being opened, are open or are
 * being closed, so that claims can speak of "no section is open".
 */
import {
  all,
  array,
  type Expr,
  eq,
  flag,
  type LockInfo,
  type Mutex,
  mutex,
  type Procedure,
  type Rwsem,
  rwsem,
  type Variable,
  variable,
} from '@mmulab/model'
import { createAccess, createCache, createSwapEntries, type MmPart } from './mm-parts.ts'
import { createPages, type PageNumber, type Pages } from './pages.ts'

export interface Vma {
  readonly name: string
  /** The virtual pages it covers. */
  readonly pages: readonly number[]
  /** 0 once it is unmapped. */
  readonly mapped: Variable
  /** VM_WRITE, where access is modelled; always set elsewhere. */
  readonly writable?: Variable | undefined
  /** vm_lock. */
  readonly lock?: Rwsem | undefined
}

/** More users than this are the verdict "bound exceeded". */
const USERS_LIMIT = 7

export interface Mm {
  readonly virtualPages: readonly number[]
  readonly pages: Pages
  readonly pte: readonly Variable[]
  /** What the entry at each virtual page allows (access.ts); where there is none it says nothing. */
  readonly access?: readonly Variable[] | undefined
  /** Entries without a page that are not empty either (swap-entry.ts). */
  readonly swapEntries?: readonly Variable[] | undefined
  /** The page of the file behind each virtual page, or 0; the cache holds a reference. */
  readonly cache?: readonly Variable[] | undefined
  /** mm_users (users.ts); where there are none, nobody exits but by exit_mmap(). */
  readonly users?: Variable | undefined
  /** It goes because the OOM killer says so. */
  readonly victim: boolean
  /** 1 while a signal may still come (signals.ts). */
  readonly signals?: Variable | undefined
  readonly vmas: readonly Vma[]
  readonly mmapLock: Rwsem
  /** The anon_vma lock of all its anonymous mappings; rmap walks hold it for read. */
  readonly rmapLock: Rwsem
  readonly pageLocks: readonly Mutex[]
  /** Of the whole machine, which has one mm here: who holds it decides on victims. */
  readonly oomLock: Mutex
  /** MMF_UNSTABLE: pages that are missing may not be faulted in any more. */
  readonly unstable: Variable
  /** MMF_OOM_SKIP: the OOM killer looks elsewhere. */
  readonly oomSkip: Variable
  /** mm_users is 0: only the mm itself is left, and there is nobody to be coherent with. */
  readonly exited: Variable
  readonly open: readonly Variable[]
  /** Pages that the OOM reaper has unmapped. */
  readonly reaped: Variable
  /** What a flush of the CPU's TLB calls for secondary TLBs: nothing, where no driver has one. */
  readonly secondaryTlbs: readonly Procedure<[readonly number[]], void>[]
}

export interface MmShape {
  readonly vmas: number
  readonly pagesPerVma: number
  /** Physical pages beyond those mapped at the start. */
  readonly sparePages: number
  /** Drivers that hold a reference to every page at the start. */
  readonly holders: number
  /** Sections that may be open at the same time. */
  readonly openSections: number
  /** None, by default. */
  readonly parts?: readonly MmPart[]
}

export function createMm(shape: MmShape): Mm {
  const total = shape.vmas * shape.pagesPerVma
  const virtualPages = Array.from({ length: total }, (_, i) => i)
  const has = (part: MmPart): boolean => shape.parts?.includes(part) === true
  const pages = createPages(
    total + shape.sparePages,
    total,
    shape.holders,
    has('page-cache') ? 1 : 0,
  )
  return {
    virtualPages,
    pages,
    pte: virtualPages.map((va) => variable(`pte[${va}]`, { max: pages.count, init: va + 1 })),
    access: has('access') ? createAccess(virtualPages) : undefined,
    swapEntries: has('swap-entries') ? createSwapEntries(virtualPages, pages.count) : undefined,
    cache: has('page-cache') ? createCache(virtualPages, pages.count) : undefined,
    users: has('users') ? variable('mm_users', { max: USERS_LIMIT, init: 1 }) : undefined,
    victim: has('victim'),
    signals: has('signals') ? flag('signal', 1) : undefined,
    vmas: Array.from({ length: shape.vmas }, (_, i) => ({
      name: `vma${i}`,
      pages: virtualPages.slice(i * shape.pagesPerVma, (i + 1) * shape.pagesPerVma),
      mapped: flag(`vma${i}.mapped`, 1),
      writable: has('access') ? flag(`vma${i}.VM_WRITE`, 1) : undefined,
      lock: has('vma-locks') ? rwsem(`vma${i}.vm_lock`) : undefined,
    })),
    mmapLock: rwsem('mmap_lock'),
    rmapLock: rwsem('anon_vma->rwsem'),
    pageLocks: pages.refs.map((_, i) => mutex(`page${i + 1}.lock`)),
    oomLock: mutex('oom_lock'),
    unstable: flag('MMF_UNSTABLE'),
    oomSkip: flag('MMF_OOM_SKIP'),
    exited: flag('mm.exited'),
    open: array('sections', total, { max: shape.openSections }),
    reaped: variable('reaped', { max: total }),
    secondaryTlbs: [],
  }
}

/** What lockdep knows of a page-table lock. Entries change in single steps here, so that nobody ever waits for it. */
export const PAGE_TABLE_LOCK: LockInfo = {
  name: 'page_table_lock',
  cls: 'page_table_lock',
  sleeps: false,
}

export const entry = (mm: Mm, va: number): Variable => {
  const v = mm.pte[va]
  if (!v) throw new Error(`there is no virtual page ${va}`)
  return v
}

export function pageLockOf(mm: Mm, page: PageNumber): Mutex {
  const lock = mm.pageLocks[page - 1]
  if (!lock) throw new Error(`there is no lock for page ${page}`)
  return lock
}

export function vmaOf(mm: Mm, va: number): Vma {
  const vma = mm.vmas.find((v) => v.pages.includes(va))
  if (!vma) throw new Error(`there is no VMA at ${va}`)
  return vma
}

/** No section is being opened, open or being closed anywhere in the mm. */
export const noSectionOpen = (mm: Mm): Expr => all(mm.open, (n) => eq(n, 0))
