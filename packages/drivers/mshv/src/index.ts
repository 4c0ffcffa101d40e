/**
 * Movable memory of guests of the Hyper-V root partition (drivers/hv/mshv_regions.c, from 6.19 on): an interval notifier for each region, and the hypervisor's mapping
 * of it under one mutex. It is the pattern of the HMM test device, with two things of its own.
 *
 * Where the range may not be blocked it tries the mutex, and WARNs if somebody has it: what the reaper would have freed stays, so nothing is lost, but the kernel
 * complains.
 *
 * And the mapping is taken away by a hypercall, which may fail. Then the number has been left behind, the hypervisor keeps the pages, and the notifier answers no, whatever the
 * range: where it may be blocked nobody listens, and what the guest still maps is freed. The source says so itself. That is left to the
 * twin `hypercall-fails`; here hypercalls succeed.
 *
 * One region over the whole range. Left out: regions that are pinned and those of devices, the reference count of a region, encrypted partitions.
 */
import {
  type Driver,
  type DriverHost,
  type DriverInstance,
  defineDriver,
  devicePages,
  EFAULT,
  entryAt,
  type Range,
} from '@mmulab/core'
import {
  atomically,
  call,
  choose,
  flag,
  jump,
  mutex,
  mutexLock,
  mutexTrylock,
  mutexUnlock,
  type Procedure,
  procedure,
  store,
  warn,
  when,
} from '@mmulab/model'

const FILE = 'drivers/hv/mshv_regions.c'
const versions = '6.19..7.3'

function create(host: DriverHost, mayFail: boolean): DriverInstance {
  const name = (field: string): string => `${host.label}.${field}`
  const lock = mutex(name('mreg_mutex'))
  /** The partition has gone: no guest runs. */
  const gone = flag(name('partition.gone'))
  const gpa = devicePages(host, 'gpa')
  const names = (pages: readonly number[]): string =>
    pages.map((va) => entryAt(gpa, va).name).join(', ')

  /** hv_call_map_gpa_pages() with HV_MAP_GPA_NO_ACCESS; answers 1 if the hypervisor keeps what it has. */
  const remap = procedure(
    'mshv_region_remap_pages',
    { at: `${FILE}:mshv_region_remap_pages`, versions },
    function* (pages: readonly number[]) {
      if (mayFail && (yield* choose('the hypercall', ['the hypervisor does it', 'an error'])))
        return 1
      yield* atomically({
        assign: pages.map((va) => [entryAt(gpa, va), 0] as const),
        label: `HV_MAP_GPA_NO_ACCESS(${names(pages)})`,
      })
      return 0
    },
  )

  const invalidate = procedure(
    'mshv_region_interval_invalidate',
    { at: `${FILE}:mshv_region_interval_invalidate`, versions },
    function* (range: Range, seq: number) {
      if (range.blockable) yield* mutexLock(lock)
      else if (!(yield* mutexTrylock(lock))) {
        yield* warn('WARN: Failed to invalidate region: -EPERM')
        return 0
      }
      yield* host.interval.setSeq(seq)
      const failed = yield* call(remap, range.pages)
      yield* mutexUnlock(lock)
      if (failed) yield* warn('WARN: Failed to invalidate region')
      return failed ? 0 : 1
    },
  )

  /** With mshv_region_hmm_fault_and_lock(). */
  const fault: Procedure<[number], number> = procedure(
    'mshv_region_range_fault',
    { at: `${FILE}:mshv_region_range_fault`, versions },
    function* (va) {
      const seq = yield* host.interval.readBegin()
      yield* host.mmapReadLock()
      const page = yield* host.lookUpPage(va)
      yield* host.mmapReadUnlock()
      if (!page) return EFAULT
      yield* mutexLock(lock)
      const retry = yield* host.interval.readRetry(seq)
      if (!retry) yield* store(entryAt(gpa, va), page)
      yield* mutexUnlock(lock)
      return retry ? yield* jump(fault, va) : 0
    },
  )

  /** Another vCPU has the hypervisor map something in the region. */
  const busy = procedure(
    'mshv_region_handle_gfn_fault',
    { at: `${FILE}: under mreg_mutex`, versions },
    function* (_va: number) {
      yield* mutexLock(lock)
      yield* mutexUnlock(lock)
    },
  )

  const init = procedure(
    'mshv_region_movable_init',
    { at: `${FILE}:mshv_region_movable_init`, versions },
    function* (_va: number) {
      yield* host.interval.insert()
      yield* call(fault, 0)
    },
  )

  const destroy = procedure(
    'mshv_region_destroy',
    { at: `${FILE}:mshv_region_destroy`, versions },
    function* (_va: number) {
      yield* store(gone, 1)
      yield* host.interval.remove()
      yield* atomically({
        assign: gpa.map((v) => [v, 0] as const),
        label: 'hv_call_unmap_gpa_pages()',
      })
    },
  )

  return {
    ops: { intervalSub: { pages: host.virtualPages, invalidate, insertedByDriver: true } },
    mapping: (va) => when(gone, 0, entryAt(gpa, va)),
    inFlight: [],
    activities: {
      fault: { task: 'vp_fault', run: fault, perPage: true },
      busy: { task: 'vp_busy', run: busy, perPage: false },
      register: { task: 'mshv_region', run: init, perPage: false },
      unregister: { task: 'mshv_destroy', run: destroy, perPage: false },
    },
    watch: [lock.owner, ...gpa],
  }
}

const TITLE =
  'Hyper-V guests: an interval notifier for a region; refuses, and WARNs, if its mutex is taken'

function mshvWith(name: string, mayFail: boolean): Driver {
  return defineDriver({
    name,
    era: '6.19',
    kernel: { since: '6.19', until: '7.3' },
    title: mayFail ? `${TITLE}; a twin whose hypercalls may fail` : TITLE,
    source: `${FILE}, 6.19 to 7.3`,
    offers: ['fault', 'busy', 'register', 'unregister'],
    pins: false,
    interval: true,
    create: (host) => create(host, mayFail),
    variants: mayFail ? {} : { 'hypercall-fails': mshvWith(`${name}~hypercall-fails`, true) },
  })
}

export default function mshv(): Driver {
  return mshvWith('mshv', false)
}
