/**
 * i915 userptr as in 484d9a844d0d to 5.12 (drivers/gpu/drm/i915/gem/i915_gem_userptr.c): an object pins the pages behind it
 * and sits in an interval tree while it has them. A start over it unbinds it from the GPU, which waits for the GPU, and
 * gives the pages back; it has no end operation.
 *
 * A range that may not be blocked is refused as soon as an object overlaps it.
 *
 * One object over the whole range; the twin `objects` has one for each page. Under a range marked MAYFAIL (no mainline kernel marks any) the object is unbound only if that
 * needs no waiting, as the second half of that patch series has it. Left out: the shrinker, the GTT's own mmap, aliasing
 * objects, and struct_mutex: to 5.4 the start takes it from the first object that it finds to its end, unless its own task has it (then it goes on without), and execbuffer
 * holds it all along, where later kernels have vm->mutex.
 */
import { type Driver, type DriverHost, type DriverInstance, defineDriver } from '@mmulab/core'
import { and, eq, type Procedure, task, when } from '@mmulab/model'
import { execbufferProcedure } from './execbuffer.ts'
import { busyProcedure, gpuProcedure } from './gpu.ts'
import { invalidateProcedure } from './notifier.ts'
import {
  createObject,
  createObjects,
  type ObjectOptions,
  objectAt,
  type UserptrObject,
} from './object.ts'
import { perObject } from './objects.ts'

interface EraOptions extends ObjectOptions {
  /** One object for each page. */
  readonly several?: boolean
}

function create(host: DriverHost, options: EraOptions): DriverInstance {
  const objects = options.several ? createObjects(host, options) : [createObject(host, options)]
  const run = (name: string, make: (o: UserptrObject) => Procedure<[number], unknown>) => {
    const [first, ...others] = objects.map(make)
    if (!first) throw new Error('a driver without objects')
    if (!options.several) return { run: first, perPage: false }
    return { run: perObject(host, name, '5.4..5.12', [first, ...others]), perPage: true }
  }
  return {
    ops: { invalidateRangeStart: invalidateProcedure(objects) },
    // The GPU reaches the pages only through the binding.
    mapping: (va) => {
      const o = objectAt(objects, va)
      return when(and(eq(o.bound, 1)), o.page(va), 0)
    },
    inFlight: [],
    activities: {
      busy: { task: 'gem_close', ...run('drm_gem_close_ioctl', busyProcedure) },
      pin: { task: 'execbuffer', ...run('i915_gem_execbuffer2_ioctl', execbufferProcedure) },
    },
    daemons: objects.map((o) => task(`${o.host.label}_gpu`, gpuProcedure(o), [], { daemon: true })),
    watch: objects.flatMap((o) => [o.attached, o.bound, o.active, o.mmLock.owner, ...o.pages]),
  }
}

const SOURCE = 'drivers/gpu/drm/i915/gem/i915_gem_userptr.c, 5.4 to 5.12'
const TITLE = 'i915 userptr: unbinds and waits for the GPU; refuses whatever it may not wait for'

function titleOf({ pin, locksPages, several }: EraOptions): string {
  if (!pin) return `${TITLE}; a twin that does not pin its pages`
  if (several) return `${TITLE}; a twin with an object for each page`
  return locksPages ? `${TITLE}; as of 5.4-rc, locks a page to mark it dirty` : TITLE
}

function i915With(name: string, options: EraOptions): Driver {
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
      options.pin && !options.locksPages && !options.several
        ? {
            unpinned: i915With(`${name}~unpinned`, { pin: false }),
            objects: i915With(`${name}~objects`, { pin: true, several: true }),
            'locks-pages': i915With(`${name}~locks-pages`, { pin: true, locksPages: true }),
          }
        : {},
  })
}

export const i915Userptr5x: Driver = i915With('i915-userptr', { pin: true })
