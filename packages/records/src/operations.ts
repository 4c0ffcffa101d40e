/** The mm operations whose sections the model has, each over a VMA of its own: what `orders.ts` runs against each other. */
import {
  dontneedProcedure,
  dontneedSplitProcedure,
  type Kernel,
  type KernelFacts,
  kswapdProcedure,
  mprotectProcedure,
  munmapProcedure,
  oomReapTaskProcedure,
  processMreleaseProcedure,
  unmapMappingRangeProcedure,
  type Vma,
  writeFaultProcedure,
} from '@mmulab/core'
import { type Body, call, type Procedure } from '@mmulab/model'

export interface Operation {
  /** As records call it, where they do. */
  readonly name: string
  readonly title: string
  /** It opens a section inside a section. */
  readonly nests?: boolean
  /** What it holds while its section is open. */
  readonly locks: string
  /** Whether a kernel has it, and calls notifiers in it, where not all do. */
  readonly exists?: (facts: KernelFacts) => boolean
  /** `kernel` has the one VMA. */
  readonly run: (kernel: Kernel, vma: Vma) => () => Body<unknown>
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
    locks: 'mmap_lock for write',
    run: (kernel, vma) => calling(mprotectProcedure(kernel), vma, vma.pages),
  },
  {
    name: 'dontneed',
    title: 'madvise(MADV_DONTNEED)',
    locks: 'mmap_lock for read',
    run: (kernel, vma) => calling(dontneedProcedure(kernel), vma, vma.pages),
  },
  {
    name: 'split',
    title: 'madvise(MADV_DONTNEED) of a part of a huge page: a section inside a section',
    nests: true,
    locks: 'mmap_lock for read',
    run: (kernel, vma) => calling(dontneedSplitProcedure(kernel), vma, vma.pages),
  },
  {
    name: 'cow',
    title: 'copy on write',
    locks: 'mmap_lock for read',
    run: (kernel, vma) => calling(writeFaultProcedure(kernel), vma.pages[0] ?? 0),
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
