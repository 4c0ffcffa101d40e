/** The OOM reaper against drivers that are in use. */
import {
  allocPagesMayOomProcedure,
  type Bounds,
  defineScenario,
  memCgroupOutOfMemoryProcedure,
  oomReapTaskProcedure,
  REAP_TRIED,
  type Scenario,
  type Stage,
} from '@mmulab/core'
import {
  eq,
  type Goal,
  type Measure,
  procedure,
  type Sometimes,
  type TaskSpec,
  task,
  waitUntil,
} from '@mmulab/model'
import { also, inUse, type Path } from './path.ts'
import { bounds } from './sizes.ts'

/** Every attempt can open, or fail to open, one section per VMA. */
const reaping = (vmas: number, reapAttempts: number): Bounds =>
  bounds({ vmas, reapAttempts, faults: vmas, sections: vmas * reapAttempts })

const SIZES = { small: reaping(1, 2), medium: reaping(2, 2), large: reaping(2, 3) }

const reaper = (stage: Stage): TaskSpec =>
  task('oom_reaper', oomReapTaskProcedure(stage.kernel), [])

/** Runs through once the victim has been given up or reaped: MMF_OOM_SKIP is set. */
const afterReap = (stage: Stage) =>
  procedure('wait for the reaper', 'user space', function* () {
    yield* waitUntil(eq(stage.kernel.mm.oomSkip, 1), 'the reaper to be done')
  })

/** Pages reaped before the OOM killer looks elsewhere; 0 of n may mean a second victim. */
const reaped = (stage: Stage): Measure => ({
  name: 'pages reaped',
  claim: 'oom',
  value: { k: 'var', v: stage.kernel.mm.reaped },
  of: stage.kernel.mm.virtualPages.length,
  when: eq(stage.kernel.mm.oomSkip, 1),
})

/** Whatever the drivers do, the OOM killer must get to look elsewhere in the end. */
const givesUp = (stage: Stage): Goal[] => [
  {
    claim: 'oom',
    holds: eq(stage.kernel.mm.oomSkip, 1),
    message: 'the reaper can never come to its end: MMF_OOM_SKIP will not be set',
  },
]

/** Refused or not, the reaper must get to a VMA and come to its end. */
const happens = (stage: Stage): Sometimes[] => [
  { name: 'the reaper tries a VMA', when: { mark: REAP_TRIED } },
  { name: 'the reaper is done', when: eq(stage.kernel.mm.oomSkip, 1) },
]

/** The reaper alone. */
export const reap: Path = {
  name: 'oom-reap',
  title: 'the OOM reaper runs',
  sizes: SIZES,
  build: (stage) => ({
    tasks: [reaper(stage)],
    sometimes: happens(stage),
    goals: givesUp(stage),
    measures: [reaped(stage)],
  }),
}

export const oomReap: Scenario = defineScenario({
  ...reap,
  title: 'the OOM reaper runs while drivers are busy; devices fault once it is done',
  needs: [],
  build: (stage) =>
    also(reap.build(stage), [
      ...stage.tasks('busy'),
      ...stage.tasks('fault', { after: afterReap(stage) }),
    ]),
})

export const oomReapFaults: Scenario = defineScenario({
  ...reap,
  name: 'oom-reap-faults',
  title: 'the OOM reaper runs while drivers are busy and devices fault',
  needs: ['fault'],
  build: (stage) => also(reap.build(stage), inUse(stage)),
})

export const oomReapThenRegister: Scenario = defineScenario({
  ...reap,
  name: 'oom-reap-then-register',
  title: 'memory is registered with a device after the OOM reaper is done',
  // More attempts are nothing to it where nobody refuses.
  sizes: { ...SIZES, large: reaping(3, 3) },
  needs: ['register'],
  cold: ['register'],
  build: (stage) => also(reap.build(stage), stage.tasks('register', { after: afterReap(stage) })),
})

/** Somebody else is out of memory too: a page allocation, and from the medium size on a memory cgroup at its limit. */
export const reapAllocate: Path = {
  ...reap,
  name: 'oom-reap-allocate',
  title:
    'the OOM reaper runs while another allocation waits for the victim: it gets what is reaped, or another victim is chosen',
  build: (stage) => {
    const { kernel, bounds: b } = stage
    const tasks = [task('alloc', allocPagesMayOomProcedure(kernel), [])]
    if (b.vmas > 1) tasks.push(task('charge', memCgroupOutOfMemoryProcedure(kernel), []))
    return also(reap.build(stage), tasks)
  },
}
