/** i915_gem_userptr.c:userptr_mn_invalidate_range_start and what it calls. */
import { EAGAIN, EBUSY, overlap, type Range } from '@mmulab/core'
import {
  and,
  atomically,
  type Body,
  call,
  eq,
  jump,
  load,
  mutexLock,
  mutexUnlock,
  OTHER,
  or,
  type Procedure,
  procedure,
  read,
  refcountDecAndTest,
  refcountIncNotZero,
  spinLock,
  spinUnlock,
  store,
  when,
} from '@mmulab/model'
import type { UserptrObject } from './object.ts'

const GEM = 'drivers/gpu/drm/i915/gem'
const V = '5.4..5.12'

/**
 * i915_gem_object_unbind(ACTIVE | BARRIER): waits for the GPU, then takes the binding away. An object whose binding is
 * pinned answers -EAGAIN. Whoever had it pinned may have put a request on it meanwhile: so once the lock shows that nobody has,
 * the GPU is waited for again, with vm->mutex held. With MAYFAIL nothing is waited for.
 */
export function unbindProcedure(o: UserptrObject): Procedure<[{ mayFail: boolean }], number> {
  const waits = {
    on: `the request on ${o.host.label}'s object`,
    // Before it is submitted, only the task that builds it can bring it about.
    holder: and(eq(o.submitted, 0), eq(o.requester, OTHER)),
  }
  return procedure(
    'i915_gem_object_unbind',
    { at: 'drivers/gpu/drm/i915/i915_gem.c:i915_gem_object_unbind', versions: '5.4..5.12' },
    function* ({ mayFail }) {
      if (!(yield* load(o.bound))) return 0
      if (mayFail) {
        if (yield* load(o.active)) return EAGAIN
      } else {
        yield* atomically({
          guard: eq(o.active, 0),
          label: 'i915_vma_sync(): wait for the GPU',
          mightSleep: 'i915_vma_sync()',
          waits,
        })
      }
      yield* mutexLock(o.vmMutex)
      let refused = yield* load(o.vmaPinned)
      if (!refused && mayFail)
        refused = yield* atomically({
          assign: [[o.bound, when(eq(o.active, 0), 0, o.bound)]],
          answer: o.active,
          label: '__i915_vma_unbind(), if the GPU does not use it',
        })
      else if (!refused)
        yield* atomically({
          guard: eq(o.active, 0),
          assign: [[o.bound, 0]],
          label: '__i915_vma_unbind(): wait for laggards, then unbind',
          mightSleep: 'i915_vma_sync()',
          waits,
        })
      yield* mutexUnlock(o.vmMutex)
      return refused ? EAGAIN : 0
    },
  )
}

/**
 * __i915_gem_object_put_pages: takes the object out of the tree and gives its pages back, unless somebody has pinned them: a binding does,
 * and so does who is about to bind. From 5.1 on that is -EBUSY, which the start hands on whatever the range.
 */
export function putPagesProcedure(o: UserptrObject, versions: string = V): Procedure<[], number> {
  return procedure(
    '__i915_gem_object_put_pages',
    { at: `${GEM}/i915_gem_pages.c:__i915_gem_object_put_pages`, versions },
    function* () {
      yield* mutexLock(o.mmLock)
      if (yield* read(or(o.bound, o.vmaPinned), 'obj->mm.pages_pin_count')) {
        yield* mutexUnlock(o.mmLock)
        return EBUSY
      }
      yield* setActive(o, 0)
      for (const va of o.virtualPages) {
        const page = yield* load(o.page(va))
        if (!page) continue
        yield* store(o.page(va), 0)
        yield* o.release(page)
      }
      yield* mutexUnlock(o.mmLock)
      return 0
    },
  )
}

/** __i915_gem_userptr_set_active: into the interval tree, or out of it. */
export function* setActive(o: UserptrObject, value: 0 | 1): Body<void> {
  yield* spinLock(o.mnLock)
  yield* store(o.attached, value)
  yield* spinUnlock(o.mnLock)
}

/** i915_vma_unpin(), and i915_gem_object_unpin_pages() with it. */
export const unpin = (o: UserptrObject): Body<number> =>
  atomically({ assign: [[o.vmaPinned, 0]], label: 'atomic_dec(&obj->mm.pages_pin_count)' })

/** i915_gem_object_put: the last reference frees the object, and with it its pages; its binding has gone before. */
export function putObjectProcedure(o: UserptrObject, versions: string = V): Procedure<[], void> {
  const putPages = putPagesProcedure(o, versions)
  return procedure(
    'i915_gem_object_put',
    { at: `${GEM}/i915_gem_object.c:__i915_gem_free_objects`, versions },
    function* () {
      if (yield* refcountDecAndTest(o.refs)) yield* call(putPages)
    },
  )
}

/**
 * userptr_mn_invalidate_range_start: object by object, in the order of their addresses; mn->lock is given up for each, and the search starts anew
 * after it.
 */
export function invalidateProcedure(objects: readonly UserptrObject[]): Procedure<[Range], number> {
  const [first] = objects
  if (!first) throw new Error('a notifier without objects')
  const { mnLock } = first
  const each = objects.map((o) => ({
    o,
    unbind: unbindProcedure(o),
    putPages: putPagesProcedure(o),
    putObject: putObjectProcedure(o),
  }))
  const self: Procedure<[Range], number> = procedure(
    'userptr_mn_invalidate_range_start',
    { at: `${GEM}/i915_gem_userptr.c:userptr_mn_invalidate_range_start`, versions: '5.4..5.12' },
    function* (range) {
      const met = each.filter(({ o }) => overlap(range, o.virtualPages).length > 0)
      if (met.length === 0) return 0
      yield* spinLock(mnLock)
      for (const { o, unbind, putPages, putObject } of met) {
        if (!(yield* load(o.attached))) continue
        if (!range.blockable) {
          yield* spinUnlock(mnLock)
          return EAGAIN
        }
        // An object that is being freed is skipped; freeing it gives the pages back.
        if (!(yield* refcountIncNotZero(o.refs))) continue
        yield* spinUnlock(mnLock)
        let ret = yield* call(unbind, { mayFail: range.mayFail })
        if (!ret) ret = yield* call(putPages)
        yield* call(putObject)
        return ret ? ret : yield* jump(self, range)
      }
      yield* spinUnlock(mnLock)
      return 0
    },
  )
  return self
}
