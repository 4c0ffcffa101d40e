/** Direct reclaim from an allocation, in every context: some call notifiers under mmap_lock, some never do. */
import {
  ALLOC_CONTEXTS,
  ALLOCATED,
  type AllocContext,
  mayReclaim,
  mmapRegionProcedure,
} from '@mmulab/core'
import { task } from '@mmulab/model'
import { unmapped } from './common.ts'
import type { Path } from './path.ts'
import { bounds } from './sizes.ts'

const allocates = (context: AllocContext): Path => ({
  name: `alloc-${context.name}`,
  title: `memory is short and mmap() allocates with ${context.memalloc ? 'PF_MEMALLOC' : context.gfp.name} under mmap_lock: ${mayReclaim(context) ? 'direct reclaim calls notifiers' : 'nothing is reclaimed'}`,
  sizes: {
    small: bounds({ sections: 1 }),
    medium: bounds({ pagesPerVma: 2, sections: 1 }),
    large: bounds({ pagesPerVma: 2, sections: 1, faults: 2 }),
  },
  opensNone: !mayReclaim(context),
  build: (stage) => ({
    tasks: [task('mmap', mmapRegionProcedure(stage.kernel, context), [])],
    sometimes: [
      { name: ALLOCATED, when: { mark: ALLOCATED } },
      ...(mayReclaim(context) ? [unmapped(stage)] : []),
    ],
  }),
})

export const allocations: readonly Path[] = ALLOC_CONTEXTS.map(allocates)
