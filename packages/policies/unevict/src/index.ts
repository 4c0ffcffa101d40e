/**
 * Pages behind a userptr marked mlocked, so that reclaim leaves them alone: another idea of the MAYFAIL thread of 2020, without a
 * patch. A page that is still on the LRU gets as far as try_to_unmap_one, which asks for VM_LOCKED only after it has called
 * start; so the notifier hears of it all the same, and the page-table entry stays.
 *
 * Every pinned page counts as mlocked here.
 */
import {
  definePatch,
  isPinned,
  type Kernel,
  type Patch,
  tryToUnmapOneProcedure,
} from '@mmulab/core'

const unevict: Patch = definePatch({
  name: 'unevict',
  title: 'pinned pages mlocked, which reclaim finds out after start',
  source: '20200624080248.3701-1-chris@chris-wilson.co.uk, replies (2020-06)',
  example: 'mainline@5.8',
  partlyKnown: 'an idea without a patch; what it leaves open is decided in its model',
  refuses: ({ facts }) =>
    facts.reclaimSkipsPinned ? 'it leaves pinned pages alone already (5.11)' : undefined,
  procedures: (_base, kernel: Kernel) => ({
    tryToUnmapOne: tryToUnmapOneProcedure(kernel, {
      mlocked: (page) => isPinned(kernel.mm.pages, page),
    }),
  }),
})
export default unevict
