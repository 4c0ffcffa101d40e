/**
 * Shared virtual memory of nouveau from 5.7 on (drivers/gpu/drm/nouveau/nouveau_svm.c). It has both kinds of notifier: one on the list for the
 * whole address space, which takes the GPU's page-table entries away, and for the time of each fault an interval, which
 * only counts. The fault looks at the interval's number under the lock that the entries are cleared under.
 *
 * So it is the core that keeps the two in order: if the list were asked first, a fault could find the entries cleared and the number of
 * before. Its start refuses whatever may not be blocked.
 *
 * One worker serves faults one after the other, here the pages of a buffer in one go; the interval of a fault covers the page that missed, here
 * all of them. Left out: the unmanaged hole, migration to the device and with it the sections of its own that it ignores,
 * atomics (EXCLUSIVE), the time-out of the retry loop.
 */
import {
  type Driver,
  type DriverHost,
  type DriverInstance,
  defineDriver,
  EAGAIN,
  type Range,
} from '@mmulab/core'
import {
  array,
  atomically,
  call,
  expr,
  jump,
  mutex,
  mutexLock,
  mutexTrylock,
  mutexUnlock,
  type Procedure,
  procedure,
  store,
  type Variable,
} from '@mmulab/model'

const FILE = 'drivers/gpu/drm/nouveau/nouveau_svm.c'
const versions = '5.7..7.3'

function create(host: DriverHost): DriverInstance {
  const lock = mutex(`${host.label}.svmm.mutex`)
  const pt = array(`${host.label}.pt`, host.virtualPages.length, { max: host.pageCount }).map(
    (v, va) => (host.warm ? { ...v, init: va + 1 } : v),
  )
  const entry = (va: number): Variable => {
    const v = pt[va]
    if (!v) throw new Error(`there is no virtual page ${va}`)
    return v
  }

  const clear = procedure(
    'nouveau_svmm_invalidate',
    { at: `${FILE}:nouveau_svmm_invalidate`, versions },
    function* (pages: readonly number[]) {
      yield* atomically({
        assign: pages.map((va) => [entry(va), 0] as const),
        label: `clear ${pages.map((va) => entry(va).name).join(', ')}`,
      })
    },
  )

  const invalidateRangeStart = procedure(
    'nouveau_svmm_invalidate_range_start',
    { at: `${FILE}:nouveau_svmm_invalidate_range_start`, versions },
    function* (range: Range) {
      if (!range.blockable) return EAGAIN
      yield* mutexLock(lock)
      yield* call(clear, range.pages)
      yield* mutexUnlock(lock)
      return 0
    },
  )

  /** Only the number: the entries are the business of the notifier on the list, which is asked next. */
  const invalidate = procedure(
    'nouveau_svm_range_invalidate',
    { at: `${FILE}:nouveau_svm_range_invalidate`, versions },
    function* (range: Range, seq: number) {
      if (range.blockable) yield* mutexLock(lock)
      else if (!(yield* mutexTrylock(lock))) return 0
      yield* host.interval.setSeq(seq)
      yield* mutexUnlock(lock)
      return 1
    },
  )

  const rangeFault: Procedure<[number], void> = procedure(
    'nouveau_range_fault',
    { at: `${FILE}:nouveau_range_fault`, versions },
    function* (va) {
      const seq = yield* host.interval.readBegin()
      yield* host.mmapReadLock()
      const page = yield* host.lookUpPage(va)
      yield* host.mmapReadUnlock()
      if (!page) return
      yield* mutexLock(lock)
      const retry = yield* host.interval.readRetry(seq)
      if (!retry) yield* store(entry(va), page)
      yield* mutexUnlock(lock)
      if (retry) return yield* jump(rangeFault, va)
    },
  )

  const fault = procedure(
    'nouveau_svm_fault',
    { at: `${FILE}:nouveau_svm_fault`, versions },
    function* (_va: number) {
      for (const va of host.virtualPages) {
        yield* host.interval.insert()
        yield* call(rangeFault, va)
        yield* host.interval.remove()
      }
    },
  )

  /** Another user of the address space. */
  const busy = procedure(
    'nouveau_svmm_join',
    { at: `${FILE}: under svmm->mutex`, versions },
    function* (_va: number) {
      yield* mutexLock(lock)
      yield* mutexUnlock(lock)
    },
  )

  const release = procedure(
    'nouveau_svmm_fini',
    { at: `${FILE}:nouveau_svmm_fini`, versions },
    function* () {
      yield* mutexLock(lock)
      yield* call(clear, host.virtualPages)
      yield* mutexUnlock(lock)
    },
  )

  return {
    ops: {
      invalidateRangeStart,
      release,
      intervalSub: { pages: host.virtualPages, invalidate, insertedByDriver: 'for-a-while' },
    },
    mapping: (va) => expr(entry(va)),
    inFlight: [],
    activities: {
      fault: { task: 'svm_fault', run: fault, perPage: false },
      busy: { task: 'svm_busy', run: busy, perPage: false },
    },
    watch: [lock.owner, ...pt],
  }
}

export default function nouveauSvm(): Driver {
  return defineDriver({
    name: 'nouveau-svm',
    era: '5.7',
    kernel: { since: '5.7', until: '7.3' },
    title: 'nouveau SVM: a list notifier that refuses, and an interval for the time of each fault',
    source: `${FILE}, 5.7 to 7.3`,
    offers: ['fault', 'busy'],
    pins: false,
    interval: true,
    create,
  })
}
