/**
 * Where an allocation may end in a notifier. Direct reclaim runs in the allocating task, under whatever that holds, and unmaps pages in
 * sections like any other; __GFP_FS and __GFP_IO only narrow down which pages. What does not reclaim directly (GFP_NOWAIT, GFP_ATOMIC, and
 * any allocation of a task that reclaims already, PF_MEMALLOC) calls no notifier. That is so in every version; what changed
 * is how much of it lockdep knows without having seen it (kernel.ts: notifierMap).
 */
import {
  type Allocator,
  alloc,
  type Body,
  downWrite,
  GFP_ATOMIC,
  GFP_KERNEL,
  GFP_NOFS,
  GFP_NOIO,
  GFP_NOWAIT,
  type Gfp,
  mark,
  memallocRestore,
  memallocSave,
  type Procedure,
  preemptDisable,
  preemptEnable,
  procedure,
  upWrite,
  variable,
} from '@mmulab/model'
import type { Kernel } from './kernel.ts'

export interface AllocContext {
  readonly name: string
  readonly gfp: Gfp
  /** PF_MEMALLOC is set. */
  readonly memalloc?: boolean
  /** Preemption is off. */
  readonly atomic?: boolean
}

export const ALLOC_CONTEXTS: readonly AllocContext[] = [
  { name: 'kernel', gfp: GFP_KERNEL },
  { name: 'nofs', gfp: GFP_NOFS },
  { name: 'noio', gfp: GFP_NOIO },
  { name: 'nowait', gfp: GFP_NOWAIT },
  { name: 'atomic', gfp: GFP_ATOMIC, atomic: true },
  { name: 'memalloc', gfp: GFP_KERNEL, memalloc: true },
]

/** Whether an allocation in this context may reclaim directly. */
export const mayReclaim = ({ gfp, memalloc = false }: AllocContext): boolean =>
  gfp.directReclaim && !memalloc

/** What scenarios ask whether it can happen. */
export const ALLOCATED = 'the allocation is made'

/** An allocation in a context. */
export function* allocIn(allocator: Allocator, context: AllocContext, what: string): Body<void> {
  if (context.memalloc) yield* memallocSave()
  if (context.atomic) yield* preemptDisable()
  yield* alloc(allocator, context.gfp, what)
  if (context.atomic) yield* preemptEnable()
  if (context.memalloc) yield* memallocRestore()
}

/**
 * mm/mmap.c:mmap_region, as far as it allocates a VMA: under mmap_lock for write, the lock that most allocations of the mm itself are made
 * under. In the kernel that is GFP_KERNEL; the other contexts stand for callers further out (memalloc_nofs_save() and the like).
 * Memory is short for this task only.
 */
export function mmapRegionProcedure(kernel: Kernel, context: AllocContext): Procedure<[], void> {
  const { mm, allocator } = kernel
  const short = { ...allocator, shortages: variable('shortages', { max: 1, init: 1 }) }
  return procedure('mmap_region', 'mm/mmap.c:mmap_region', function* () {
    yield* downWrite(mm.mmapLock)
    yield* allocIn(short, context, 'a VMA')
    yield* mark(ALLOCATED)
    yield* upWrite(mm.mmapLock)
  })
}
