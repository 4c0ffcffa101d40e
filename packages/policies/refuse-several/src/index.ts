/**
 * "mm/mmn: prevent unpaired invalidate_start and invalidate_end with non-blocking" (Jason Gunthorpe, 2019-08-07). Registration notes
 * whether the list had somebody on it; if so, a non-blockable start is refused before anybody is called. Not merged.
 *
 * The note is made anew by each registration and not by anybody's leaving.
 */
import { definePatch, EAGAIN, type Kernel, type Patch, type Range } from '@mmulab/core'
import { type Body, call, load, procedure } from '@mmulab/model'

/** mmu_notifier_mm->multiple_subscriptions. */
function* multipleSubscriptions({ subscriptions }: Kernel): Body<boolean> {
  const list = subscriptions.filter(({ ops }) => ops.invalidateRangeStart || ops.invalidateRangeEnd)
  const [newest] = list
  if (list.length < 2 || !newest) return false
  // The last to come has found another on the list, unless it is still to come itself and there is one beside it only.
  if (list.length > 2 || newest.hashed?.init !== 0) return true
  return (yield* load(newest.hashed)) === 1
}

const refuseSeveral: Patch = definePatch({
  name: 'refuse-several',
  title: 'non-blockable sections refused at once where several notifiers are registered',
  source: '20190807191627.GA3008@ziepe.ca (2019-08)',
  example: 'mainline@5.3',
  refuses: ({ facts }) => {
    if (facts.hlistWalk === 'void') return 'its start callbacks have no answer (it came with 4.19)'
    return facts.interval ? 'it knows nothing of interval notifiers (5.5)' : undefined
  },
  procedures: (base, kernel: Kernel) => ({
    invalidateRangeStartNonblock: procedure(
      'mmu_notifier_invalidate_range_start_nonblock',
      {
        at: 'include/linux/mmu_notifier.h:mmu_notifier_invalidate_range_start_nonblock',
        versions: 'with the patch',
      },
      function* (range: Range) {
        if (yield* multipleSubscriptions(kernel)) return EAGAIN
        return yield* call(base.invalidateRangeStartNonblock, range)
      },
    ),
  }),
})
export default refuseSeveral
