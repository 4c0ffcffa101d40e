/** Blockable sections against drivers that are in use: here nobody may refuse. */
import {
  defineScenario,
  dontneedProcedure,
  kswapdProcedure,
  munmapProcedure,
  type Scenario,
} from '@mmulab/core'
import { eq, task } from '@mmulab/model'
import { firstVma, unmapped } from './common.ts'
import { bounds } from './sizes.ts'

export const dontneed: Scenario = defineScenario({
  name: 'dontneed',
  title: 'madvise(MADV_DONTNEED) while drivers are busy and devices fault',
  sizes: {
    small: bounds({ pagesPerVma: 1, sections: 1, faults: 1 }),
    large: bounds({ pagesPerVma: 2, sections: 2, faults: 2 }),
  },
  needs: [],
  build: (stage) => {
    const madvise = dontneedProcedure(stage.kernel)
    const vma = firstVma(stage)
    return {
      tasks: [
        ...Array.from({ length: stage.bounds.sections }, (_, i) =>
          task(`madvise${i}`, madvise, [vma, vma.pages]),
        ),
        ...stage.tasks('busy'),
        ...stage.tasks('fault'),
      ],
      sometimes: [unmapped(stage)],
    }
  },
})

export const munmap: Scenario = defineScenario({
  name: 'munmap',
  title: 'munmap() while drivers are busy and devices fault',
  sizes: {
    small: bounds({ pagesPerVma: 1, sections: 1, faults: 1 }),
    large: bounds({ pagesPerVma: 2, sections: 1, faults: 2 }),
  },
  needs: [],
  build: (stage) => {
    const vma = firstVma(stage)
    return {
      tasks: [
        task('munmap', munmapProcedure(stage.kernel), [vma]),
        ...stage.tasks('busy'),
        ...stage.tasks('fault'),
      ],
      sometimes: [{ name: 'the VMA is gone', when: eq(vma.mapped, 0) }, unmapped(stage)],
    }
  },
})

export const reclaim: Scenario = defineScenario({
  name: 'reclaim',
  title: 'kswapd unmaps a page while drivers are busy and devices fault',
  sizes: {
    small: bounds({ pagesPerVma: 1, sections: 1, faults: 1 }),
    large: bounds({ pagesPerVma: 2, sections: 2, faults: 2 }),
  },
  needs: [],
  build: (stage) => {
    const kswapd = kswapdProcedure(stage.kernel)
    return {
      tasks: [
        ...Array.from({ length: stage.bounds.sections }, (_, i) => task(`kswapd${i}`, kswapd, [])),
        ...stage.tasks('busy'),
        ...stage.tasks('fault'),
      ],
      sometimes: [unmapped(stage)],
    }
  },
})
