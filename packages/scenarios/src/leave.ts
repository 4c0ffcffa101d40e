/** Notifiers leave, or the address space does, while sections come and go. */
import {
  defineScenario,
  exitMmapProcedure,
  kswapdProcedure,
  mmputProcedure,
  munmapProcedure,
  type Scenario,
  type Stage,
} from '@mmulab/core'
import { type Body, call, eq, procedure, type Sometimes, type TaskSpec, task } from '@mmulab/model'
import { madvises } from './blockable.ts'
import { firstVma, unmapped } from './common.ts'
import { reap } from './oom.ts'
import { also, type Path } from './path.ts'
import { bounds } from './sizes.ts'

const SIZES = {
  small: bounds({ sections: 1 }),
  medium: bounds({ sections: 2 }),
  large: bounds({ pagesPerVma: 2, sections: 2 }),
}

export const unregisterInSection: Scenario = defineScenario({
  name: 'unregister-in-section',
  title: 'a notifier leaves while a section is open, and never hears its end',
  sizes: SIZES,
  needs: ['unregister'],
  unregisters: true,
  build: (stage) => ({
    tasks: [...madvises(stage), ...stage.tasks('unregister')],
    sometimes: [unmapped(stage)],
  }),
})

export const exit: Scenario = defineScenario({
  name: 'exit',
  title: 'the last user of the mm exits while kswapd unmaps a page and drivers are closed',
  sizes: {
    small: bounds({ sections: 3 }),
    medium: bounds({ vmas: 2, sections: 4 }),
    large: bounds({ vmas: 2, pagesPerVma: 2, sections: 4 }),
  },
  needs: [],
  unregisters: true,
  build: (stage) => ({
    tasks: [
      task('exit_mmap', exitMmapProcedure(stage.kernel), []),
      task('kswapd', kswapdProcedure(stage.kernel), []),
      ...stage.tasks('unregister'),
    ],
    sometimes: [unmapped(stage)],
  }),
})

const nobodyLeft = (stage: Stage): Sometimes => ({
  name: 'nobody uses the mm',
  when: eq(stage.kernel.mm.users ?? 1, 0),
})

/** From the medium size on the process unmaps something before it exits. */
function exits(stage: Stage): TaskSpec {
  const { kernel, bounds: b } = stage
  const mmput = mmputProcedure(kernel)
  if (b.vmas === 1) return task('exit_mm', mmput, [])
  const munmap = munmapProcedure(kernel)
  const leave = procedure('exit_mm', 'user space', function* (): Body<void> {
    yield* call(munmap, firstVma(stage))
    yield* call(mmput)
  })
  return task('exit_mm', leave, [])
}

/** RELEASE, and one section over everything, beside that of kswapd and of munmap(). */
export const exitMm: Path = {
  name: 'exit-mm',
  title: 'whoever uses the mm last tears it down, and kswapd unmaps a page of it',
  sizes: {
    small: bounds({ sections: 3 }),
    medium: bounds({ vmas: 2, sections: 4 }),
    large: bounds({ vmas: 2, sections: 4, faults: 2 }),
  },
  uses: ['users'],
  exits: true,
  build: (stage) => ({
    tasks: [exits(stage), task('kswapd', kswapdProcedure(stage.kernel), [])],
    sometimes: [unmapped(stage), nobodyLeft(stage)],
  }),
}

/** The reaper's sections, those of a victim that reaps itself, and the two of the exit. */
const reaping = (vmas: number, reapAttempts: number) =>
  bounds({ vmas, reapAttempts, sections: vmas * (reapAttempts + 1) + 2 })

export const reapExit: Path = {
  ...reap,
  name: 'oom-reap-exit',
  title: 'the OOM reaper runs, and its victim exits',
  sizes: { small: reaping(1, 1), medium: reaping(1, 2), large: reaping(2, 2) },
  uses: ['users', 'victim'],
  exits: true,
  build: (stage) =>
    also(
      reap.build(stage),
      [task('exit_mm', mmputProcedure(stage.kernel), [])],
      [nobodyLeft(stage)],
    ),
}

export const exitImplicit: Scenario = defineScenario({
  name: 'exit-implicit',
  title: 'the process lets go of its mm while a device that faults registers memory of it',
  sizes: {
    small: bounds({ sections: 3 }),
    medium: bounds({ vmas: 2, sections: 4 }),
    large: bounds({ vmas: 2, pagesPerVma: 2, sections: 4 }),
  },
  needs: ['implicit'],
  cold: ['implicit'],
  uses: ['users'],
  build: (stage) => ({
    tasks: [task('exit_mm', mmputProcedure(stage.kernel), []), ...stage.tasks('implicit')],
    sometimes: [unmapped(stage), nobodyLeft(stage)],
  }),
})
