/**
 * page_maybe_dma_pinned() before reclaim unmaps a page: what the MAYFAIL thread of 2020 came to ask for. An idea without a patch; half a
 * year later feb889fb40fa (5.11) kept pinned anonymous pages out of the swap cache, which has the same effect here.
 */
import { definePatch, type Patch } from '@mmulab/core'

const pincheck: Patch = definePatch({
  name: 'pincheck',
  title: 'reclaim leaving pinned pages alone before it unmaps them',
  source: '20200624080248.3701-1-chris@chris-wilson.co.uk, replies (2020-06)',
  example: 'mainline@5.8',
  partlyKnown: 'an idea without a patch; what it leaves open is decided in its model',
  refuses: ({ facts }) =>
    facts.reclaimSkipsPinned ? 'it leaves pinned pages alone already (5.11)' : undefined,
  facts: (base) => ({ ...base, reclaimSkipsPinned: true }),
  procedures: () => ({}),
})
export default pincheck
