/** A notifier joins the list while sections come and go. */
import { defineScenario, INSERTED_IN_SECTION, type Scenario } from '@mmulab/core'
import { and, any, anyTask, ne, task, theirs } from '@mmulab/model'
import { madvises } from './blockable.ts'
import { unmapped } from './common.ts'
import { bounds } from './sizes.ts'

export const registerInSection: Scenario = defineScenario({
  name: 'register-in-section',
  title: 'a notifier is registered while a section is open: a list notifier has to wait for it',
  sizes: {
    small: bounds({ sections: 1 }),
    medium: bounds({ sections: 2 }),
    large: bounds({ pagesPerVma: 2, sections: 2, faults: 2 }),
  },
  needs: [],
  registersLate: true,
  build: (stage) => {
    const { mm } = stage.kernel
    return {
      tasks: [
        ...madvises(stage),
        task('register', stage.registerLate, []),
        ...stage.tasks('fault', { after: stage.whenRegistered }),
      ],
      sometimes: [
        unmapped(stage),
        stage.insertsLate
          ? { name: INSERTED_IN_SECTION, when: { mark: INSERTED_IN_SECTION } }
          : {
              name: 'the registration waits for an open section',
              when: and(
                any(mm.open, (n) => ne(n, 0)),
                anyTask(ne(theirs(mm.mmapLock.waiting), 0)),
              ),
            },
      ],
    }
  },
})
