/**
 * i915 userptr as in 4.17 to 5.0 (drivers/gpu/drm/i915/i915_gem_userptr.c): a start takes the objects that it finds out of the tree, leaves
 * the unbinding to a work item each, and flushes the workqueue: so it waits for the GPU and for struct_mutex without lockdep
 * seeing it. A range that may not be blocked is refused as soon as an object overlaps it; there is no end operation.
 *
 * execbuffer allocates under struct_mutex. An allocation that reclaims a page of the object waits for a worker, which waits for that
 * very mutex (484d9a844d0d did away with the worker).
 *
 * One object over the whole range; what else a worker on the same queue might do is left out, as are the shrinker, the GTT's own
 * mmap, aliasing objects, and the allocation of the scatter list in the get_pages worker. The get_pages worker runs in the
 * task that waits for it.
 */
import {
  type Driver,
  type DriverHost,
  type DriverInstance,
  defineDriver,
  EAGAIN,
  EFAULT,
  overlap,
  type Range,
} from '@mmulab/core'
import {
  alloc,
  and,
  atomically,
  call,
  eq,
  exchange,
  flag,
  flushWork,
  GFP_KERNEL,
  jump,
  load,
  mutex,
  mutexLock,
  mutexUnlock,
  OTHER,
  type Procedure,
  procedure,
  queueWork,
  refcountIncNotZero,
  SELF,
  spinLock,
  spinUnlock,
  store,
  task,
  warn,
  when,
  work,
} from '@mmulab/model'
import { gpuProcedure } from './gpu.ts'
import { putObjectProcedure, putPagesProcedure, setActive } from './notifier.ts'
import { createObject } from './object.ts'

const FILE = 'drivers/gpu/drm/i915/i915_gem_userptr.c'
const versions = '4.17..5.0'

