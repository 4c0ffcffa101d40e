/**
 * Memory failure: the hardware has lost a page. Every mapping of it goes, under the page lock, and its entries fail from then on; nothing
 * may refuse that, and the page is never handed out again.
 *
 * Left out: what kills or warns the processes that had it mapped, huge pages, and pages of files that can be read anew.
 */
import { call, mark, mutexLock, mutexUnlock, type Procedure, procedure } from '@mmulab/model'
import type { Kernel } from './kernel.ts'
import { entry, pageLockOf } from './mm.ts'
import { anyOf, isolate } from './reclaim.ts'
import { unmapPoisonedProcedure } from './rmap.ts'

/** What scenarios ask whether it can happen. */
export const PAGE_POISONED = 'a page is out of use'

/** mm/memory-failure.c:memory_failure of one mapped page, whichever the hardware names; the reference that it takes is never given back. */
export function memoryFailureProcedure(kernel: Kernel): Procedure<[], void> {
  const { mm } = kernel
  const unmap = unmapPoisonedProcedure(kernel)
  return procedure('memory_failure', 'mm/memory-failure.c:memory_failure', function* () {
    const va = yield* anyOf(mm.virtualPages, 'the page that is lost')
    const page = yield* isolate(mm, entry(mm, va))
    if (!page) return
    const lock = pageLockOf(mm, page)
    yield* mutexLock(lock)
    yield* call(unmap, page, va)
    yield* mark(PAGE_POISONED)
    yield* mutexUnlock(lock)
  })
}
