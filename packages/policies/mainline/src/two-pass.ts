/**
 * 7.x (7aba71dbc416): an interval notifier may split its work in two. The first pass starts it for all nodes, the second waits for
 * it, in the same order; what was started is finished also when a later node refuses, and only then is the section over.
 */
import {
  callbackOf,
  EAGAIN,
  FINISH_QUEUED,
  hitBy,
  type IntervalNode,
  invalidateWith,
  type Kernel,
  mnItreeInvEnd,
  mnItreeInvStartRange,
  type Range,
} from '@mmulab/core'
import { call, load, type Procedure, procedure, warn } from '@mmulab/model'

export function twoPassItreeInvalidate(kernel: Kernel): Procedure<[Range], number> {
  return procedure(
    'mn_itree_invalidate',
    { at: 'mm/mmu_notifier.c:mn_itree_invalidate', versions: '7.2..7.3' },
    function* (range) {
      const s = kernel.intervals
      if (!s) return 0
      const seq = yield* mnItreeInvStartRange(s, range)
      if (!seq) return 0
      const queued: IntervalNode[] = []
      let refused = false
      for (const node of hitBy(s, range)) {
        if (node.inTree && !(yield* load(node.inTree))) continue
        const ok = yield* invalidateWith(node, node.invalidateStart ?? node.invalidate, range, seq)
        if (ok === FINISH_QUEUED) queued.push(node)
        if (ok) continue
        if (range.blockable) {
          yield* warn(`WARN: ${node.name} refuses a blockable invalidation`)
          continue
        }
        refused = true
        break
      }
      for (const node of queued) {
        const finish = node.invalidateFinish
        if (finish)
          yield* callbackOf(`${node.name}.invalidate_finish`, range, () => call(finish, range))
        else yield* warn(`WARN: ${node.name} starts what it has no operation to finish`)
      }
      if (!refused) return 0
      yield* mnItreeInvEnd(s)
      return EAGAIN
    },
  )
}
