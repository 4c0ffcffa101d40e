/**
 * Several userptr objects of one process: one for each virtual page, each with its own lock and requests, and from 5.13 on an interval of its own. A section
 * asks those that it meets, in the order of their addresses, and may find some of them busy and others not.
 *
 * A request uses one object. A real one may use several, which it locks together (ww_mutex) and looks at together under
 * notifier_lock; that is left out.
 */
import type { DriverHost, DriverInstance, DriverOps } from '@mmulab/core'
import { call, type Procedure, procedure } from '@mmulab/model'
import { createIntervalObject, type IntervalOptions } from './interval.ts'

/** For each virtual page the procedure of the object there. */
export function perObject(
  host: DriverHost,
  name: string,
  versions: string,
  runs: readonly Procedure<[number], unknown>[],
): Procedure<[number], void> {
  return procedure(
    name,
    { at: 'drivers/gpu/drm/i915/gem/i915_gem_execbuffer.c: for one object', versions },
    function* (va: number) {
      const run = runs[host.virtualPages.indexOf(va)]
      if (run) yield* call(run, va)
    },
  )
}

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
    const runs = objects.flatMap((o) => o.activities[kind]?.run ?? [])
    const run = perObject(host, name, options.versions, runs)
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
