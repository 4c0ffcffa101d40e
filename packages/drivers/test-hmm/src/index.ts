/**
 * The test device of HMM (lib/test_hmm.c): one interval notifier over the whole address space, and a page table that is an xarray
 * under one mutex. It is the pattern that every driver on interval notifiers follows: read_begin, look the page up without the
 * lock, take the lock, read_retry, install.
 *
 * A range that may not be blocked is refused only while somebody else holds the mutex.
 *
 * Left out: device-private memory and with it the owner of MIGRATE and EXCLUSIVE sections, the time-out of the retry loop (it may
 * give up at any moment: it then tries again).
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
  flag,
  jump,
  mutex,
  mutexLock,
  mutexTrylock,
  mutexUnlock,
  type Procedure,
  procedure,
  store,
  when,
} from '@mmulab/model'

const FILE = 'lib/test_hmm.c'
const VERSIONS = '5.8..7.3'

function create(host: DriverHost): DriverInstance {
  const name = (field: string): string => `${host.label}.${field}`
  const lock = mutex(name('dmirror.mutex'))
  const closed = flag(name('closed'))
  const pt = devicePages(host, 'pt')
  const entry = (va: number) => entryAt(pt, va)

  const invalidate = procedure(
    'dmirror_interval_invalidate',
    { at: `${FILE}:dmirror_interval_invalidate`, versions: VERSIONS },
    function* (range: Range, seq: number) {
      if (range.blockable) yield* mutexLock(lock)
      else if (!(yield* mutexTrylock(lock))) return 0
      yield* host.interval.setSeq(seq)
      yield* atomically({
        assign: range.pages.map((va) => [entry(va), 0] as const),
        label: `dmirror_do_update(${range.pages.map((va) => entry(va).name).join(', ')})`,
      })
      yield* mutexUnlock(lock)
      return 1
    },
  )

  const fault: Procedure<[number], number> = procedure(
    'dmirror_range_fault',
    { at: `${FILE}:dmirror_range_fault`, versions: VERSIONS },
    function* (va) {
      const seq = yield* host.interval.readBegin()
      yield* host.mmapReadLock()
      const page = yield* host.lookUpPage(va)
      yield* host.mmapReadUnlock()
      if (!page) return EFAULT
      yield* mutexLock(lock)
      const retry = yield* host.interval.readRetry(seq)
      if (!retry) yield* store(entry(va), page)
      yield* mutexUnlock(lock)
      return retry ? yield* jump(fault, va) : 0
    },
  )

  /** Another user of the device reads its memory. */
  const busy = procedure(
    'dmirror_read',
    { at: `${FILE}:dmirror_read`, versions: VERSIONS },
    function* (_va: number) {
      yield* mutexLock(lock)
      yield* mutexUnlock(lock)
    },
  )

  /** The device is opened, and reads a page. */
  const open = procedure(
    'dmirror_fops_open',
    { at: `${FILE}:dmirror_fops_open`, versions: VERSIONS },
    function* (_va: number) {
      yield* host.interval.insert()
      yield* call(fault, 0)
    },
  )

  /** The last user closes the device, so that nobody reaches its page table; that is freed once no callback can come. */
  const close = procedure(
    'dmirror_fops_release',
    { at: `${FILE}:dmirror_fops_release`, versions: VERSIONS },
    function* (_va: number) {
      yield* store(closed, 1)
      yield* host.interval.remove()
      yield* atomically({ assign: pt.map((v) => [v, 0] as const), label: 'xa_destroy(&pt)' })
    },
  )

  return {
    ops: { intervalSub: { pages: host.virtualPages, invalidate, insertedByDriver: true } },
    mapping: (va) => when(closed, 0, entry(va)),
    inFlight: [],
    activities: {
      fault: { task: 'hmm_fault', run: fault, perPage: true },
      busy: { task: 'hmm_busy', run: busy, perPage: false },
      register: { task: 'hmm_open', run: open, perPage: false },
      unregister: { task: 'hmm_close', run: close, perPage: false },
    },
    watch: [lock.owner, ...pt],
  }
}

export default function testHmm(): Driver {
  return defineDriver({
    name: 'test-hmm',
    era: '5.8',
    kernel: { since: '5.8', until: '7.3' },
    title: 'HMM test device: an interval notifier; refuses if its mutex is taken',
    source: `${FILE}, 5.8 to 7.3`,
    offers: ['fault', 'busy', 'register', 'unregister'],
    pins: false,
    interval: true,
    create,
  })
}
