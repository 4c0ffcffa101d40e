/**
 * Shared virtual memory of nouveau from 5.5 on (drivers/gpu/drm/nouveau/nouveau_svm.c). It has both kinds of notifier: one on the list for the
 * whole address space, which takes the GPU's page-table entries away, and for the time of each fault an interval, which
 * only counts. The fault looks at the interval's number under the lock that the entries are cleared under.
 *
 * So it is the core that keeps the two in order: if the list were asked first, a fault could find the entries cleared and the number of
 * before. Its start refuses whatever may not be blocked.
 *
 * It has no release operation, as it did nothing in the one that HMM asked for in 5.1 to 5.4: a process that exits takes its channels down when its
 * files are closed, which is after its pages are gone. Until then the GPU maps what has been freed.
 *
 * One worker serves faults one after the other, here the pages of a buffer in one go; the interval of a fault covers the page that missed, here
 * all of them. Left out: the unmanaged hole, migration to the device and with it the sections of its own that it ignores,
 * atomics (EXCLUSIVE), the time-out of the retry loop, a fault that is under way while the device is closed. What it was on the HMM mirror (5.1 to 5.4) is
 * a twin of that mirror.
 */
import {
  type Driver,
  type DriverHost,
  type DriverInstance,
  defineDriver,
  devicePages,
  EAGAIN,
  entryAt,
  type Range,
} from '@mmulab/core'
import {
  atomically,
  call,
  expr,
  flag,
  jump,
  load,
  mark,
  mutex,
  mutexLock,
  mutexTrylock,
  mutexUnlock,
  type Procedure,
  procedure,
  store,
} from '@mmulab/model'

const FILE = 'drivers/gpu/drm/nouveau/nouveau_svm.c'
const versions = '5.5..7.3'

function create(host: DriverHost): DriverInstance {
  const lock = mutex(`${host.label}.svmm.mutex`)
  const pt = devicePages(host, 'pt')
  const entry = (va: number) => entryAt(pt, va)

  /** svmm->vmm; NULL once the device is being closed. */
  const vmm = flag(`${host.label}.svmm.vmm`, 1)

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
      if (yield* load(vmm)) yield* call(clear, range.pages)
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
        // Nobody is left whose memory it would be: the fault is cancelled.
        if (!(yield* host.mmgetNotZero())) continue
        yield* host.interval.insert()
        yield* call(rangeFault, va)
        yield* host.interval.remove()
        yield* host.mmput()
      }
    },
  )

  /** What has been migrated to the device is mapped there. */
  const busy = procedure(
    'nouveau_pfns_map',
    { at: `${FILE}:nouveau_pfns_map`, versions: '5.8..7.3' },
    function* (_va: number) {
      yield* mutexLock(lock)
      yield* mutexUnlock(lock)
    },
  )

  const fini = procedure(
    'nouveau_svmm_fini',
    { at: `${FILE}:nouveau_svmm_fini`, versions },
    function* (_va: number) {
      yield* atomically({
        assign: pt.map((v) => [v, 0] as const),
        label: 'nouveau_abi16_fini(): no channel uses the page table any more',
      })
      yield* mutexLock(lock)
      yield* store(vmm, 0)
      yield* mutexUnlock(lock)
      yield* host.putNotifier()
    },
  )

  const freeNotifier = procedure(
    'nouveau_svmm_free_notifier',
    { at: `${FILE}:nouveau_svmm_free_notifier`, versions },
    function* () {
      yield* mark('struct nouveau_svmm is freed')
    },
  )

  return {
    ops: {
      invalidateRangeStart,
      freeNotifier,
      intervalSub: { pages: host.virtualPages, invalidate, insertedByDriver: 'for-a-while' },
    },
    mapping: (va) => expr(entry(va)),
    inFlight: [],
    activities: {
      fault: { task: 'svm_fault', run: fault, perPage: false },
      busy: { task: 'svm_busy', run: busy, perPage: false },
      unregister: { task: 'svm_close', run: fini, perPage: false },
    },
    watch: [lock.owner, ...pt],
  }
}

export default function nouveauSvm(): Driver {
  return defineDriver({
    name: 'nouveau-svm',
    era: '5.7',
    kernel: { since: '5.5', until: '7.3' },
    title: 'nouveau SVM: a list notifier that refuses, and an interval for the time of each fault',
    source: `${FILE}, 5.5 to 7.3`,
    offers: ['fault', 'busy', 'unregister'],
    pins: false,
    interval: true,
    create,
  })
}
