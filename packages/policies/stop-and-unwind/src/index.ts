/**
 * A control experiment: the walk ends at the first refusal, and those that were called before it, in the order of the list, are told that it is
 * over. What many take 5.12 to do. Whoever leaves the list between the two walks gets no end.
 */
import {
  definePatch,
  eachListed,
  endCallback,
  type Kernel,
  type Patch,
  type Range,
  type Subscription,
  warnOnRefusal,
} from '@mmulab/core'
import { call, procedure, srcuReadLock, srcuReadUnlock } from '@mmulab/model'

const stopAndUnwind: Patch = definePatch({
  name: 'stop-and-unwind',
  title: 'a walk that ends at the first refusal and undoes what it began',
  source: 'a control experiment of mmulab',
  example: 'mainline@5.4',
  refuses: ({ facts }) => {
    if (facts.hlistWalk === 'void') return 'its start callbacks have no answer (it came with 4.19)'
    return facts.hlistWalk === 'unwind' ? 'its walk unwinds already' : undefined
  },
  facts: (base) => ({ ...base, hlistWalk: 'unwind' }),
  procedures: (_base, kernel: Kernel) => ({
    hlistInvalidateRangeStart: procedure(
      'mn_hlist_invalidate_range_start',
      { at: 'mm/mmu_notifier.c:mn_hlist_invalidate_range_start', versions: 'with the patch' },
      function* (range: Range) {
        const id = yield* srcuReadLock(kernel.srcu)
        const began: Subscription[] = []
        let ret = 0
        yield* eachListed(kernel, 'invalidateRangeStart', function* (sub) {
          const r = yield* call(kernel.procs.callStart, sub, range)
          if (!r) {
            began.push(sub)
            return undefined
          }
          yield* warnOnRefusal(sub, range, r)
          ret = r
          return range.blockable ? undefined : 'stop'
        })
        if (ret && !range.blockable)
          yield* eachListed(kernel, 'invalidateRangeEnd', (sub) => endCallback(sub, range), began)
        yield* srcuReadUnlock(kernel.srcu, id)
        return ret
      },
    ),
  }),
})
export default stopAndUnwind
