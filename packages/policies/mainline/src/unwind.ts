/** 5.12 on: after a refusal the walk is completed, then every notifier with an end operation is told that it is over. */
import {
  eachListed,
  endCallback,
  hlistStartWalk,
  type Kernel,
  type Range,
  warnOnRefusal,
} from '@mmulab/core'
import { type Procedure, procedure, warn } from '@mmulab/model'

/**
 * The end calls stand inside the same SRCU section and outside non_block_start(). They go to notifiers with an end operation
 * whether their own start said yes or not: a notifier that may refuse must not have one, and the core warns if it does.
 */
export const hlistUnwind = (kernel: Kernel): Procedure<[Range], number> =>
  procedure(
    'mn_hlist_invalidate_range_start',
    { at: 'mm/mmu_notifier.c:mn_hlist_invalidate_range_start', versions: '5.12..7.3' },
    (range) =>
      hlistStartWalk(kernel, range, {
        *refused(sub, ret) {
          yield* warnOnRefusal(sub, range, ret)
          if (sub.ops.invalidateRangeEnd)
            yield* warn(`WARN: ${sub.name} refuses a start although it has an end operation`)
        },
        failed: () => eachListed(kernel, 'invalidateRangeEnd', (sub) => endCallback(sub, range)),
      }),
  )
