/**
 * struct mmu_notifier_range: plain data, handed by the mm to the notifier core and by it to every callback.
 *
 * Left out: that there is no event before 5.1, and none of RELEASE before 5.5 (a driver of those kernels may not ask for it); range->vma, which
 * nobody here looks at.
 */

import type { LockInfo } from '@mmulab/model'

export type RangeEvent =
  | 'UNMAP'
  | 'CLEAR'
  | 'PROTECTION_VMA'
  | 'PROTECTION_PAGE'
  | 'SOFT_DIRTY'
  | 'RELEASE'

export interface Range {
  /** Numbers of the virtual pages it covers, ascending. */
  readonly pages: readonly number[]
  readonly event: RangeEvent
  /** MMU_NOTIFIER_RANGE_BLOCKABLE; before 5.0 an argument of its own. */
  readonly blockable: boolean
  /** MMU_NOTIFIER_RANGE_MAYFAIL: only where a patch sets it. */
  readonly mayFail: boolean
}

export const range = (
  event: RangeEvent,
  pages: readonly number[],
  flags: { readonly blockable: boolean; readonly mayFail?: boolean },
): Range => ({ event, pages, blockable: flags.blockable, mayFail: flags.mayFail ?? false })

/** __mmu_notifier_invalidate_range_start_map (5.4+): lockdep's word for "a section begins or ends here". */
export const NOTIFIER_MAP: LockInfo = {
  name: 'mmu_notifier_invalidate_range_start',
  cls: 'map:mmu_notifier_invalidate_range_start',
  sleeps: true,
}

/** The pages of `range` that are among `pages`. */
export const overlap = (r: Range, pages: readonly number[]): number[] =>
  pages.filter((p) => r.pages.includes(p))

/** -EAGAIN: the answer of a callback that may not block and would have to. */
export const EAGAIN = -11
/** -EINTR: a signal came first. */
export const EINTR = -4
export const EBUSY = -16
export const EFAULT = -14
