/**
 * Xen's gntdev on the list, up to 5.4 (drivers/xen/gntdev.c): a start unmaps the grants of the range under one mutex. A range that may not be
 * blocked is refused if the mutex is taken or a grant lies in it. There is no end operation, and nobody looks again: grants are
 * mapped by mmap() alone, with mmap_lock held for write, and a page that is gone is not mapped again.
 *
 * One map over the whole range. What the hypervisor maps is taken for what the device maps. Left out: maps that are freed, pages that
 * somebody else holds references to.
 */
import {
  type Driver,
  type DriverHost,
  type DriverInstance,
  defineDriver,
  EAGAIN,
  type Range,
  range,
} from '@mmulab/core'
import {
  any,
  call,
  expr,
  mutex,
  mutexLock,
  mutexTrylock,
  mutexUnlock,
  ne,
  procedure,
  read,
} from '@mmulab/model'
import { createGrants } from './grants.ts'

const FILE = 'drivers/xen/gntdev.c'
const versions = '4.17..5.4'

function create(host: DriverHost): DriverInstance {
  const lock = mutex(`${host.label}.priv.lock`)
  const grants = createGrants(host)

  const invalidateRangeStart = procedure(
    'mn_invl_range_start',
    { at: `${FILE}:mn_invl_range_start`, versions },
    function* (range: Range) {
      if (range.blockable) yield* mutexLock(lock)
      else if (!(yield* mutexTrylock(lock))) return EAGAIN
      let ret = 0
      const inRange = any(range.pages, (va) => ne(grants.at(va), 0))
      if (yield* read(inRange, 'in_range()'))
        if (range.blockable) yield* call(grants.unmap, range.pages)
        else ret = EAGAIN
      yield* mutexUnlock(lock)
      return ret
    },
  )

  /** Up to 4.12: as a start over one page; the mutex sleeps, also where 4.11 and 4.12 call this under a spinlock. */
  const invalidatePage = procedure(
    'mn_invl_page',
    { at: `${FILE}:mn_invl_page`, versions: '4.6..4.12' },
    function* (va: number) {
      yield* call(invalidateRangeStart, range('CLEAR', [va], { blockable: true }))
    },
  )

  const release = procedure('mn_release', { at: `${FILE}:mn_release`, versions }, function* () {
    yield* mutexLock(lock)
    yield* call(grants.unmap, host.virtualPages)
    yield* mutexUnlock(lock)
  })

  const mmap = procedure(
    'gntdev_mmap',
    { at: `${FILE}:gntdev_mmap`, versions },
    function* (_va: number) {
      yield* host.mmapWriteLock()
      for (const va of host.virtualPages) {
        const page = yield* host.lookUpPage(va)
        if (!page) continue
        yield* mutexLock(lock)
        yield* grants.map(va, page)
        yield* mutexUnlock(lock)
      }
      yield* host.mmapWriteUnlock()
    },
  )

  /** Another user of the device has grants added. */
  const busy = procedure(
    'gntdev_ioctl_map_grant_ref',
    { at: `${FILE}:gntdev_ioctl_map_grant_ref`, versions },
    function* (_va: number) {
      yield* mutexLock(lock)
      yield* mutexUnlock(lock)
    },
  )

  const close = procedure(
    'gntdev_release',
    { at: `${FILE}:gntdev_release`, versions },
    function* (_va: number) {
      yield* host.unregister()
    },
  )

  return {
    ops: { invalidateRangeStart, invalidatePage, release },
    mapping: (va) => expr(grants.at(va)),
    inFlight: [],
    activities: {
      register: { task: 'gntdev_mmap', run: mmap, perPage: false, populates: true },
      busy: { task: 'gntdev_busy', run: busy, perPage: false },
      unregister: { task: 'gntdev_close', run: close, perPage: false },
    },
    watch: [lock.owner, ...grants.mapped],
  }
}

export const gntdev419: Driver = defineDriver({
  name: 'gntdev',
  era: '4.19',
  kernel: { since: '4.6', until: '5.4' },
  title:
    'Xen gntdev: unmaps grants at the start; refuses if its mutex is taken or a grant overlaps',
  source: `${FILE}, 4.17 to 5.4`,
  offers: ['register', 'busy', 'unregister'],
  pins: false,
  create,
})
