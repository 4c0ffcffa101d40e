/** struct drm_i915_gem_object with a userptr behind it: what the notifier and execbuffer share. */
import { type DriverHost, devicePages, entryAt, type PageNumber } from '@mmulab/core'
import {
  type Body,
  flag,
  MAX_TASKS,
  type Mutex,
  mutex,
  type Spinlock,
  spinlock,
  type Variable,
  variable,
} from '@mmulab/model'

export interface ObjectOptions {
  /** Pages are pinned while the object has them; the twin without it drops them at once. */
  readonly pin: boolean
  /** Pages are marked dirty under their lock before they are given back (cb6d7c7dc7ff, taken back by 505a8ec7e11a). */
  readonly locksPages?: boolean
}

/** What all objects of one process share. */
export interface SharedLocks {
  readonly mnLock: Spinlock
  readonly vmMutex: Mutex
}

const createShared = (host: DriverHost): SharedLocks => ({
  mnLock: spinlock(`${host.label}.mn.lock`),
  vmMutex: mutex(`${host.label}.vm.mutex`),
})

export interface UserptrObject {
  readonly host: DriverHost
  readonly virtualPages: readonly number[]
  /** mn->lock: guards the interval tree. */
  readonly mnLock: Spinlock
  /** obj->mm.lock: guards the pages. */
  readonly mmLock: Mutex
  /** vm->mutex: guards the binding. */
  readonly vmMutex: Mutex
  /** In the interval tree of the notifier. */
  readonly attached: Variable
  /** References to the object; 0 once it is being freed. */
  readonly refs: Variable
  /** obj->mm.pages, one entry per virtual page; 0 where there is none. */
  readonly pages: readonly Variable[]
  /** Bound into the GPU's address space. */
  readonly bound: Variable
  /** Neither the pages nor the binding may be taken away now (i915_gem_object_pin_pages, i915_vma_pin). */
  readonly vmaPinned: Variable
  /** A request on it has not been signalled yet. */
  readonly active: Variable
  /** The request has been handed to the GPU. */
  readonly submitted: Variable
  /** The task that builds the request; nobody else can submit it. */
  readonly requester: Variable
  page(va: number): Variable
  /** Takes a page for the object, or answers 0. */
  acquire(va: number): Body<PageNumber>
  /** Gives a page back. */
  release(page: PageNumber): Body<void>
}

export function createObject(
  host: DriverHost,
  options: ObjectOptions,
  { mnLock, vmMutex }: SharedLocks = createShared(host),
): UserptrObject {
  const name = (field: string): string => `${host.label}.${field}`
  const warm = host.warm ? 1 : 0
  const pages = devicePages(host, 'pages')
  return {
    host,
    virtualPages: host.virtualPages,
    mnLock,
    mmLock: mutex(name('obj.mm.lock')),
    vmMutex,
    attached: flag(name('obj.attached'), warm),
    refs: variable(name('obj.refcount'), { max: 7, init: 1 }),
    pages,
    bound: flag(name('vma.bound'), warm),
    vmaPinned: flag(name('vma.pinned')),
    active: flag(name('vma.active'), warm),
    submitted: flag(name('request.submitted'), warm),
    requester: variable(name('request.owner'), { max: MAX_TASKS }),
    page: (va) => entryAt(pages, host.virtualPages.indexOf(va)),
    *acquire(va) {
      if (options.pin) return yield* host.pinUserPage(va)
      const page = yield* host.getUserPage(va)
      if (page) yield* host.putPage(page)
      return page
    },
    *release(page) {
      if (options.locksPages) {
        yield* host.lockPage(page)
        yield* host.unlockPage(page)
      }
      if (options.pin) yield* host.unpinUserPage(page)
    },
  }
}

/** One object for each virtual page: each has its pages, its binding and its requests, all of them one tree and one address space of the GPU. */
export function createObjects(host: DriverHost, options: ObjectOptions): UserptrObject[] {
  const shared = createShared(host)
  return host.virtualPages.map((va) =>
    createObject({ ...host, label: `${host.label}.obj${va}`, virtualPages: [va] }, options, shared),
  )
}

/** The object that a virtual page belongs to. */
export function objectAt(objects: readonly UserptrObject[], va: number): UserptrObject {
  const found = objects.find((o) => o.virtualPages.includes(va))
  if (!found) throw new Error(`there is no object at ${va}`)
  return found
}
