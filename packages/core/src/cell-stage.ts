/** What a scenario builds its tasks from: the kernel, and what the drivers of the cell offer. */
import { type Body, call, type Procedure, procedure, type TaskSpec, task } from '@mmulab/model'
import type { Labelled } from './cell-drivers.ts'
import type { ActivityKind } from './driver.ts'
import type { Kernel } from './kernel.ts'
import { lateStage } from './registration.ts'
import type { Bounds, Offer, Stage } from './scenario.ts'

export const stageOf = (kernel: Kernel, bounds: Bounds, instances: readonly Labelled[]): Stage => ({
  kernel,
  bounds,
  offers: (kind) => offersOf(instances, kind),
  tasks: (kind, how) => activityTasks(offersOf(instances, kind), bounds.faults, how?.after),
  ...lateStage(kernel),
})

function offersOf(instances: readonly Labelled[], kind: ActivityKind): Offer[] {
  return instances.flatMap((d) => {
    const activity = d.activities[kind]
    return activity ? [{ ...activity, driver: d.label, kind }] : []
  })
}

/** One task per offer, or per page of it; `after` is run first and holds the task back. */
function activityTasks(
  offers: readonly Offer[],
  faults: number,
  after: Procedure<[], unknown> | undefined,
): TaskSpec[] {
  const names = new Map<string, number>()
  return offers.flatMap((offer) => {
    const pages = offer.perPage ? Array.from({ length: faults }, (_, va) => va) : [0]
    return pages.map((va) => {
      const n = names.get(offer.task) ?? 0
      names.set(offer.task, n + 1)
      const name = offer.perPage || n > 0 ? `${offer.task}${n}` : offer.task
      if (!after) return task(name, offer.run, [va])
      const held = procedure(name, 'user space', function* (page: number): Body<void> {
        yield* call(after)
        yield* call(offer.run, page)
      })
      return task(name, held, [va])
    })
  })
}
