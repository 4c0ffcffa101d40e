/**
 * A control experiment that nobody has proposed: when the walk over the list is refused, the section of the intervals, which had
 * agreed before, is ended as well. It shows that nothing else is missing from 5.12 where both kinds of notifier meet.
 */
import { definePatch, type Kernel, mnItreeInvEnd, type Patch, type Range } from '@mmulab/core'
import { call, procedure } from '@mmulab/model'

const unwindIntervals: Patch = definePatch({
  name: 'unwind-intervals',
  title: 'the section of the intervals ended when a list notifier refuses',
  source: 'a control experiment of mmulab',
  example: 'mainline@5.12',
  refuses: ({ facts }) =>
    facts.interval ? undefined : 'it has no interval notifiers (they came with 5.5)',
  procedures: (_base, kernel: Kernel) => ({
    rangeStart: procedure(
      '__mmu_notifier_invalidate_range_start',
      { at: 'mm/mmu_notifier.c:__mmu_notifier_invalidate_range_start', versions: 'with the patch' },
      function* (range: Range) {
        const { intervals, procs } = kernel
        const refused = intervals ? yield* call(procs.itreeInvalidate, range) : 0
        if (refused) return refused
        const ret = yield* call(procs.hlistInvalidateRangeStart, range)
        if (ret && intervals && !range.blockable) yield* mnItreeInvEnd(intervals)
        return ret
      },
    ),
  }),
})
export default unwindIntervals
