/** Paths that put a page in another one's place, or in another place, or out of use. */
import {
  collapseHugePageProcedure,
  collapsePteMappedThpProcedure,
  kswapdProcedure,
  MIGRATION_TRIED,
  memoryFailureProcedure,
  mremapProcedure,
  PAGE_POISONED,
  PAGES_MOVED,
  type Stage,
  TABLE_TAKEN,
  unmapAndMoveHugePageProcedure,
  unmapAndMoveProcedure,
  type Vma,
} from '@mmulab/core'
import { type Sometimes, task } from '@mmulab/model'
import { firstVma, times } from './common.ts'
import type { Path } from './path.ts'
import { bounds, ONE_SECTION_EACH } from './sizes.ts'

const happens = (mark: string): Sometimes => ({ name: mark, when: { mark } })

export const migrate: Path = {
  name: 'migrate',
  title: 'a page is migrated: a migration entry is in its place until it has moved',
  sizes: {
    small: bounds({ sections: 1, sparePages: 1 }),
    medium: bounds({ pagesPerVma: 2, sections: 1, sparePages: 1 }),
    large: bounds({ pagesPerVma: 2, sections: 2, sparePages: 2, faults: 2 }),
  },
  uses: ['swap-entries'],
  build: ({ kernel, bounds: b }) => {
    const move = unmapAndMoveProcedure(kernel)
    return {
      tasks: times(b.sections, (i) => task(`compact${i}`, move, [])),
      sometimes: [happens(MIGRATION_TRIED)],
    }
  },
}

/** The VMA maps one huge page; a device may map it in small ones. */
export const migrateHuge: Path = {
  name: 'migrate-huge',
  title: 'a huge page is migrated, in one section over all of it',
  sizes: {
    small: bounds({ pagesPerVma: 2, sections: 1, sparePages: 2 }),
    medium: bounds({ pagesPerVma: 2, sections: 1, sparePages: 2, faults: 2 }),
    large: bounds({ pagesPerVma: 3, sections: 1, sparePages: 3, faults: 3 }),
  },
  uses: ['swap-entries'],
  build: (stage) => ({
    tasks: [task('compact', unmapAndMoveHugePageProcedure(stage.kernel), [firstVma(stage)])],
    sometimes: [happens(MIGRATION_TRIED)],
  }),
}

export const memoryFailure: Path = {
  name: 'memory-failure',
  title: 'the hardware loses a page: every mapping goes, and nobody may refuse',
  sizes: ONE_SECTION_EACH,
  uses: ['swap-entries'],
  build: ({ kernel, bounds: b }) => {
    const fail = memoryFailureProcedure(kernel)
    return {
      tasks: times(b.sections, (i) => task(`mce${i}`, fail, [])),
      sometimes: [happens(PAGE_POISONED)],
    }
  },
}

/** The old range and the new one. */
const bothVmas = ({ kernel: { mm } }: Stage): [Vma, Vma] => {
  const [from, to] = mm.vmas
  if (!from || !to) throw new Error('an mm without two VMAs')
  return [from, to]
}

/** Three sections of mremap, the others of kswapd: the rmap locks that the one may take inside a section the other holds around its own. */
export const mremap: Path = {
  name: 'mremap',
  title: 'mremap() moves a page to an address at which another one was, and kswapd unmaps a page',
  sizes: {
    small: bounds({ vmas: 2, sections: 3 }),
    medium: bounds({ vmas: 2, sections: 4 }),
    large: bounds({ vmas: 2, sections: 4, faults: 2 }),
  },
  build: (stage) => {
    const { kernel, bounds: b } = stage
    const kswapd = kswapdProcedure(kernel)
    return {
      tasks: [
        task('mremap', mremapProcedure(kernel), bothVmas(stage)),
        ...times(b.sections - 3, (i) => task(`kswapd${i}`, kswapd, [])),
      ],
      sometimes: [happens(PAGES_MOVED)],
    }
  },
}

export const collapse: Path = {
  name: 'collapse',
  title: 'khugepaged replaces the pages of a range by a huge one',
  sizes: {
    small: bounds({ pagesPerVma: 2, sections: 1, sparePages: 2 }),
    medium: bounds({ pagesPerVma: 2, sections: 1, sparePages: 2, faults: 2 }),
    large: bounds({ pagesPerVma: 3, sections: 1, sparePages: 3, faults: 3 }),
  },
  build: (stage) => ({
    tasks: [task('khugepaged', collapseHugePageProcedure(stage.kernel, firstVma(stage)), [])],
    sometimes: [happens(TABLE_TAKEN)],
  }),
}

/** One section of khugepaged, one of kswapd. */
export const collapseFile: Path = {
  name: 'collapse-file',
  title: "khugepaged takes a file mapping's page table away, and kswapd a page of the file",
  sizes: {
    small: bounds({ sections: 2 }),
    medium: bounds({ pagesPerVma: 2, sections: 2 }),
    large: bounds({ pagesPerVma: 2, sections: 3, faults: 2 }),
  },
  refuses: (facts) =>
    facts.collapsesFiles ? undefined : 'khugepaged leaves mappings of files alone before 5.4',
  uses: ['page-cache'],
  build: (stage) => {
    const kswapd = kswapdProcedure(stage.kernel)
    return {
      tasks: [
        task('khugepaged', collapsePteMappedThpProcedure(stage.kernel), [firstVma(stage)]),
        ...times(stage.bounds.sections - 1, (i) => task(`kswapd${i}`, kswapd, [])),
      ],
      sometimes: [happens(TABLE_TAKEN)],
    }
  },
}
