/**
 * i915 userptr as in 484d9a844d0d to 5.12 (drivers/gpu/drm/i915/gem/i915_gem_userptr.c): an object pins the pages behind it
 * and sits in an interval tree while it has them. A start over it unbinds it from the GPU, which waits for the GPU, and
 * gives the pages back; it has no end operation.
 *
 * A range that may not be blocked is refused as soon as an object overlaps it.
 *
 * One object over the whole range. Under a range marked MAYFAIL (no mainline kernel marks any) the object is unbound only if that
 * needs no waiting, as the second half of that patch series has it. Left out: the shrinker, the GTT's own mmap, aliasing
 * objects, the allocation of the scatter list under obj->mm.lock in the get_pages worker.
 */
import { type Driver, type DriverHost, type DriverInstance, defineDriver } from '@mmulab/core'
import { and, eq, task, when } from '@mmulab/model'
import { execbufferProcedure } from './execbuffer.ts'
import { busyProcedure, gpuProcedure } from './gpu.ts'
import { invalidateProcedure } from './notifier.ts'
import { createObject, type ObjectOptions } from './object.ts'

function create(host: DriverHost, options: ObjectOptions): DriverInstance {
  const object = createObject(host, options)
  return {
    ops: { invalidateRangeStart: invalidateProcedure(object) },
    // The GPU reaches the pages only through the binding.
    mapping: (va) => when(and(eq(object.bound, 1)), object.page(va), 0),
    inFlight: [],
    activities: {
      busy: { task: 'gem_close', run: busyProcedure(object), perPage: false },
      pin: { task: 'execbuffer', run: execbufferProcedure(object), perPage: false },
    },
    daemons: [task(`${host.label}_gpu`, gpuProcedure(object), [], { daemon: true })],
    watch: [object.attached, object.bound, object.active, object.mmLock.owner, ...object.pages],
  }
}

const SOURCE = 'drivers/gpu/drm/i915/gem/i915_gem_userptr.c, 5.4 to 5.12'
const TITLE = 'i915 userptr: unbinds and waits for the GPU; refuses whatever it may not wait for'

function titleOf({ pin, locksPages }: ObjectOptions): string {
  if (!pin) return `${TITLE}; a twin that does not pin its pages`
  return locksPages ? `${TITLE}; as of 5.4-rc, locks a page to mark it dirty` : TITLE
}

function i915With(name: string, options: ObjectOptions): Driver {
  return defineDriver({
    name,
    era: '5.x',
    kernel: { since: '5.1', until: '5.12' },
    title: titleOf(options),
    source: SOURCE,
    offers: ['busy', 'pin'],
    pins: options.pin,
    create: (host) => create(host, options),
    variants:
      options.pin && !options.locksPages
        ? {
            unpinned: i915With(`${name}~unpinned`, { pin: false }),
            'locks-pages': i915With(`${name}~locks-pages`, { pin: true, locksPages: true }),
          }
        : {},
  })
}

export const i915Userptr5x: Driver = i915With('i915-userptr', { pin: true })
