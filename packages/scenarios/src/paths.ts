/** Ways into the notifier core with other locks, or inside one another. */
import {
  dontneedSplitProcedure,
  PAGE_COPIED,
  processMreleaseProcedure,
  REAP_TRIED,
  unmapMappingRangeProcedure,
  writeFaultProcedure,
} from '@mmulab/core'
import { any, eq, lt, task } from '@mmulab/model'
import { firstVma, times, unmapped } from './common.ts'
import type { Path } from './path.ts'
import { bounds, ONE_SECTION_EACH } from './sizes.ts'

export const holePunch: Path = {
  name: 'hole-punch',
  title: 'a hole is punched into a file: a section without mmap_lock',
  sizes: ONE_SECTION_EACH,
  build: (stage) => {
    const punch = unmapMappingRangeProcedure(stage.kernel)
    const { pages } = firstVma(stage)
    return {
      tasks: times(stage.bounds.sections, (i) => task(`fallocate${i}`, punch, [pages])),
      sometimes: [unmapped(stage)],
    }
  },
}

export const cow: Path = {
  name: 'cow',
  title: 'a page is copied on write, so that its entry goes from one page to another',
  sizes: {
    small: bounds({ sections: 1, sparePages: 1 }),
    medium: bounds({ pagesPerVma: 2, sections: 1, sparePages: 1, faults: 2 }),
    large: bounds({ pagesPerVma: 2, sections: 2, sparePages: 1, faults: 2 }),
  },
  uses: ['vma-locks'],
  build: (stage) => {
    const write = writeFaultProcedure(stage.kernel)
    return {
      tasks: times(stage.bounds.sections, (i) => task(`write${i}`, write, [i])),
      sometimes: [{ name: PAGE_COPIED, when: { mark: PAGE_COPIED } }],
    }
  },
}

/** Half of a huge page goes; two sections of one task are open at a time. */
export const thpSplit: Path = {
  name: 'thp-split',
  title: 'a part of a huge page is dropped: a section inside a section of the same task',
  sizes: {
    small: bounds({ pagesPerVma: 2, sections: 2 }),
    medium: bounds({ pagesPerVma: 2, sections: 2, faults: 2 }),
    large: bounds({ pagesPerVma: 3, sections: 2, faults: 3 }),
  },
  build: (stage) => {
    const vma = firstVma(stage)
    const { open, pte } = stage.kernel.mm
    return {
      tasks: [task('madvise', dontneedSplitProcedure(stage.kernel), [vma, vma.pages.slice(0, 1)])],
      sometimes: [
        unmapped(stage),
        { name: 'a section is open inside another', when: any(open, (n) => lt(1, n)) },
        { name: 'no page of the rest is unmapped', when: eq(pte.at(-1) ?? 0, open.length) },
      ],
    }
  },
}

export const mrelease: Path = {
  name: 'mrelease',
  title: 'process_mrelease() reaps a dying process',
  sizes: {
    small: bounds({ reapAttempts: 2, sections: 2 }),
    medium: bounds({ vmas: 2, reapAttempts: 2, sections: 4 }),
    large: bounds({ vmas: 2, reapAttempts: 2, sections: 4, faults: 2 }),
  },
  refuses: (facts) => (facts.processMrelease ? undefined : 'process_mrelease() came with 5.15'),
  build: (stage) => ({
    tasks: [task('mrelease', processMreleaseProcedure(stage.kernel), [])],
    sometimes: [{ name: REAP_TRIED, when: { mark: REAP_TRIED } }],
  }),
}
