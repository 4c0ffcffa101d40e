/**
 * Xen's gntdev from 5.5 on (drivers/xen/gntdev.c): an interval notifier per map, without a lock and without a number. Grants are mapped under
 * mmap_lock held for write, which keeps out most sections; mmap() only waits for those that are open already
 * (mmu_interval_read_begin), and has nothing to look at again. A range that may not be blocked is refused.
 *
 * As in 4.19 otherwise. The interval is inserted under mmap_lock in the kernel, here right before it.
 */
import {
  type Driver,
  type DriverHost,
  type DriverInstance,
  defineDriver,
  type Range,
} from '@mmulab/core'
import { call, expr, procedure } from '@mmulab/model'
import { createGrants } from './grants.ts'

const FILE = 'drivers/xen/gntdev.c'
const versions = '5.5..7.3'

function create(host: DriverHost): DriverInstance {
  const grants = createGrants(host)

  const invalidate = procedure(
    'gntdev_invalidate',
    { at: `${FILE}:gntdev_invalidate`, versions },
    function* (range: Range, _seq: number) {
      if (!range.blockable) return 0
      yield* call(grants.unmap, range.pages)
      return 1
    },
  )

  const mmap = procedure(
    'gntdev_mmap',
    { at: `${FILE}:gntdev_mmap`, versions },
    function* (_va: number) {
      yield* host.interval.insert()
      yield* host.mmapWriteLock()
      yield* host.interval.readBegin()
      for (const va of host.virtualPages) {
        const page = yield* host.lookUpPage(va)
        if (page) yield* grants.map(va, page)
      }
      yield* host.mmapWriteUnlock()
    },
  )

  /** The VMA goes; its grants have gone with its page-table entries. */
  const close = procedure(
    'gntdev_vma_close',
    { at: `${FILE}:gntdev_vma_close`, versions },
    function* (_va: number) {
      yield* call(grants.unmap, host.virtualPages)
      yield* host.interval.remove()
    },
  )

  return {
    ops: { intervalSub: { pages: host.virtualPages, invalidate, insertedByDriver: true } },
    mapping: (va) => expr(grants.at(va)),
    inFlight: [],
    activities: {
      register: { task: 'gntdev_mmap', run: mmap, perPage: false, populates: true },
      unregister: { task: 'gntdev_close', run: close, perPage: false },
    },
    watch: grants.mapped,
  }
}

export const gntdev55: Driver = defineDriver({
  name: 'gntdev',
  era: '5.5',
  kernel: { since: '5.5', until: '7.3' },
  title: 'Xen gntdev: an interval notifier without a number; refuses whatever may not be blocked',
  source: `${FILE}, 5.5 to 7.3`,
  offers: ['register', 'unregister'],
  pins: false,
  interval: true,
  create,
})
