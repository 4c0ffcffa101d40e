/**
 * MAYFAIL: "mm/mmu_notifier: Mark up direct reclaim paths with MAYFAIL" (Chris Wilson, 2020-06-24, on 5.8-rc). Not merged.
 *
 * Ranges get a second flag. try_to_unmap_one sets it for everybody who unmaps by rmap: direct reclaim, kswapd, migration, memory
 * failure. A callback may then answer -EAGAIN and keep its page references; the list walk takes that for a yes, the
 * page-table entry goes all the same, and end is called for all, the refuser included.
 */
import {
  definePatch,
  EAGAIN,
  oweEnd,
  type Patch,
  type Range,
  type Subscription,
} from '@mmulab/core'
import { call, mark, procedure } from '@mmulab/model'

/** What scenarios and stories call the moment in which a refusal is taken for a yes. */
export const REFUSAL_IGNORED = 'a MAYFAIL refusal is taken for a yes'

export const mayfail: Patch = definePatch({
  name: 'mayfail',
  title: 'reclaim ranges marked MAYFAIL, whose refusals count as a yes',
  source: '20200624080248.3701-1-chris@chris-wilson.co.uk (2020-06)',
  example: 'mainline@5.8',
  refuses: (base) =>
    base.facts.rangeFlags ? undefined : 'its ranges have no flags (they came with 5.2)',
  facts: (base) => ({ ...base, unmapMayFail: true }),
  procedures: (base) => ({
    callStart: procedure(
      'invoke_start',
      { at: 'mm/mmu_notifier.c:mn_hlist_invalidate_range_start', versions: 'with the patch' },
      function* (sub: Subscription, range: Range) {
        const ret = yield* call(base.callStart, sub, range)
        if (ret !== EAGAIN || !range.mayFail) return ret
        yield* mark(REFUSAL_IGNORED)
        yield* oweEnd(sub, range)
        return 0
      },
    ),
  }),
})
export default mayfail
