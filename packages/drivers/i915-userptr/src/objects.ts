/**
 * Several userptr objects of one process: one for each virtual page, each with its own interval, lock and requests. A section asks those that it
 * meets, in the order of their addresses, and may find some of them busy and others not.
 *
 * A request uses one object. A real one may use several, which it locks together (ww_mutex) and looks at together under
 * notifier_lock; that is left out.
 */
import type { DriverHost, DriverInstance, DriverOps } from '@mmulab/core'
import { call, type Procedure, procedure } from '@mmulab/model'
import { createIntervalObject, type IntervalOptions } from './interval.ts'

export function createIntervalObjects(host: DriverHost, options: IntervalOptions): DriverInstance {
  const objects = host.virtualPages.map((va) =>
    createIntervalObject(
      {
        ...host,
        label: `${host.label}.obj${va}`,
        virtualPages: [va],
        interval: host.intervals[va] ?? host.interval,
      },
      options,
    ),
  )
  const object = (va: number): DriverInstance => {
    const found = objects[host.virtualPages.indexOf(va)]
    if (!found) throw new Error(`there is no object at ${va}`)
    return found
  }
  const activity = (kind: 'busy' | 'unregister', name: string) => {
    const run: Procedure<[number], void> = procedure(
      name,
      {
        at: 'drivers/gpu/drm/i915/gem/i915_gem_execbuffer.c: for one object',
        versions: options.versions,
      },
      function* (va: number) {
        const own = object(va).activities[kind]
        if (own) yield* call(own.run, va)
      },
    )
    return { task: kind === 'busy' ? 'execbuffer' : 'gem_close', run, perPage: true }
  }
  const [first, ...others] = objects.flatMap((o) => o.ops.intervalSub ?? [])
  const ops: DriverOps = { ...(first && { intervalSub: first }), moreIntervalSubs: others }
  const { notClaimed } = objects[0] ?? {}
  return {
    ops,
    mapping: (va) => object(va).mapping(va),
    inFlight: [],
    activities: {
      busy: activity('busy', 'i915_gem_execbuffer2_ioctl'),
      pin: activity('busy', 'i915_gem_execbuffer2_ioctl'),
      unregister: activity('unregister', 'drm_gem_close_ioctl'),
    },
    ...(notClaimed && { notClaimed }),
    daemons: objects.flatMap((o) => o.daemons ?? []),
    watch: objects.flatMap((o) => o.watch),
  }
}
