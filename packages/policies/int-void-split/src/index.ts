/**
 * Two callbacks in place of one: a start that may fail, for ranges that may not block, and one that returns nothing, as in older
 * kernels, for all others. Named by Daniel Vetter (2019-08-14) as the alternative to the WARN of 5.4, and dismissed as much churn for
 * little gain. Nobody wrote it.
 *
 * A refusal of a blockable start cannot be put into words then: a driver that has one gives it up and has, for the core, said yes.
 */
import { definePatch, oweEnd, type Patch, type Range, type Subscription } from '@mmulab/core'
import { call, procedure } from '@mmulab/model'

const intVoidSplit: Patch = definePatch({
  name: 'int-void-split',
  title: 'a start callback without an answer for blockable ranges',
  source: '20190814202027.18735-2-daniel.vetter@ffwll.ch, its description (2019-08)',
  example: 'mainline@5.4',
  partlyKnown:
    'a sentence in the description of another patch; that a notifier has both is assumed',
  refuses: ({ facts }) =>
    facts.hlistWalk === 'void' ? 'its start callbacks have no answer anyway' : undefined,
  procedures: (base) => ({
    callStart: procedure(
      'invoke_start',
      { at: 'mm/mmu_notifier.c:mn_hlist_invalidate_range_start', versions: 'with the idea' },
      function* (sub: Subscription, range: Range) {
        const ret = yield* call(base.callStart, sub, range)
        if (!ret || !range.blockable) return ret
        yield* oweEnd(sub, range)
        return 0
      },
    ),
  }),
})
export default intVoidSplit
