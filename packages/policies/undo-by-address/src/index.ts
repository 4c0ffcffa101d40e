/**
 * "undo by address": an idea of Jason Gunthorpe, 2019-07-24; no code was found. The list is kept sorted by the address of struct
 * mmu_notifier. A refusal ends the walk, and end is called for those whose address is below that of the refuser: they alone have
 * said yes.
 *
 * Addresses are in the order of registration here; the other orders are the other orders of the drivers. That a refusal
 * ends the walk follows from the idea and is not written in it. A blockable start that refuses changes nothing.
 */
import {
  definePatch,
  eachListed,
  endCallback,
  hlistEndWalk,
  type Kernel,
  type Patch,
  type Range,
  type Subscription,
  warnOnRefusal,
} from '@mmulab/core'
import { type Body, call, procedure, srcuReadLock, srcuReadUnlock } from '@mmulab/model'

const byAddress = (kernel: Kernel): Subscription[] => [...kernel.subscriptions].reverse()

/** Those that were called before the refuser; who has left the list meanwhile is not ended. */
function* undo(kernel: Kernel, range: Range, refuser: Subscription): Body<void> {
  const order = byAddress(kernel)
  const below = order.slice(0, order.indexOf(refuser))
  yield* eachListed(kernel, 'invalidateRangeEnd', (sub) => endCallback(sub, range), below)
}

const undoByAddress: Patch = definePatch({
  name: 'undo-by-address',
  title: 'notifiers sorted by address, and a refusal undone for those below the refuser',
  source: '20190724192155.GG28493@ziepe.ca (2019-07)',
  example: 'mainline@5.3',
  partlyKnown: 'an idea without a patch; what it leaves open is decided in its model',
  refuses: ({ facts }) => {
    if (facts.hlistWalk === 'void') return 'its start callbacks have no answer (it came with 4.19)'
    return facts.hlistWalk === 'unwind' ? 'its walk unwinds already' : undefined
  },
  facts: (base) => ({ ...base, hlistWalk: 'unwind' }),
  procedures: (_base, kernel: Kernel) => ({
    hlistInvalidateRangeStart: procedure(
      '__mmu_notifier_invalidate_range_start',
      { at: 'mm/mmu_notifier.c:__mmu_notifier_invalidate_range_start', versions: 'with the idea' },
      function* (range: Range) {
        const id = yield* srcuReadLock(kernel.srcu)
        let ret = 0
        const visit = function* (sub: Subscription): Body<'stop' | undefined> {
          const r = yield* call(kernel.procs.callStart, sub, range)
          if (!r) return undefined
          yield* warnOnRefusal(sub, range, r)
          ret = r
          if (range.blockable) return undefined
          yield* undo(kernel, range, sub)
          return 'stop'
        }
        yield* eachListed(kernel, 'invalidateRangeStart', visit, byAddress(kernel))
        yield* srcuReadUnlock(kernel.srcu, id)
        return ret
      },
    ),
    hlistInvalidateRangeEnd: procedure(
      '__mmu_notifier_invalidate_range_end',
      { at: 'mm/mmu_notifier.c:__mmu_notifier_invalidate_range_end', versions: 'with the idea' },
      (range: Range) => hlistEndWalk(kernel, range, byAddress(kernel)),
    ),
  }),
})
export default undoByAddress
