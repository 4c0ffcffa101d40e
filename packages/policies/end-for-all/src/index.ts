/**
 * "end for all": RFC by Jason Gunthorpe, 2019-07-24. When a start was refused, range_end is called for every notifier that has one,
 * the refusers included; drivers are to be rewritten so that they expect an end after their own -EAGAIN. Not merged; as it was
 * posted it does not build.
 *
 * Under its contract a refusal is ended like a yes, so what a driver makes of that shows in the driver's own counters.
 */
import {
  definePatch,
  eachListed,
  endCallback,
  hlistStartWalk,
  type Kernel,
  oweEnd,
  type Patch,
  type Range,
  warnOnRefusal,
} from '@mmulab/core'
import { procedure } from '@mmulab/model'

const endForAll: Patch = definePatch({
  name: 'end-for-all',
  title: 'after a refusal the core ends what every notifier began, the refusers included',
  source: '20190724152858.GB28493@ziepe.ca (2019-07)',
  example: 'mainline@5.3',
  refuses: ({ facts }) => {
    if (facts.hlistWalk === 'void') return 'its start callbacks have no answer (it came with 4.19)'
    return facts.hlistWalk === 'unwind' ? 'its walk unwinds already' : undefined
  },
  facts: (base) => ({ ...base, hlistWalk: 'unwind' }),
  procedures: (_base, kernel: Kernel) => ({
    hlistInvalidateRangeStart: procedure(
      '__mmu_notifier_invalidate_range_start',
      { at: 'mm/mmu_notifier.c:__mmu_notifier_invalidate_range_start', versions: 'with the patch' },
      (range: Range) =>
        hlistStartWalk(kernel, range, {
          *refused(sub, ret) {
            yield* warnOnRefusal(sub, range, ret)
            yield* oweEnd(sub, range)
          },
          failed: () => eachListed(kernel, 'invalidateRangeEnd', (sub) => endCallback(sub, range)),
        }),
    ),
  }),
})
export default endForAll
