/** A signal comes while somebody waits, or takes all locks. */
import { defineScenario, INTERRUPTED, processMreleaseProcedure, type Scenario } from '@mmulab/core'
import { type Sometimes, task } from '@mmulab/model'
import { inUse } from './path.ts'
import { mrelease } from './paths.ts'
import { registerInSection } from './register.ts'

const interrupted: Sometimes = { name: INTERRUPTED, when: { mark: INTERRUPTED } }

export const registerInterrupted: Scenario = defineScenario({
  ...registerInSection,
  name: 'register-interrupted',
  title:
    'a signal interrupts the registration of a notifier while a section is open, and it is asked for again',
  uses: ['signals'],
  build: (stage) => {
    const scene = registerInSection.build(stage)
    return { ...scene, sometimes: [...scene.sometimes, interrupted] }
  },
})

export const mreleaseInterrupted: Scenario = defineScenario({
  ...mrelease,
  name: 'mrelease-interrupted',
  title: 'process_mrelease() is killed while it waits, or reaps, and devices fault',
  needs: [],
  uses: ['signals'],
  build: (stage) => ({
    tasks: [task('mrelease', processMreleaseProcedure(stage.kernel), []), ...inUse(stage)],
    sometimes: [interrupted],
  }),
})
