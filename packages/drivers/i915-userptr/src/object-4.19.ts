/** One object of 4.17 to 5.0: the worker that takes its pages away, and what a user does with it. */
import { EFAULT } from '@mmulab/core'
import {
  all,
  alloc,
  and,
  atomically,
  call,
  eq,
  exchange,
  flag,
  GFP_KERNEL,
  jump,
  load,
  type Mutex,
  mutexLock,
  mutexUnlock,
  ne,
  OTHER,
  type Procedure,
  procedure,
  SELF,
  spinLock,
  spinUnlock,
  store,
  type Work,
  warn,
  work,
} from '@mmulab/model'
import { putObjectProcedure, putPagesProcedure, setActive, unpin } from './notifier.ts'
import type { UserptrObject } from './object.ts'

const FILE = 'drivers/gpu/drm/i915/i915_gem_userptr.c'
const versions = '4.17..5.0'

/** One object: what of it a section asks for, its procedures and its worker. */
export interface Object419 {
  readonly o: UserptrObject
  readonly cancel: Work
  readonly execbuffer: Procedure<[number], number>
  readonly close: Procedure<[number], void>
}

export function createObject419(o: UserptrObject, structMutex: Mutex): Object419 {
  const { host } = o
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
          // i915_vma_unbind() waits once more, now with struct_mutex held.
          yield* call(waitForGpu)
          yield* store(o.bound, 0)
          yield* call(putPages)
        }
        yield* mutexUnlock(structMutex)
      }
      yield* call(putObject)
    },
  )
  const cancel = work(`${host.label}.cancel_userptr`, cancelUserptr)

  const getPages: Procedure<[], boolean> = procedure(
    '__i915_gem_userptr_get_pages_worker',
    { at: `${FILE}:__i915_gem_userptr_get_pages_worker`, versions },
    function* () {
      yield* mutexLock(o.mmLock)
      yield* store(getting, 1)
      // __i915_gem_userptr_set_active(): not while a worker is about to take the pages away again.
      yield* spinLock(o.mnLock)
      if (!(yield* load(cancel.pending))) yield* store(o.attached, 1)
      yield* spinUnlock(o.mnLock)
      yield* mutexUnlock(o.mmLock)
      const pinned: number[] = []
      for (const va of o.virtualPages) {
        if (pinned.length > 0) yield* alloc(host.allocator, GFP_KERNEL, 'the next page')
        const page = yield* o.acquire(va)
        if (page) pinned.push(page)
      }
      const gotAll = pinned.length === o.virtualPages.length
      yield* mutexLock(o.mmLock)
      const current = yield* load(getting)
      if (current && gotAll) {
        // Under the very lock that the worker takes which an invalidation waits for.
        yield* alloc(host.allocator, GFP_KERNEL, 'the scatter list')
        for (const [i, va] of o.virtualPages.entries()) yield* store(o.page(va), pinned[i] ?? 0)
      }
      yield* store(getting, 0)
      if (current && !gotAll) yield* setActive(o, 0)
      yield* mutexUnlock(o.mmLock)
      if (current && gotAll) return true
      for (const page of pinned) yield* o.release(page)
      return gotAll ? yield* jump(getPages) : false
    },
  )

  const execbuffer: Procedure<[number], number> = procedure(
    'i915_gem_do_execbuffer',
    { at: 'drivers/gpu/drm/i915/i915_gem_execbuffer.c:i915_gem_do_execbuffer', versions },
    function* (va) {
      if (!(yield* call(getPages))) return EFAULT
      yield* mutexLock(structMutex)
      const there = yield* atomically({
        assign: [[o.vmaPinned, all(o.pages, (page) => ne(page, 0))]],
        answer: all(o.pages, (page) => ne(page, 0)),
        label: 'atomic_inc(&obj->mm.pages_pin_count), if there are pages',
      })
      if (!there) {
        // Invalidated meanwhile: from the beginning.
        yield* mutexUnlock(structMutex)
        return yield* jump(execbuffer, va)
      }
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
      yield* unpin(o)
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

  return { o, cancel, execbuffer, close }
}
