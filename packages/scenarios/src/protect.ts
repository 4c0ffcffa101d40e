/** Paths that leave a page where it is and take the right to write to it, or the trace of having been written to. */
import {
  CLEAN,
  changeProtNumaProcedure,
  childExitProcedure,
  clearPageDirtyForIoProcedure,
  clearRefsProcedure,
  createChild,
  forkProcedure,
  MERGE_TRIED,
  madviseFreeProcedure,
  mprotectProcedure,
  PAGE_CLEANED,
  PAGE_SHARED,
  READ_ONLY,
  type Stage,
  tryToMergeOnePageProcedure,
  writeFaultProcedure,
} from '@mmulab/core'
import { any, eq, type Sometimes, task } from '@mmulab/model'
import { firstVma, times } from './common.ts'
import type { Path } from './path.ts'
import { bounds, ONE_SECTION_EACH } from './sizes.ts'

const allowed = (stage: Stage, value: number, name: string): Sometimes => ({
  name,
  when: any(stage.kernel.mm.access ?? [], (access) => eq(access, value)),
})

/** A section of the child's making, and one for every task that may copy a page on write. */
export const fork: Path = {
  name: 'fork',
  title: 'fork() write-protects the pages that parent and child share, and a thread writes to one',
  sizes: {
    small: bounds({ sections: 4, sparePages: 1 }),
    medium: bounds({ pagesPerVma: 2, sections: 6, sparePages: 1 }),
    large: bounds({ pagesPerVma: 2, sections: 8, sparePages: 2, faults: 2 }),
  },
  uses: ['access', 'vma-locks'],
  build: (stage) => {
    const { kernel, bounds: b } = stage
    const child = createChild(kernel.mm)
    const tasks = [
      task('fork', forkProcedure(kernel, child), []),
      task('write0', writeFaultProcedure(kernel), [0]),
    ]
    if (b.sparePages > 1) tasks.push(task('child', childExitProcedure(kernel, child), []))
    return { tasks, sometimes: [{ name: PAGE_SHARED, when: { mark: PAGE_SHARED } }] }
  },
}

export const madviseFree: Path = {
  name: 'madvise-free',
  title: 'madvise(MADV_FREE) marks pages clean, which stay mapped until memory is short',
  sizes: ONE_SECTION_EACH,
  uses: ['access'],
  build: (stage) => {
    const madvise = madviseFreeProcedure(stage.kernel)
    const vma = firstVma(stage)
    return {
      tasks: times(stage.bounds.sections, (i) => task(`madvise${i}`, madvise, [vma, vma.pages])),
      sometimes: [allowed(stage, CLEAN, 'a page is clean')],
    }
  },
}

export const writeBack: Path = {
  name: 'write-back',
  title:
    'write-back finds the entries of a page by reverse mapping, and marks them clean before it writes the page out',
  sizes: ONE_SECTION_EACH,
  uses: ['access'],
  build: (stage) => {
    const clean = clearPageDirtyForIoProcedure(stage.kernel)
    return {
      tasks: times(stage.bounds.sections, (i) => task(`flush${i}`, clean, [])),
      sometimes: [
        allowed(stage, CLEAN, 'a page is clean'),
        { name: PAGE_CLEANED, when: { mark: PAGE_CLEANED } },
      ],
    }
  },
}

export const clearRefs: Path = {
  name: 'clear-refs',
  title:
    '/proc/PID/clear_refs marks every page of the mm clean, to see the next write: one section over all of it',
  sizes: ONE_SECTION_EACH,
  uses: ['access'],
  build: (stage) => {
    const clear = clearRefsProcedure(stage.kernel)
    return {
      tasks: times(stage.bounds.sections, (i) => task(`clear_refs${i}`, clear, [])),
      sometimes: [allowed(stage, CLEAN, 'a page is clean')],
    }
  },
}

export const mprotect: Path = {
  name: 'mprotect',
  title: 'mprotect(PROT_READ) makes pages read-only for good',
  sizes: ONE_SECTION_EACH,
  uses: ['access'],
  build: (stage) => {
    const vma = firstVma(stage)
    const mprotects = mprotectProcedure(stage.kernel)
    return {
      tasks: times(stage.bounds.sections, (i) => task(`mprotect${i}`, mprotects, [vma, vma.pages])),
      sometimes: [allowed(stage, READ_ONLY, 'a page is read-only')],
    }
  },
}

export const numa: Path = {
  name: 'numa',
  title: 'NUMA balancing makes pages fault once more, to see who touches them next',
  sizes: ONE_SECTION_EACH,
  uses: ['access'],
  build: (stage) => {
    const vma = firstVma(stage)
    const hints = changeProtNumaProcedure(stage.kernel)
    return {
      tasks: times(stage.bounds.sections, (i) => task(`numa${i}`, hints, [vma, vma.pages])),
      sometimes: [allowed(stage, CLEAN, 'the next touch of a page will be told')],
    }
  },
}

/**
 * Two sections of KSM, and those of every task that may copy the page on write: a copy that finds the entry changed under it has opened a
 * section in vain, and the fault that asked for it opens another.
 */
export const ksm: Path = {
  name: 'ksm',
  title: 'KSM write-protects a page and merges it with another of the same content',
  sizes: {
    small: bounds({ sections: 6, sparePages: 2 }),
    medium: bounds({ pagesPerVma: 2, sections: 8, sparePages: 2 }),
    large: bounds({ pagesPerVma: 2, sections: 12, sparePages: 3, faults: 2 }),
  },
  uses: ['access'],
  build: (stage) => {
    const merge = tryToMergeOnePageProcedure(stage.kernel)
    return {
      tasks: [task('ksmd', merge, [0])],
      sometimes: [{ name: MERGE_TRIED, when: { mark: MERGE_TRIED } }],
    }
  },
}
