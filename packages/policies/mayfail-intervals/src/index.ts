/**
 * A control experiment: MAYFAIL left the tree of intervals alone, so an interval notifier that makes use of it draws the WARN for a refusal that
 * may not be. Here its refusal is taken for a yes without a word, as on the list. Not proposed by anybody.
 */
import { definePatch, type IntervalNode, type Patch, type Range } from '@mmulab/core'
import { call, mark, procedure } from '@mmulab/model'

/** What scenarios and stories call the moment in which a refusal is taken for a yes. */
const REFUSAL_IGNORED = 'a MAYFAIL refusal is taken for a yes'

const mayfailIntervals: Patch = definePatch({
  name: 'mayfail-intervals',
  title: 'refusals of MAYFAIL ranges by interval notifiers taken for a yes as well',
  source: 'a control experiment of mmulab',
  example: 'mainline@5.8+mayfail',
  refuses: ({ facts }) => {
    if (!facts.interval) return 'it has no interval notifiers (they came with 5.5)'
    return facts.unmapMayFail ? undefined : 'its ranges are not marked: +mayfail first'
  },
  procedures: (base) => ({
    callInterval: procedure(
      'invoke_invalidate',
      { at: 'mm/mmu_notifier.c:mn_itree_invalidate', versions: 'with the patch' },
      function* (node: IntervalNode, range: Range, seq: number) {
        const ok = yield* call(base.callInterval, node, range, seq)
        if (ok || !range.mayFail) return ok
        yield* mark(REFUSAL_IGNORED)
        return 1
      },
    ),
  }),
})
export default mayfailIntervals
