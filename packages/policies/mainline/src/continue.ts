/** 4.19 to 5.3: mm/mmu_notifier.c:__mmu_notifier_invalidate_range_start. */
import { hlistStartWalk, type Kernel, type Range } from '@mmulab/core'
import { type Procedure, procedure } from '@mmulab/model'

/** A refusal is printed and remembered; the walk goes on, and whoever said yes hears nothing more. */
export const hlistContinue = (kernel: Kernel): Procedure<[Range], number> =>
  procedure(
    '__mmu_notifier_invalidate_range_start',
    { at: 'mm/mmu_notifier.c:__mmu_notifier_invalidate_range_start', versions: '4.19..5.3' },
    (range) => hlistStartWalk(kernel, range, {}),
  )
