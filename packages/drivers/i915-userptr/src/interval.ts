/**
 * What the eras on interval notifiers have in common (drivers/gpu/drm/i915/gem/i915_gem_userptr.c, ed29c2691188): the object keeps
 * its pages pinned whatever happens to the page tables, and a request may only be submitted if no section has hit the object
 * since its pages were looked up. A section does not take the pages away; the next submission finds that they are old.
 *
 * What the GPU can reach is what a request that has been submitted uses. Memory is safe by the pins alone.
 *
 * One object over the whole range (objects.ts: one for each page). Left out: that pages which are still good are taken again (they are always looked up anew), the
 * shrinker, the GTT's own mmap, and probing.
 */
import {
  type DriverHost,
  type DriverInstance,
  devicePages,
  EFAULT,
  entryAt,
  type Range,
} from '@mmulab/core'
import {
  alloc,
  and,
  atomically,
  type Body,
  call,
  choose,
  eq,
  flag,
  GFP_KERNEL,
  inContext,
  jump,
  load,
  mutex,
  mutexLock,
  mutexUnlock,
  type Procedure,
  procedure,
  spinLock,
  spinlock,
  spinUnlock,
  store,
  task,
  when,
} from '@mmulab/model'

const USERPTR = 'drivers/gpu/drm/i915/gem/i915_gem_userptr.c'
const EXECBUFFER = 'drivers/gpu/drm/i915/gem/i915_gem_execbuffer.c'

export interface IntervalOptions {
  readonly versions: string
  /**
   * A section waits for the GPU, and a range that may not be blocked is refused for that; the number and the look at it are under
   * notifier_lock. Without it a section only leaves its number behind.
   */
  readonly waits: boolean
  /** Pages are pinned while the object has them; the twin without it drops them at once. */
  readonly pin: boolean
}

