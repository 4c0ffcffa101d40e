/**
 * A control experiment: the list is asked before the tree of intervals. That the tree comes first is part of the contract: a driver with both, as
 * nouveau, may rely on it.
 */
import { definePatch, type Kernel, type Patch, type Range } from '@mmulab/core'
import { call, procedure } from '@mmulab/model'

const listFirst: Patch = definePatch({
  name: 'list-first',
  title: 'the list asked before the tree of intervals',
  source: 'a control experiment of mmulab',
  example: 'mainline@5.5',
  refuses: ({ facts }) =>
    facts.interval ? undefined : 'it has no interval notifiers (they came with 5.5)',
  procedures: (_base, kernel: Kernel) => ({
    rangeStart: procedure(
      '__mmu_notifier_invalidate_range_start',
      { at: 'mm/mmu_notifier.c:__mmu_notifier_invalidate_range_start', versions: 'with the patch' },
      function* (range: Range) {
        const { intervals, procs } = kernel
        const ret = yield* call(procs.hlistInvalidateRangeStart, range)
        if (ret && !range.blockable) return ret
        return intervals ? yield* call(procs.itreeInvalidate, range) : ret
      },
    ),
  }),
})
export default listFirst
