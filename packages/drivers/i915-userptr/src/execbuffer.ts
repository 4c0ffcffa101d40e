/**
 * i915_gem_execbuffer.c:i915_gem_do_execbuffer on the object: pin its pages one by one, bind it, put a request on it, submit.
 * The object can be reached by the notifier from the moment its pages are being gathered, and memory is allocated along
 * the way: an allocation that reclaims may unmap one of the very pages.
 */
import { EFAULT } from '@mmulab/core'
import {
  all,
  alloc,
  atomically,
  type Body,
  call,
  GFP_KERNEL,
  jump,
  load,
  mutexLock,
  mutexLockNested,
  mutexUnlock,
  ne,
  type Procedure,
  procedure,
  SELF,
  store,
} from '@mmulab/model'
import { putPagesProcedure, setActive, unpin } from './notifier.ts'
import type { UserptrObject } from './object.ts'

/** lockdep's subclass for obj->mm.lock in get_pages. */
const I915_MM_GET_PAGES = 1

export function execbufferProcedure(o: UserptrObject): Procedure<[number], number> {
  const getPages = getPagesProcedure(o)
  const self: Procedure<[number], number> = procedure(
    'i915_gem_do_execbuffer',
    {
      at: 'drivers/gpu/drm/i915/gem/i915_gem_execbuffer.c:i915_gem_do_execbuffer',
      versions: '5.4..5.12',
    },
    function* (va) {
      if (!(yield* call(getPages))) return EFAULT
      // i915_gem_object_pin_pages(): an invalidation may have taken them meanwhile.
      yield* mutexLockNested(o.mmLock, I915_MM_GET_PAGES)
      const there = yield* atomically({
        assign: [[o.vmaPinned, all(o.pages, (page) => ne(page, 0))]],
        answer: all(o.pages, (page) => ne(page, 0)),
        label: 'atomic_inc(&obj->mm.pages_pin_count), if there are pages',
      })
      yield* mutexUnlock(o.mmLock)
      if (!there) return yield* jump(self, va)
      yield* mutexLock(o.vmMutex)
      yield* store(o.bound, 1)
      yield* mutexUnlock(o.vmMutex)
      // From here the object counts as busy, until this very task has submitted.
      yield* atomically({
        assign: [
          [o.active, 1],
          [o.requester, SELF],
        ],
        label: 'i915_vma_move_to_active()',
      })
      yield* alloc(o.host.allocator, GFP_KERNEL, 'the request')
      yield* store(o.submitted, 1)
      yield* unpin(o)
      return 0
    },
  )
  return self
}

/**
 * The get_pages worker: pins page by page without obj->mm.lock. An invalidation in between takes the object out of the tree, which
 * cancels the work: the pages are dropped and it starts over.
 */
function getPagesProcedure(o: UserptrObject): Procedure<[], boolean> {
  const putPages = putPagesProcedure(o)
  const self: Procedure<[], boolean> = procedure(
    '__i915_gem_userptr_get_pages_worker',
    {
      at: 'drivers/gpu/drm/i915/gem/i915_gem_userptr.c:__i915_gem_userptr_get_pages_worker',
      versions: '5.4..5.12',
    },
    function* () {
      yield* setActive(o, 1)
      const pinned: number[] = []
      for (const va of o.virtualPages) {
        if (pinned.length > 0) yield* alloc(o.host.allocator, GFP_KERNEL, 'the next page')
        const page = yield* o.acquire(va)
        if (!page) {
          yield* drop(o, pinned)
          yield* call(putPages)
          return false
        }
        pinned.push(page)
      }
      yield* mutexLockNested(o.mmLock, I915_MM_GET_PAGES)
      const current = yield* load(o.attached)
      if (current) {
        // Under the very lock that an invalidation takes to give the pages back.
        yield* alloc(o.host.allocator, GFP_KERNEL, 'the scatter list')
        for (const [i, va] of o.virtualPages.entries()) yield* store(o.page(va), pinned[i] ?? 0)
      }
      yield* mutexUnlock(o.mmLock)
      if (current) return true
      yield* drop(o, pinned)
      return yield* jump(self)
    },
  )
  return self
}

function* drop(o: UserptrObject, pages: readonly number[]): Body<void> {
  for (const page of pages) yield* o.release(page)
}
