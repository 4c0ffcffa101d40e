/** A scenario that only tests need: what a known bug takes beyond the standard ones. */
import { type CellReport, createLab, finish, runCell } from '@mmulab/compare'
import { defineScenario, oomReapTaskProcedure, type Scenario } from '@mmulab/core'
import { call, eq, flag, procedure, store, task, waitUntil } from '@mmulab/model'
import { standard } from '../src/index.ts'

const bounds = {
  vmas: 1,
  pagesPerVma: 1,
  sparePages: 1,
  reapAttempts: 2,
  sections: 2,
  shortages: 0,
  faults: 1,
}

/** The reaper has come and gone; memory is registered anew, and then used. */
const reapThenUse: Scenario = defineScenario({
  name: 'reap-register-use',
  title: 'memory is registered anew after the OOM reaper is done, and used',
  sizes: { small: bounds, large: bounds },
  needs: ['register'],
  build: (stage) => {
    const { oomSkip } = stage.kernel.mm
    const registered = flag('registered anew')
    return {
      tasks: [
        task('oom_reaper', oomReapTaskProcedure(stage.kernel), []),
        ...stage.offers('register').map((offer) => {
          const then = procedure('register anew', 'user space', function* () {
            yield* waitUntil(eq(oomSkip, 1), 'the reaper to be done')
            yield* call(offer.run, 0)
            yield* store(registered, 1)
          })
          return task(offer.task, then, [])
        }),
        ...stage.tasks('fault', {
          after: procedure('wait for the registration', 'user space', function* () {
            yield* waitUntil(eq(registered, 1), 'the registration')
          }),
        }),
      ],
      sometimes: [{ name: 'it is registered anew', when: eq(registered, 1) }],
    }
  },
})

const lab = createLab({ ...standard, scenarios: [reapThenUse] })

export const exploreOwn = (policy: string, drivers: string, scenario: string): CellReport =>
  finish(runCell(lab, { policy, drivers: drivers.split('+'), scenario, size: 'small' }))