function create(host: DriverHost): DriverInstance {
  const o = createObject(host, { pin: true })
  const structMutex = mutex(`${host.label}.struct_mutex`)
  /** obj->userptr.work: somebody is getting the pages. */
  const getting = flag(`${host.label}.obj.userptr.work`)
  const putPages = putPagesProcedure(o, versions)
  const putObject = putObjectProcedure(o, versions)

  const waitForGpu = procedure(
    'i915_gem_object_wait',
    { at: 'drivers/gpu/drm/i915/i915_gem.c:i915_gem_object_wait', versions },
    function* () {
      yield* atomically({
        guard: eq(o.active, 0),
        label: 'i915_gem_object_wait(): wait for the GPU',
        mightSleep: 'i915_gem_object_wait()',
        waits: {
          on: `the request on ${host.label}'s object`,
          // Before it is submitted, only the task that builds it can bring it about.
          holder: and(eq(o.submitted, 0), eq(o.requester, OTHER)),
        },
      })
    },
  )

  const cancelUserptr = procedure(
    'cancel_userptr',
    { at: `${FILE}:cancel_userptr`, versions },
    function* () {
      yield* mutexLock(o.mmLock)
      const cancelled = yield* exchange(getting, 0)
      yield* mutexUnlock(o.mmLock)
      // Whoever is getting the pages sees that and starts over; nothing is bound yet.
      if (!cancelled) {
        yield* call(waitForGpu)
        yield* mutexLock(structMutex)
        const pinned = yield* load(o.vmaPinned)
        if (pinned) yield* warn('WARN: Failed to release pages')
        else {
          yield* store(o.bound, 0)
          yield* call(putPages)
        }
        yield* mutexUnlock(structMutex)
      }
      yield* call(putObject)
    },
  )
  const cancel = work(`${host.label}.cancel_userptr`, cancelUserptr)

  const invalidateRangeStart = procedure(
    'i915_gem_userptr_mn_invalidate_range_start',
    { at: `${FILE}:i915_gem_userptr_mn_invalidate_range_start`, versions },
    function* (range: Range) {
      if (overlap(range, o.virtualPages).length === 0) return 0
      yield* spinLock(o.mnLock)
      const found = yield* load(o.attached)
      if (!found || !range.blockable) {
        yield* spinUnlock(o.mnLock)
        return found ? EAGAIN : 0
      }
      // An object that is being freed is skipped; freeing it gives the pages back.
      if (yield* refcountIncNotZero(o.refs)) yield* queueWork(cancel)
      yield* store(o.attached, 0)
      yield* spinUnlock(o.mnLock)
      yield* flushWork(cancel)
      return 0
    },
  )

  const getPages: Procedure<[], boolean> = procedure(
    '__i915_gem_userptr_get_pages_worker',
    { at: `${FILE}:__i915_gem_userptr_get_pages_worker`, versions },
    function* () {
      yield* mutexLock(o.mmLock)
      yield* store(getting, 1)
      yield* setActive(o, 1)
      yield* mutexUnlock(o.mmLock)
      const pinned: number[] = []
      for (const va of o.virtualPages) {
        if (va > 0) yield* alloc(host.allocator, GFP_KERNEL, 'the next page')
        const page = yield* o.acquire(va)
        if (page) pinned.push(page)
      }
      const all = pinned.length === o.virtualPages.length
      yield* mutexLock(o.mmLock)
      const current = yield* exchange(getting, 0)
      if (current && all) for (const [va, page] of pinned.entries()) yield* store(o.page(va), page)
      if (current && !all) yield* setActive(o, 0)
      yield* mutexUnlock(o.mmLock)
      if (current && all) return true
      for (const page of pinned) yield* o.release(page)
      return all ? yield* jump(getPages) : false
    },
  )

  const execbuffer: Procedure<[number], number> = procedure(
    'i915_gem_do_execbuffer',
    { at: 'drivers/gpu/drm/i915/i915_gem_execbuffer.c:i915_gem_do_execbuffer', versions },
    function* (va) {
      if (!(yield* call(getPages))) return EFAULT
      yield* mutexLock(structMutex)
      if (!(yield* load(o.attached))) {
        // Invalidated meanwhile: from the beginning.
        yield* mutexUnlock(structMutex)
        return yield* jump(execbuffer, va)
      }
      yield* store(o.vmaPinned, 1)
      yield* store(o.bound, 1)
      yield* alloc(host.allocator, GFP_KERNEL, 'i915_request_alloc()')
      yield* atomically({
        assign: [
          [o.active, 1],
          [o.requester, SELF],
        ],
        label: 'i915_vma_move_to_active()',
      })
      yield* store(o.submitted, 1)
      yield* store(o.vmaPinned, 0)
      yield* mutexUnlock(structMutex)
      return 0
    },
  )

  /** The object is in use until its user closes it, which waits for the GPU. */
  const close = procedure(
    'drm_gem_close_ioctl',
    { at: 'drivers/gpu/drm/drm_gem.c:drm_gem_close_ioctl', versions },
    function* (_va: number) {
      yield* call(waitForGpu)
      yield* mutexLock(structMutex)
      yield* store(o.bound, 0)
      yield* mutexUnlock(structMutex)
      yield* call(putObject)
    },
  )

  return {
    ops: { invalidateRangeStart },
    mapping: (va) => when(eq(o.bound, 1), o.page(va), 0),
    inFlight: [],
    activities: {
      busy: { task: 'gem_close', run: close, perPage: false },
      pin: { task: 'execbuffer', run: execbuffer, perPage: false },
    },
    daemons: [
      task(`${host.label}_gpu`, gpuProcedure(o), [], { daemon: true }),
      task(`${host.label}_kworker`, cancel.worker, [], { daemon: true }),
    ],
    watch: [o.attached, o.bound, o.active, cancel.pending, structMutex.owner, ...o.pages],
  }
}

export const i915Userptr419: Driver = defineDriver({
  name: 'i915-userptr',
  era: '4.19',
  // Read from 4.17 on; the worker is older than any version here.
  kernel: { since: '4.6', until: '5.0' },
  title:
    'i915 userptr: a worker unbinds and waits for the GPU; refuses whatever it may not wait for',
  source: `${FILE}, 4.17 to 5.0`,
  offers: ['busy', 'pin'],
  pins: true,
  create,
})
