/** Up to 4.18: start callbacks return nothing, and every notifier hears of every section. */
import { eachListed, type Kernel, oweEnd, type Range } from '@mmulab/core'
import { call, type Procedure, procedure, srcuReadLock, srcuReadUnlock } from '@mmulab/model'

export const hlistVoid = (kernel: Kernel): Procedure<[Range], number> =>
  procedure(
    '__mmu_notifier_invalidate_range_start',
    { at: 'mm/mmu_notifier.c:__mmu_notifier_invalidate_range_start', versions: '4.6..4.18' },
    function* (range) {
      const id = yield* srcuReadLock(kernel.srcu)
      yield* eachListed(kernel, 'invalidateRangeStart', function* (sub) {
        // A driver of a later kernel may answer something; here nobody can hear it.
        const unheard = yield* call(kernel.procs.callStart, sub, range)
        if (unheard) yield* oweEnd(sub, range)
      })
      yield* srcuReadUnlock(kernel.srcu, id)
      return 0
    },
  )
