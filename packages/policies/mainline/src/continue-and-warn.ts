/** 5.4 to 5.11: the same walk with a WARN for refusals that may not be. */
import { hlistStartWalk, type Kernel, type Range, warnOnRefusal } from '@mmulab/core'
import { type Procedure, procedure } from '@mmulab/model'

export const hlistContinueAndWarn = (kernel: Kernel): Procedure<[Range], number> =>
  procedure(
    'mn_hlist_invalidate_range_start',
    { at: 'mm/mmu_notifier.c:mn_hlist_invalidate_range_start', versions: '5.4..5.11' },
    (range) =>
      hlistStartWalk(kernel, range, {
        refused: (sub, ret) => warnOnRefusal(sub, range, ret),
      }),
  )
