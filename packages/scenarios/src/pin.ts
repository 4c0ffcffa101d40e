/** Pages are pinned one by one while memory is short: the allocation in the loop may unmap what was just pinned. */
import { defineScenario, type Scenario } from '@mmulab/core'
import { lt, type Sometimes } from '@mmulab/model'
import { bounds } from './sizes.ts'

export const pinReclaim: Scenario = defineScenario({
  name: 'pin-reclaim',
  title: 'a loop that pins pages runs into direct reclaim of those very pages',
  sizes: {
    small: bounds({ shortages: 1, sections: 1 }),
    medium: bounds({ pagesPerVma: 2, shortages: 1, sections: 1 }),
    large: bounds({ pagesPerVma: 2, shortages: 2, sections: 2, faults: 2 }),
  },
  needs: ['pin'],
  cold: ['pin'],
  build: (stage) => {
    const { allocator } = stage.kernel
    const short = allocator.shortages
    const reclaims: Sometimes[] = short
      ? [{ name: 'an allocation reclaims', when: lt(short, stage.bounds.shortages) }]
      : []
    return {
      tasks: [...stage.tasks('pin'), ...stage.tasks('fault')],
      sometimes: reclaims,
    }
  },
})
