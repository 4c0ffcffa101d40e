/**
 * DEPT, the dependency tracker (Byungchul Park, version 18, patch 27 of 42, 2025-12-05): it follows waits and the events that end them.
 * A section is an event that is to come, from its start to its end; who calls mmu_interval_read_begin() waits for it. Lockdep's map, which
 * 5.4 put here, is touched at both ends of a section instead, and in every allocation that may reclaim.
 *
 * So what is taken inside a section stands behind it, what is held while it is waited for stands before it, and beginning or ending one is
 * no wait. A refused section that may not block never ends here: the wrapper enters the map whatever the answer is.
 */
import { definePatch, NOTIFIER_MAP, type Patch, type Range } from '@mmulab/core'
import { call, lockMapEnter, lockMapRelease, procedure } from '@mmulab/model'

const HEADER = 'include/linux/mmu_notifier.h'

const deptMap: Patch = definePatch({
  name: 'dept-map',
  title: 'sections as events that are waited for, in place of the lockdep map',
  source: 'DEPT version 18, 27/42 (2025-12)',
  example: 'mainline@6.6',
  partlyKnown:
    "known from a summary; that it stands in the place of lockdep's map, for this claim, is the model's",
  refuses: ({ facts }) =>
    facts.interval
      ? undefined
      : 'it has no interval notifiers, whose users wait for sections (5.5)',
  facts: (base) => ({ ...base, notifierMap: 'event' }),
  procedures: (base) => ({
    invalidateRangeStart: procedure(
      'mmu_notifier_invalidate_range_start',
      { at: `${HEADER}:mmu_notifier_invalidate_range_start`, versions: 'with the patch' },
      function* (range: Range) {
        yield* lockMapEnter(NOTIFIER_MAP)
        yield* call(base.invalidateRangeStart, range)
      },
    ),
    invalidateRangeStartNonblock: procedure(
      'mmu_notifier_invalidate_range_start_nonblock',
      { at: `${HEADER}:mmu_notifier_invalidate_range_start_nonblock`, versions: 'with the patch' },
      function* (range: Range) {
        yield* lockMapEnter(NOTIFIER_MAP)
        return yield* call(base.invalidateRangeStartNonblock, range)
      },
    ),
    invalidateRangeEnd: procedure(
      'mmu_notifier_invalidate_range_end',
      { at: `${HEADER}:mmu_notifier_invalidate_range_end`, versions: 'with the patch' },
      function* (range: Range) {
        yield* call(base.invalidateRangeEnd, range)
        yield* lockMapRelease(NOTIFIER_MAP)
      },
    ),
  }),
})
export default deptMap
