/**
 * Unwind on failure, as a patch: "mm/mmu_notifiers: ensure range_end() is paired with range_start()" (Sean Christopherson, v2,
 * 2021), which became c2655835fd8c in 5.12. Here it can be put on the kernels before it.
 *
 * When a non-blockable start was refused, the core itself ends what the others began, in place of a caller that never
 * will. Who refuses may have no end operation; the patch warns if it does.
 */
import {
  definePatch,
  eachListed,
  endCallback,
  hlistStartWalk,
  type Kernel,
  type Patch,
  type Range,
  warnOnRefusal,
} from '@mmulab/core'
import { procedure, warn } from '@mmulab/model'

export const unwindOnFail: Patch = definePatch({
  name: 'unwind-on-fail',
  title: 'the core ends what others began when a start is refused',
  source: 'c2655835fd8cabdfe7dab737253de3ffb88da126 (2021-03)',
  example: 'mainline@5.4',
  refuses: (base) => {
    if (base.facts.hlistWalk === 'unwind') return 'its walk unwinds already (5.12 has this patch)'
    return base.facts.hlistWalk === 'void'
      ? 'its start callbacks have no answer (it came with 4.19)'
      : undefined
  },
  facts: (base) => ({ ...base, hlistWalk: 'unwind' }),
  procedures: (_base, kernel: Kernel) => ({
    hlistInvalidateRangeStart: procedure(
      'mn_hlist_invalidate_range_start',
      { at: 'mm/mmu_notifier.c:mn_hlist_invalidate_range_start', versions: 'with the patch' },
      (range: Range) =>
        hlistStartWalk(kernel, range, {
          *refused(sub, ret) {
            yield* warnOnRefusal(sub, range, ret)
            if (sub.ops.invalidateRangeEnd)
              yield* warn(`WARN: ${sub.name} refuses a start although it has an end operation`)
          },
          failed: () => eachListed(kernel, 'invalidateRangeEnd', (sub) => endCallback(sub, range)),
        }),
    ),
  }),
})
export default unwindOnFail
