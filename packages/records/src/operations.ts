/** The mm operations whose sections the model has, each over a VMA of its own: what `orders.ts` runs against each other. */
import {
  collapseHugePageProcedure,
  collapsePteMappedThpProcedure,
  createChild,
  dontneedProcedure,
  dontneedSplitProcedure,
  forkProcedure,
  type Kernel,
  type KernelFacts,
  kswapdProcedure,
  madviseFreeProcedure,
  memoryFailureProcedure,
  movePageTables,
  mprotectProcedure,
  munmapProcedure,
  oomReapTaskProcedure,
  pageLockOf,
  processMreleaseProcedure,
  replacePageProcedure,
  unmapAndMoveProcedure,
  unmapMappingRangeProcedure,
  type Vma,
  vmaEndWrite,
  vmaStartWrite,
  writeFaultProcedure,
  writeProtectPageProcedure,
} from '@mmulab/core'
import {
  type Body,
  call,
  downRead,
  downWrite,
  mutexLock,
  mutexUnlock,
  type Procedure,
  upRead,
  upWrite,
} from '@mmulab/model'

export interface Operation {
  /** As records call it, where they do. */
  readonly name: string
  readonly title: string
  /** What it holds while its section is open. */
  readonly locks: string
  /** Whether a kernel has it, and calls notifiers in it, where not all do. */
  readonly exists?: (facts: KernelFacts) => boolean
  /** Its VMA maps a file. */
  readonly ofFile?: boolean
  /** `kernel` has the one VMA; `spare` is where its pages can go to. */
  readonly run: (kernel: Kernel, vma: Vma, spare: Vma) => () => Body<unknown>
}

export const OPERATIONS: readonly Operation[] = [
  {
    name: 'munmap',
    title: 'munmap(2)',
    locks: 'mmap_lock for write; from 4.20 on downgraded to read before the section',
    run: (kernel, vma) => calling(munmapProcedure(kernel), vma),
  },
  {
    name: 'mprotect',
    title: 'mprotect(2)',
    locks: 'mmap_lock for write, from 6.4 on the VMA',
    run: (kernel, vma) => calling(mprotectProcedure(kernel), vma, vma.pages),
  },
  {
    name: 'dontneed',
    title: 'madvise(MADV_DONTNEED)',
    locks: 'mmap_lock for read',
    run: (kernel, vma) => calling(dontneedProcedure(kernel), vma, vma.pages),
  },
  {
    name: 'free',
    title: 'madvise(MADV_FREE)',
    locks: 'mmap_lock for read',
    run: (kernel, vma) => calling(madviseFreeProcedure(kernel), vma, vma.pages),
  },
  {
    name: 'split',
    title: 'madvise(MADV_DONTNEED) of a part of a huge page: a section inside a section',
    locks: 'mmap_lock for read',
    run: (kernel, vma) => calling(dontneedSplitProcedure(kernel), vma, vma.pages),
  },
  {
    name: 'cow',
    title: 'copy on write',
    locks: 'mmap_lock for read; from 6.4 on the VMA for read instead',
    run: (kernel, vma) => calling(writeFaultProcedure(kernel), vma.pages[0] ?? 0),
  },
  {
    name: 'fork',
    title: 'fork(2), of a process whose other VMA is not copied (MADV_DONTFORK)',
    locks: 'mmap_lock for write, from 6.4 on the VMA',
    run: (kernel) => calling(forkProcedure(kernel, createChild(kernel.mm))),
  },
  {
    name: 'mremap',
    title: 'mremap(2): move_page_tables()',
    locks: 'mmap_lock for write, from 6.4 on the VMA; the rmap locks for write or not',
    run: (kernel, vma, spare) => moving(kernel, vma, spare),
  },
  {
    name: 'collapse',
    title: 'khugepaged collapses anonymous pages',
    locks: 'mmap_lock for write, from 6.4 on the VMA; the anon_vma for write',
    run: (kernel, vma) => calling(collapseHugePageProcedure(kernel, vma)),
  },
  {
    name: 'retract',
    title: 'khugepaged takes the page table of a file mapping away',
    locks: 'mmap_lock for write by trylock, the page lock, the mapping of the file for write',
    exists: (facts) => facts.collapseNotifies,
    ofFile: true,
    run: (kernel, vma) => calling(collapsePteMappedThpProcedure(kernel), vma),
  },
  {
    name: 'ksm',
    title: 'KSM write-protects a page',
    locks: 'mmap_lock for read, the page lock',
    run: (kernel, vma) => {
      const writeProtectPage = writeProtectPageProcedure(kernel)
      return withPage(kernel, vma, (page, va) => call(writeProtectPage, page, va))
    },
  },
  {
    name: 'merge',
    title: 'KSM replaces a page',
    locks: 'mmap_lock for read, the page lock',
    run: (kernel, vma, spare) => {
      const replacePage = replacePageProcedure(kernel)
      const kpage = (spare.pages[0] ?? 0) + 1
      return withPage(kernel, vma, (page, va) => call(replacePage, page, kpage, va))
    },
  },
  {
    name: 'truncate',
    title: 'truncation of a mapped file',
    locks: "the lock of the file's mapping for read",
    run: (kernel, vma) => calling(unmapMappingRangeProcedure(kernel), vma.pages),
  },
  {
    name: 'reclaim',
    title: 'reclaim of a page by kswapd',
    locks: 'the page lock, the rmap lock for read',
    run: (kernel) => calling(kswapdProcedure(kernel)),
  },
  {
    name: 'migrate',
    title: 'migration of a page',
    locks: 'the page lock, the rmap lock for read',
    run: (kernel) => calling(unmapAndMoveProcedure(kernel)),
  },
  {
    name: 'hwpoison',
    title: 'memory failure',
    locks: 'the page lock, the rmap lock for read',
    run: (kernel) => calling(memoryFailureProcedure(kernel)),
  },
  {
    name: 'reaper',
    title: 'the OOM reaper',
    locks: 'mmap_lock for read, by trylock',
    exists: (facts) => facts.hlistWalk !== 'void',
    run: (kernel) => calling(oomReapTaskProcedure(kernel)),
  },
  {
    name: 'mrelease',
    title: 'process_mrelease(2)',
    locks: 'mmap_lock for read',
    exists: (facts) => facts.processMrelease,
    run: (kernel) => calling(processMreleaseProcedure(kernel)),
  },
]

const calling =
  <A extends unknown[]>(procedure: Procedure<A, unknown>, ...args: A) =>
  (): Body<unknown> =>
    call(procedure, ...args)

/** What KSM holds around both of its sections. */
const withPage =
  ({ mm }: Kernel, vma: Vma, body: (page: number, va: number) => Body<unknown>) =>
  (): Body<unknown> => {
    const va = vma.pages[0] ?? 0
    const lock = pageLockOf(mm, va + 1)
    return (function* () {
      yield* downRead(mm.mmapLock)
      yield* mutexLock(lock)
      yield* body(va + 1, va)
      yield* mutexUnlock(lock)
      yield* upRead(mm.mmapLock)
    })()
  }

/** What mremap holds around the section of the move; those of what is unmapped before and after are munmap's, but for mmap_lock. */
const moving = (kernel: Kernel, from: Vma, to: Vma) => (): Body<unknown> =>
  (function* () {
    yield* downWrite(kernel.mm.mmapLock)
    yield* vmaStartWrite(from)
    yield* movePageTables(kernel, from, to)
    yield* vmaEndWrite(from)
    yield* upWrite(kernel.mm.mmapLock)
  })()
