/** One object of 4.17 to 5.0: the worker that takes its pages away, and what a user does with it. */
import { EFAULT } from '@mmulab/core'
import {
  all,
  alloc,
  and,
  atomically,
  bug,
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
  store,
  type Work,
  warn,
  work,
} from '@mmulab/model'
import { putObjectProcedure, putPagesProcedure, setActive } from './notifier.ts'
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
  const putPages = putPagesProcedure(o, versions, true)
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
        if (pinned.length > 0) yield* alloc(host.allocator, GFP_KERNEL, 'the next page')
        const page = yield* o.acquire(va)
        if (page) pinned.push(page)
      }
      const gotAll = pinned.length === o.virtualPages.length
      yield* mutexLock(o.mmLock)
      const current = yield* exchange(getting, 0)
      if (current && gotAll)
        for (const [i, va] of o.virtualPages.entries()) yield* store(o.page(va), pinned[i] ?? 0)
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
      if (!(yield* load(o.attached))) {
        // Invalidated meanwhile: from the beginning.
        yield* mutexUnlock(structMutex)
        return yield* jump(execbuffer, va)
      }
      yield* store(o.vmaPinned, 1)
      const hasPages = yield* atomically({
        answer: all(o.pages, (page) => ne(page, 0)),
        assign: [[o.bound, 1]],
        label: `${o.bound.name} = 1`,
      })
      if (!hasPages) yield* bug('GEM_BUG_ON(!vma->pages)')
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

  return { o, cancel, execbuffer, close }
}
