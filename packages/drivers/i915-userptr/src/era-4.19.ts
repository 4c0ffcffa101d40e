/**
 * i915 userptr as in 4.17 to 5.0 (drivers/gpu/drm/i915/i915_gem_userptr.c): a start takes the objects that it finds out of the tree, leaves
 * the unbinding to a work item each, and flushes the workqueue: so it waits for the GPU and for struct_mutex without lockdep
 * seeing it. A range that may not be blocked is refused as soon as an object overlaps it; there is no end operation.
 *
 * execbuffer allocates under struct_mutex, and the scatter list of the pages under obj->mm.lock. An allocation that reclaims a page of the object waits for a worker, which
 * waits for that very mutex (484d9a844d0d did away with the worker).
 *
 * One object over the whole range; the twin `objects` has one for each page, whose workers share the queue and struct_mutex. What else a worker on the same queue might do is left out, as are the shrinker, the GTT's own
 * mmap and aliasing objects. The get_pages worker runs in the task that waits for it.
 */
import {
  type Driver,
  type DriverHost,
  type DriverInstance,
  defineDriver,
  EAGAIN,
  overlap,
  type Range,
} from '@mmulab/core'
import {
  eq,
  flushWork,
  load,
  mutex,
  type Procedure,
  procedure,
  queueWork,
  refcountIncNotZero,
  spinLock,
  spinUnlock,
  store,
  task,
  when,
} from '@mmulab/model'
import { gpuProcedure } from './gpu.ts'
import { createObject, createObjects, objectAt } from './object.ts'
import { createObject419, type Object419 } from './object-4.19.ts'
import { perObject } from './objects.ts'

const FILE = 'drivers/gpu/drm/i915/i915_gem_userptr.c'
const versions = '4.17..5.0'

function create(host: DriverHost, several: boolean): DriverInstance {
  const structMutex = mutex(`${host.label}.struct_mutex`)
  const made = several ? createObjects(host, { pin: true }) : [createObject(host, { pin: true })]
  const objects = made.map((o) => createObject419(o, structMutex))
  const [first] = objects
  if (!first) throw new Error('a driver without objects')
  const { mnLock } = first.o

  const invalidateRangeStart = procedure(
    'i915_gem_userptr_mn_invalidate_range_start',
    { at: `${FILE}:i915_gem_userptr_mn_invalidate_range_start`, versions },
    function* (range: Range) {
      const met = objects.filter(({ o }) => overlap(range, o.virtualPages).length > 0)
      if (met.length === 0) return 0
      const cancelled: Object419[] = []
      yield* spinLock(mnLock)
      for (const each of met) {
        if (!(yield* load(each.o.attached))) continue
        if (!range.blockable) {
          yield* spinUnlock(mnLock)
          return EAGAIN
        }
        // An object that is being freed is skipped; freeing it gives the pages back.
        if (yield* refcountIncNotZero(each.o.refs)) yield* queueWork(each.cancel)
        cancelled.push(each)
      }
      for (const { o } of cancelled) yield* store(o.attached, 0)
      yield* spinUnlock(mnLock)
      // flush_workqueue(): whatever is on it, be it for this section or for another.
      if (cancelled.length > 0) for (const { cancel } of objects) yield* flushWork(cancel)
      return 0
    },
  )

  const activity = (name: string, runs: readonly Procedure<[number], unknown>[]) =>
    several
      ? { run: perObject(host, name, versions, runs), perPage: true }
      : { run: runs[0] ?? perObject(host, name, versions, runs), perPage: false }
  const closes = objects.map(({ close }) => close)
  const execbuffers = objects.map(({ execbuffer }) => execbuffer)
  return {
    ops: { invalidateRangeStart },
    mapping: (va) => {
      const o = objectAt(made, va)
      return when(eq(o.bound, 1), o.page(va), 0)
    },
    inFlight: [],
    activities: {
      busy: { task: 'gem_close', ...activity('drm_gem_close_ioctl', closes) },
      pin: { task: 'execbuffer', ...activity('i915_gem_execbuffer2_ioctl', execbuffers) },
    },
    daemons: objects.flatMap(({ o, cancel }) => [
      task(`${o.host.label}_gpu`, gpuProcedure(o), [], { daemon: true }),
      task(`${o.host.label}_kworker`, cancel.worker, [], { daemon: true }),
    ]),
    watch: [
      ...objects.flatMap(({ o, cancel }) => [o.attached, o.bound, o.active, cancel.pending]),
      structMutex.owner,
      ...made.flatMap((o) => o.pages),
    ],
  }
}

const TITLE =
  'i915 userptr: a worker unbinds and waits for the GPU; refuses whatever it may not wait for'

function i915With(name: string, several: boolean): Driver {
  return defineDriver({
    name,
    era: '4.19',
    // Read from 4.17 on; the worker is older than any version here.
    kernel: { since: '4.6', until: '5.0' },
    title: several ? `${TITLE}; a twin with an object for each page` : TITLE,
    source: `${FILE}, 4.17 to 5.0`,
    offers: ['busy', 'pin'],
    pins: true,
    create: (host) => create(host, several),
    variants: several ? {} : { objects: i915With(`${name}~objects`, true) },
  })
}

export const i915Userptr419: Driver = i915With('i915-userptr', false)
