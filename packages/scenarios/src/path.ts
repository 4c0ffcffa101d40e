/**
 * Paths of the mm, and what they meet. A path is what the mm does; a scenario is a path beside what drivers do at the same time. Each
 * path goes with each activity, so nobody writes down their product.
 */
import {
  type ActivityKind,
  type Bounds,
  defineScenario,
  INSERTED_IN_SECTION,
  type KernelFacts,
  type MmPart,
  mmgetNotZero,
  mmputProcedure,
  type Scenario,
  type Scene,
  type Size,
  type Stage,
} from '@mmulab/core'
import { type Body, call, eq, procedure, type Sometimes, type TaskSpec, task } from '@mmulab/model'

export interface Path {
  readonly name: string
  /** What the mm does, for `list`; what drivers do meanwhile is added. */
  readonly title: string
  readonly sizes: Readonly<Record<Size, Bounds>>
  readonly refuses?: (facts: KernelFacts) => string | undefined
  readonly uses?: readonly MmPart[]
  /** The mm may go meanwhile: who works on it holds it, comes too late if nobody does, and may be the last to let go of it. */
  readonly exits?: boolean
  /** It opens no section, so that nothing can be inserted into one. */
  readonly opensNone?: boolean
  /** The tasks of the mm, and what must be able to happen whatever drivers do. */
  readonly build: (stage: Stage) => Scene
}

/** What drivers do, as threads of a process that may exit. */
const held = ({ exits }: Path, { kernel }: Stage, tasks: readonly TaskSpec[]): TaskSpec[] => {
  if (!exits) return [...tasks]
  const mmput = mmputProcedure(kernel)
  return tasks.map((spec) => {
    const thread = procedure(spec.name, 'user space', function* (): Body<void> {
      if (!(yield* mmgetNotZero(kernel.mm))) return
      yield* call(spec.main, ...(spec.args as never[]))
      yield* call(mmput)
    })
    return task(spec.name, thread, [], spec.daemon ? { daemon: true } : {})
  })
}

/** Devices fault, and what else goes on in drivers keeps them from answering at once. */
export const inUse = (stage: Stage): TaskSpec[] => [...stage.tasks('busy'), ...stage.tasks('fault')]

/** A scene with more in it. */
export const also = (
  scene: Scene,
  tasks: readonly TaskSpec[],
  sometimes: readonly Sometimes[] = [],
): Scene => ({
  ...scene,
  tasks: [...scene.tasks, ...tasks],
  sometimes: [...scene.sometimes, ...sometimes],
})

/** The path while drivers are busy and devices fault: it goes by the name of the path. */
export const whileInUse = (
  path: Path,
  title = `${path.title}, while drivers are busy and devices fault`,
): Scenario =>
  defineScenario({
    ...path,
    title,
    needs: [],
    build: (stage) => also(path.build(stage), held(path, stage, inUse(stage))),
  })

/** What else a driver may be doing when the mm acts. */
export const MEETINGS = ['register', 'unregister', 'pin', 'join'] as const
export type Meeting = (typeof MEETINGS)[number]

const WHILE: Readonly<Record<Meeting, string>> = {
  register: 'while memory is registered with a device',
  unregister: 'while devices are closed and take their notifiers away',
  pin: 'while pages are pinned one by one',
  join: 'while a notifier is being registered',
}

/** The path and one activity, under the name `path-activity`. */
export function meets(
  path: Path,
  meeting: Meeting,
  title = `${path.title}, ${WHILE[meeting]}`,
): Scenario {
  const shape = { ...path, name: `${path.name}-${meeting}`, title }
  if (meeting === 'join')
    return defineScenario({
      ...shape,
      needs: [],
      registersLate: true,
      build: (stage) =>
        also(
          path.build(stage),
          held(path, stage, [
            task('register', stage.registerLate, []),
            ...stage.tasks('fault', { after: stage.whenRegistered }),
          ]),
          joined(stage, path),
        ),
    })
  const kind: ActivityKind = meeting
  return defineScenario({
    ...shape,
    needs: [kind],
    ...(kind === 'unregister' ? { unregisters: true } : { cold: [kind] }),
    build: (stage) => {
      const tasks = stage.tasks(kind)
      // Files are closed after the mm has been let go of.
      return also(path.build(stage), kind === 'unregister' ? tasks : held(path, stage, tasks))
    },
  })
}

/** The notifier gets onto the list, or into the tree. */
function joined({ kernel, insertsLate }: Stage, { opensNone }: Path): Sometimes[] {
  if (insertsLate && opensNone) return []
  const hashed = kernel.subscriptions[0]?.hashed
  return insertsLate
    ? [{ name: INSERTED_IN_SECTION, when: { mark: INSERTED_IN_SECTION } }]
    : hashed
      ? [{ name: 'the notifier is registered', when: eq(hashed, 1) }]
      : []
}
