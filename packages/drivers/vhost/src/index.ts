/**
 * vhost's prefetch of ring metadata (drivers/vhost/vhost.c, 7f466032dc9e): in 5.3-rc only, and taken back before the release. The worker reads the rings
 * through kernel mappings of their pages; a start counts the section, takes the mapping away and waits for a grace period, so
 * that no worker that still uses it is left. While the count is up nothing is mapped anew.
 *
 * It refuses whatever may not be blocked, and has an end operation: what 5.12 forbids. A notifier that leaves between start and end never gets
 * its count back.
 *
 * It has no release operation in the kernel: an open device holds the users of the mm (from memory), so that nothing exits before it is closed. The one
 * here is what closing would have done by then.
 *
 * One ring over the whole range. The mapping keeps no reference to the page (not read in the source: it is what the grace period is for).
 */
import {
  type Driver,
  type DriverHost,
  type DriverInstance,
  defineDriver,
  devicePages,
  EAGAIN,
  EFAULT,
  entryAt,
  type Range,
} from '@mmulab/core'
import {
  any,
  atomically,
  bump,
  eq,
  expr,
  flag,
  load,
  ne,
  procedure,
  read,
  spinLock,
  spinlock,
  spinUnlock,
  store,
  variable,
} from '@mmulab/model'

const FILE = 'drivers/vhost/vhost.c'
const versions = '5.3-rc'

function create(host: DriverHost): DriverInstance {
  const name = (field: string): string => `${host.label}.${field}`
  const mmuLock = spinlock(name('vq.mmu_lock'))
  const count = variable(name('vq.invalidate_count'), { min: -host.ends, max: host.sections })
  /** The worker is in an RCU read section. */
  const reading = flag(name('worker.rcu_read_lock'))
  const synchronizeRcu = () =>
    atomically({
      guard: eq(reading, 0),
      label: 'synchronize_rcu()',
      mightSleep: 'synchronize_rcu()',
      waits: { on: `the worker of ${host.label}` },
    })
  const maps = devicePages(host, 'vq.maps')
  /** What the worker holds a pointer to. */
  const used = variable(name('used'), { max: host.pageCount })
  const map = (va: number) => entryAt(maps, va)

  const invalidateRangeStart = procedure(
    'vhost_invalidate_vq_start',
    { at: `${FILE}:vhost_invalidate_vq_start`, versions },
    function* (range: Range) {
      if (!range.blockable) return EAGAIN
      yield* spinLock(mmuLock)
      yield* bump(count, 1)
      const mapped = yield* read(
        any(range.pages, (va) => ne(map(va), 0)),
        'is anything mapped?',
      )
      if (mapped)
        yield* atomically({
          assign: range.pages.map((va) => [map(va), 0] as const),
          label: `rcu_assign_pointer(${range.pages.map((va) => map(va).name).join(', ')}, NULL)`,
        })
      yield* spinUnlock(mmuLock)
      if (mapped) yield* synchronizeRcu()
      return 0
    },
  )

  const invalidateRangeEnd = procedure(
    'vhost_invalidate_vq_end',
    { at: `${FILE}:vhost_invalidate_vq_end`, versions },
    function* (_range: Range) {
      yield* spinLock(mmuLock)
      yield* bump(count, -1)
      yield* spinUnlock(mmuLock)
    },
  )

  const prefetch = procedure(
    'vhost_map_prefetch',
    { at: `${FILE}:vhost_map_prefetch`, versions },
    function* (va: number) {
      yield* spinLock(mmuLock)
      const open = yield* load(count)
      if (!open) yield* store(map(va), host.cpuEntries[va] ?? 0)
      yield* spinUnlock(mmuLock)
      // Without a mapping the ring is read with copy_from_user().
      return open ? EFAULT : 0
    },
  )

  const worker = procedure(
    'vhost_get_avail_idx',
    { at: `${FILE}: a look at the ring, under rcu_read_lock()`, versions },
    function* (_va: number) {
      yield* store(reading, 1)
      yield* store(used, map(0))
      yield* store(used, 0)
      yield* store(reading, 0)
    },
  )

  const cleanup = procedure(
    'vhost_dev_cleanup',
    { at: `${FILE}:vhost_dev_cleanup`, versions },
    function* (_va: number) {
      yield* host.unregister()
      yield* spinLock(mmuLock)
      yield* atomically({
        assign: maps.map((v) => [v, 0] as const),
        label: 'vhost_uninit_vq_maps()',
      })
      yield* spinUnlock(mmuLock)
      yield* synchronizeRcu()
    },
  )

  const release = procedure(
    'vhost_release',
    { at: `${FILE}: the owner of the rings is gone`, versions },
    function* () {
      yield* spinLock(mmuLock)
      yield* atomically({
        assign: maps.map((v) => [v, 0] as const),
        label: 'vhost_uninit_vq_maps()',
      })
      yield* spinUnlock(mmuLock)
      yield* synchronizeRcu()
    },
  )

  return {
    ops: { invalidateRangeStart, invalidateRangeEnd, release },
    mapping: (va) => expr(map(va)),
    caches: [{ what: `${host.label}'s worker`, va: 0, page: expr(used) }],
    inFlight: [{ what: count.name, value: expr(count) }],
    activities: {
      fault: { task: 'vhost_prefetch', run: prefetch, perPage: true },
      busy: { task: 'vhost_worker', run: worker, perPage: false },
      unregister: { task: 'vhost_close', run: cleanup, perPage: false },
    },
    watch: [count, used, mmuLock.owner, ...maps],
  }
}

export default function vhost(): Driver {
  return defineDriver({
    name: 'vhost',
    era: '5.3-rc',
    kernel: { since: '5.3', until: '5.3' },
    title:
      'vhost metadata prefetch of 5.3-rc: counts, waits for RCU; refuses whatever may not be blocked',
    source: `${FILE}, 5.3-rc (7f466032dc9e), taken back before 5.3`,
    offers: ['fault', 'busy', 'unregister'],
    pins: false,
    create,
  })
}
