/**
 * Locks of single VMAs (6.4+): a fault of the CPU takes the one of its VMA for read by trylock and leaves mmap_lock alone; who
 * holds mmap_lock for write and changes a VMA locks that out first. get_user_pages() has no part in it.
 *
 * vma_start_write() waits for readers, notes that the VMA is locked until mmap_lock is given back or downgraded
 * (vma_end_write_all()), and drops vm_lock at once. Readers only ever try, so holding it for as long is the same.
 * Worlds in which no CPU faults have no such locks.
 */
import { type Body, downReadTrylock, downWrite, load, upRead, upWrite } from '@mmulab/model'
import type { Vma } from './mm.ts'

/** include/linux/mm.h:vma_start_write; the caller holds mmap_lock for write. */
export function* vmaStartWrite({ lock }: Vma): Body<void> {
  if (lock) yield* downWrite(lock)
}

/** include/linux/mm.h:vma_end_write_all for one VMA: just before mmap_lock is given back or downgraded. */
export function* vmaEndWrite({ lock }: Vma): Body<void> {
  if (lock) yield* upWrite(lock)
}

/** mm/memory.c:lock_vma_under_rcu; answers 1 if the VMA is there and locked for read. */
export function* lockVmaUnderRcu({ lock, mapped }: Vma): Body<number> {
  if (!lock || !(yield* downReadTrylock(lock))) return 0
  if (yield* load(mapped)) return 1
  yield* upRead(lock)
  return 0
}

/** include/linux/mm.h:vma_end_read. */
export function* vmaEndRead({ lock }: Vma): Body<void> {
  if (lock) yield* upRead(lock)
}