export function createIntervalObject(
  host: DriverHost,
  { versions, waits, pin }: IntervalOptions,
): DriverInstance {
  const name = (field: string): string => `${host.label}.${field}`
  const warm = host.warm ? 1 : 0
  /** The object's dma_resv: a request is put together and submitted under it. */
  const objLock = mutex(name('obj.resv'))
  /** i915->mm.notifier_lock; a rwlock from 5.14 on, of which two submissions could hold the read side. */
  const notifierLock = spinlock(name('mm.notifier_lock'))
  const pages = devicePages(host, 'pages')
  const page = (va: number) => entryAt(pages, host.virtualPages.indexOf(va))
  /** A fence of a request is in the object's dma_resv and has not been signalled. */
  const active = flag(name('request.active'), warm)
  const submitted = flag(name('request.submitted'), warm)

  const waitForGpu = (what: string): Body<number> =>
    atomically({
      guard: eq(active, 0),
      label: `${what}: wait for the GPU`,
      mightSleep: what,
      waits: { on: `the request on ${host.label}'s object` },
    })

  const invalidate = procedure(
    'i915_gem_userptr_invalidate',
    { at: `${USERPTR}:i915_gem_userptr_invalidate`, versions },
    function* (range: Range, seq: number) {
      if (!waits) {
        yield* host.interval.setSeq(seq)
        return 1
      }
      if (!range.blockable) return 0
      yield* spinLock(notifierLock)
      yield* host.interval.setSeq(seq)
      yield* spinUnlock(notifierLock)
      // A task that exits does not wait; whoever else lets go of the mm last, does.
      if (yield* inContext('exit'))
        if (yield* choose('current->flags & PF_EXITING', ['it is another task', 'it exits']))
          return 1
      yield* waitForGpu('dma_resv_wait_timeout()')
      return 1
    },
  )

  /** i915_gem_object_userptr_unbind() and __i915_gem_object_put_pages(), under the lock of the object. */
  const unbind = procedure(
    'i915_gem_object_userptr_unbind',
    { at: `${USERPTR}:i915_gem_object_userptr_unbind`, versions },
    function* () {
      yield* waitForGpu('i915_vma_sync()')
      for (const v of pages) {
        const old = yield* load(v)
        if (!old) continue
        yield* store(v, 0)
        if (pin) yield* host.unpinUserPage(old)
      }
    },
  )

  /** pin_user_pages_fast(), without a lock of the driver: a section in the middle of it has nothing to wait for. */
  const pinAll = procedure(
    'pin_user_pages_fast',
    { at: `${USERPTR}:i915_gem_object_userptr_submit_init`, versions },
    function* () {
      const pinned: number[] = []
      for (const va of host.virtualPages) {
        yield* alloc(
          host.allocator,
          GFP_KERNEL,
          va > (host.virtualPages[0] ?? 0) ? 'the next page' : 'the list of pages',
        )
        const got = pin ? yield* host.pinUserPage(va) : yield* host.getUserPage(va)
        if (got && !pin) yield* host.putPage(got)
        if (got) pinned.push(got)
      }
      return pinned
    },
  )
  function* drop(list: readonly number[]): Body<void> {
    for (const each of list) if (pin) yield* host.unpinUserPage(each)
  }

  /** i915_gem_object_userptr_submit_done(): 1 if a section has hit the object since `seq`. */
  const submitDone = procedure(
    'i915_gem_object_userptr_submit_done',
    { at: `${USERPTR}:i915_gem_object_userptr_submit_done`, versions },
    function* (seq: number) {
      if (waits) yield* spinLock(notifierLock)
      const retry = yield* host.interval.readRetry(seq)
      if (waits) yield* spinUnlock(notifierLock)
      return retry
    },
  )

  const execbuffer: Procedure<[number], number> = procedure(
    'i915_gem_do_execbuffer',
    { at: `${EXECBUFFER}:i915_gem_do_execbuffer`, versions },
    function* (va) {
      const seq = yield* host.interval.readBegin()
      yield* mutexLock(objLock)
      yield* call(unbind)
      yield* mutexUnlock(objLock)
      const pinned = yield* call(pinAll)
      if (pinned.length < pages.length) {
        yield* drop(pinned)
        return EFAULT
      }
      yield* mutexLock(objLock)
      if (yield* host.interval.readRetry(seq)) {
        yield* mutexUnlock(objLock)
        yield* drop(pinned)
        return yield* jump(execbuffer, va)
      }
      // Another submission may have been quicker.
      yield* call(unbind)
      for (const [i, va] of host.virtualPages.entries()) yield* store(page(va), pinned[i] ?? 0)
      yield* alloc(host.allocator, GFP_KERNEL, 'the request')
      // The fence first: whoever leaves a new number behind after the look at it finds something to wait for.
      yield* store(active, 1)
      const retry = yield* call(submitDone, seq)
      // A request that is given up signals its fence.
      yield* store(retry ? active : submitted, retry ? 0 : 1)
      yield* mutexUnlock(objLock)
      return retry ? yield* jump(execbuffer, va) : 0
    },
  )

  const close = procedure(
    'i915_gem_userptr_release',
    { at: `${USERPTR}:i915_gem_userptr_release`, versions },
    function* (_va: number) {
      yield* mutexLock(objLock)
      yield* call(unbind)
      yield* mutexUnlock(objLock)
      yield* host.interval.remove()
    },
  )

  const gpu: Procedure<[], void> = procedure('gpu', 'the hardware', function* () {
    yield* atomically({
      guard: and(eq(submitted, 1), eq(active, 1)),
      assign: [
        [submitted, 0],
        [active, 0],
      ],
      label: 'the request completes and signals its fence',
      waits: { on: 'a request' },
    })
    return yield* jump(gpu)
  })

  return {
    ops: { intervalSub: { pages: host.virtualPages, invalidate } },
    mapping: (va) => when(and(eq(submitted, 1), eq(active, 1)), page(va), 0),
    inFlight: [],
    activities: {
      busy: { task: 'execbuffer', run: execbuffer, perPage: false },
      pin: { task: 'execbuffer', run: execbuffer, perPage: false },
      unregister: { task: 'gem_close', run: close, perPage: false },
    },
    ...(waits ? {} : { notClaimed: { coherence: NO_COHERENCE } }),
    daemons: [task(`${host.label}_gpu`, gpu, [], { daemon: true })],
    watch: [active, submitted, objLock.owner, notifierLock.owner, ...pages],
  }
}

const NO_COHERENCE =
  'i915 of 6.9 and later lets a request finish on pinned pages, whatever has become of the page tables'
