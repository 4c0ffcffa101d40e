/** Blockable sections that take pages away: here nobody may refuse. */
import { dontneedProcedure, kswapdProcedure, munmapProcedure, type Stage } from '@mmulab/core'
import { eq, type TaskSpec, task } from '@mmulab/model'
import { firstVma, times, unmapped } from './common.ts'
import type { Path } from './path.ts'
import { bounds, ONE_SECTION_EACH } from './sizes.ts'

export const dontneed: Path = {
  name: 'dontneed',
  title: 'madvise(MADV_DONTNEED) drops the pages of a range',
  sizes: ONE_SECTION_EACH,
  build: (stage) => ({ tasks: madvises(stage), sometimes: [unmapped(stage)] }),
}

/** One madvise(MADV_DONTNEED) of the first VMA for each section. */
export function madvises(stage: Stage): TaskSpec[] {
  const madvise = dontneedProcedure(stage.kernel)
  const vma = firstVma(stage)
  return times(stage.bounds.sections, (i) => task(`madvise${i}`, madvise, [vma, vma.pages]))
}

export const munmap: Path = {
  name: 'munmap',
  title: 'munmap() takes a range away',
  sizes: { ...ONE_SECTION_EACH, large: bounds({ pagesPerVma: 2, sections: 1, faults: 2 }) },
  build: (stage) => {
    const vma = firstVma(stage)
    return {
      tasks: [task('munmap', munmapProcedure(stage.kernel), [vma])],
      sometimes: [{ name: 'the VMA is gone', when: eq(vma.mapped, 0) }, unmapped(stage)],
    }
  },
}

export const reclaim: Path = {
  name: 'reclaim',
  title: 'kswapd unmaps a page',
  sizes: ONE_SECTION_EACH,
  build: (stage) => {
    const kswapd = kswapdProcedure(stage.kernel)
    return {
      tasks: times(stage.bounds.sections, (i) => task(`kswapd${i}`, kswapd, [])),
      sometimes: [unmapped(stage)],
    }
  },
}
