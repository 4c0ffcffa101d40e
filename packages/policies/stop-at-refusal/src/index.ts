/**
 * A control experiment: the walk ends at the first refusal, and nobody undoes what it began. No kernel ever did that, though the code is often
 * read so: it would leave alone whoever stands behind the refuser, and not whoever stands before it.
 */
import {
  definePatch,
  eachListed,
  type Kernel,
  type Patch,
  type Range,
  warnOnRefusal,
} from '@mmulab/core'
import { call, procedure, srcuReadLock, srcuReadUnlock } from '@mmulab/model'

const stopAtRefusal: Patch = definePatch({
  name: 'stop-at-refusal',
  title: 'a walk that ends at the first refusal',
  source: 'a control experiment of mmulab',
  example: 'mainline@5.4',
  refuses: ({ facts }) => {
    if (facts.hlistWalk === 'void') return 'its start callbacks have no answer (it came with 4.19)'
    return facts.hlistWalk === 'unwind' ? 'its walk unwinds already' : undefined
  },
  procedures: (_base, kernel: Kernel) => ({
    hlistInvalidateRangeStart: procedure(
      'mn_hlist_invalidate_range_start',
      { at: 'mm/mmu_notifier.c:mn_hlist_invalidate_range_start', versions: 'with the patch' },
      function* (range: Range) {
        const id = yield* srcuReadLock(kernel.srcu)
        let ret = 0
        yield* eachListed(kernel, 'invalidateRangeStart', function* (sub) {
          ret = yield* call(kernel.procs.callStart, sub, range)
          if (!ret) return undefined
          yield* warnOnRefusal(sub, range, ret)
          return range.blockable ? undefined : 'stop'
        })
        yield* srcuReadUnlock(kernel.srcu, id)
        return ret
      },
    ),
  }),
})
export default stopAtRefusal
