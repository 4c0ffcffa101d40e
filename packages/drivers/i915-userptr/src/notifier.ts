/** i915_gem_userptr.c:userptr_mn_invalidate_range_start and what it calls. */
import { EAGAIN, overlap, type Range } from '@mmulab/core'
import {
  and,
  atomically,
  type Body,
  bug,
  call,
  eq,
  jump,
  load,
  mutexLock,
  mutexUnlock,
  OTHER,
  type Procedure,
  procedure,
  refcountDecAndTest,
  refcountIncNotZero,
  spinLock,
  spinUnlock,
  store,
} from '@mmulab/model'
import type { UserptrObject } from './object.ts'

const GEM = 'drivers/gpu/drm/i915/gem'
const V = '5.4..5.12'

/**
 * i915_gem_object_unbind(ACTIVE | BARRIER): waits for the GPU, then takes the binding away. An object whose binding is
 * pinned answers -EAGAIN. With MAYFAIL nothing is waited for.
 */
export function unbindProcedure(o: UserptrObject): Procedure<[{ mayFail: boolean }], number> {
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
          waits: {
            on: `the request on ${o.host.label}'s object`,
            // Before it is submitted, only the task that builds it can bring it about.
            holder: and(eq(o.submitted, 0), eq(o.requester, OTHER)),
          },
        })
      }
      yield* mutexLock(o.vmMutex)
      const pinned = yield* load(o.vmaPinned)
      if (!pinned) yield* store(o.bound, 0)
      yield* mutexUnlock(o.vmMutex)
      return pinned ? EAGAIN : 0
    },
  )
}

/**
 * __i915_gem_object_put_pages: takes the object out of the tree and gives its pages back. Up to 4.19 it is a bug if the object is bound;
 * later a binding pins the pages.
 */
export function putPagesProcedure(
  o: UserptrObject,
  versions: string = V,
  bindsCounted = false,
): Procedure<[], number> {
  return procedure(
    '__i915_gem_object_put_pages',
    { at: `${GEM}/i915_gem_pages.c:__i915_gem_object_put_pages`, versions },
    function* () {
      yield* mutexLock(o.mmLock)
      yield* setActive(o, 0)
      for (const va of o.virtualPages) {
        const page = yield* load(o.page(va))
        if (!page) continue
        const isBound = yield* atomically({
          answer: bindsCounted ? o.bound : 0,
          assign: [[o.page(va), 0]],
          label: `${o.page(va).name} = 0`,
        })
        if (isBound) yield* bug('GEM_BUG_ON(obj->bind_count)')
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
