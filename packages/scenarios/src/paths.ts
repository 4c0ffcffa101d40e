/** Ways into the notifier core with other locks, or inside one another. */
import {
  defineScenario,
  dontneedSplitProcedure,
  PAGE_COPIED,
  processMreleaseProcedure,
  REAP_TRIED,
  type Scenario,
  type Stage,
  unmapMappingRangeProcedure,
  wpPageCopyProcedure,
} from '@mmulab/core'
import { any, eq, lt, type Sometimes, type TaskSpec, task } from '@mmulab/model'
import { firstVma, unmapped } from './common.ts'
import { bounds } from './sizes.ts'

const inUse = (stage: Stage): TaskSpec[] => [...stage.tasks('busy'), ...stage.tasks('fault')]

export const holePunch: Scenario = defineScenario({
  name: 'hole-punch',
  title: 'a hole is punched into a file: a section without mmap_lock, while devices fault',
  sizes: {
    small: bounds({ sections: 1 }),
    large: bounds({ pagesPerVma: 2, sections: 2, faults: 2 }),
  },
  needs: [],
  build: (stage) => {
    const punch = unmapMappingRangeProcedure(stage.kernel)
    const { pages } = firstVma(stage)
    return {
      tasks: [
        ...Array.from({ length: stage.bounds.sections }, (_, i) =>
          task(`fallocate${i}`, punch, [pages]),
        ),
        ...inUse(stage),
      ],
      sometimes: [unmapped(stage)],
    }
  },
})

export const cow: Scenario = defineScenario({
  name: 'cow',
  title:
    'a page is copied on write, so that its entry goes from one page to another, while devices fault',
  sizes: {
    small: bounds({ sections: 1, sparePages: 1 }),
    large: bounds({ pagesPerVma: 2, sections: 2, sparePages: 1, faults: 2 }),
  },
  needs: [],
  build: (stage) => {
    const copy = wpPageCopyProcedure(stage.kernel)
    return {
      tasks: [
        ...Array.from({ length: stage.bounds.sections }, (_, i) => task(`write${i}`, copy, [i])),
        ...inUse(stage),
      ],
      sometimes: [{ name: PAGE_COPIED, when: { mark: PAGE_COPIED } }],
    }
  },
})

const SPLIT = {
  small: bounds({ pagesPerVma: 2, sections: 2 }),
  large: bounds({ pagesPerVma: 3, sections: 2, faults: 2 }),
}

/** Half of a huge page goes; two sections of one task are open at a time. */
function splits(stage: Stage): { task: TaskSpec; sometimes: Sometimes[] } {
  const vma = firstVma(stage)
  const { open } = stage.kernel.mm
  return {
    task: task('madvise', dontneedSplitProcedure(stage.kernel), [vma, vma.pages.slice(0, 1)]),
    sometimes: [
      unmapped(stage),
      { name: 'a section is open inside another', when: any(open, (n) => lt(1, n)) },
      {
        name: 'no page of the rest is unmapped',
        when: eq(stage.kernel.mm.pte.at(-1) ?? 0, open.length),
      },
    ],
  }
}

export const thpSplit: Scenario = defineScenario({
  name: 'thp-split',
  title: 'a part of a huge page is dropped: a section inside a section of the same task',
  sizes: SPLIT,
  needs: [],
  build: (stage) => {
    const { task: madvise, sometimes } = splits(stage)
    return { tasks: [madvise, ...inUse(stage)], sometimes }
  },
})

export const thpSplitRegister: Scenario = defineScenario({
  name: 'thp-split-register',
  title: 'memory is registered with a device while a section is open inside another',
  sizes: SPLIT,
  needs: ['register'],
  cold: ['register'],
  build: (stage) => {
    const { task: madvise, sometimes } = splits(stage)
    return { tasks: [madvise, ...stage.tasks('register')], sometimes }
  },
})

export const mrelease: Scenario = defineScenario({
  name: 'mrelease',
  title: 'process_mrelease() reaps a dying process while drivers are busy and devices fault',
  sizes: {
    small: bounds({ reapAttempts: 2, sections: 2 }),
    large: bounds({ vmas: 2, reapAttempts: 2, sections: 4, faults: 2 }),
  },
  needs: [],
  refuses: (facts) => (facts.processMrelease ? undefined : 'process_mrelease() came with 5.15'),
  build: (stage) => ({
    tasks: [task('mrelease', processMreleaseProcedure(stage.kernel), []), ...inUse(stage)],
    sometimes: [{ name: REAP_TRIED, when: { mark: REAP_TRIED } }],
  }),
})
