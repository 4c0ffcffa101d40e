/**
 * Shared virtual memory of amdkfd (drivers/gpu/drm/amd/amdkfd/kfd_svm.c, 5.14 on) with a GPU that retries its faults: a section takes what it covers out of the GPU's
 * page table, under the lock of the range, and a fault of the GPU looks it up again. When the mm goes, the notifier of the process stops
 * its queues; the release of the interval is left to that. The callback never refuses and takes its mutex in any section, also in one that may
 * not block.
 *
 * fa582c6f3684 had the callback take a reference to the mm and drop it at its end, and do nothing where there was none to be had. Who dropped
 * the last one tore the mm down inside a section, under whatever its caller held: an rmap lock, for one, that exit_mmap() takes for write. And
 * between the last reference and the release of the process the queues still ran on what nobody had unmapped. a29e067bd389 has the callback do
 * without.
 *
 * What a munmap() takes away is left to a worker as well, which gets a reference to the mm to do that with, and drops it. Up to 6225bb3a88d2 the
 * release of the process waited for that worker: if the worker was the last to use the mm, it ran that release itself.
 *
 * One range over the whole memory, which stays. Left out: GPUs that do not retry, whose queues are stopped instead; migration to their memory;
 * what the worker does to ranges; that the process's notifier is shared and freed later.
 */
import {
  type Driver,
  type DriverHost,
  type DriverInstance,
  defineDriver,
  devicePages,
  type Range,
} from '@mmulab/core'
import {
  atomically,
  bump,
  call,
  eq,
  flag,
  flushWork,
  jump,
  minus,
  mutex,
  mutexLock,
  mutexUnlock,
  ne,
  type Procedure,
  procedure,
  queueWork,
  spinLock,
  spinlock,
  spinUnlock,
  store,
  task,
  variable,
  when,
  work,
} from '@mmulab/model'

const SVM = 'drivers/gpu/drm/amd/amdkfd/kfd_svm.c'
const PROCESS = 'drivers/gpu/drm/amd/amdkfd/kfd_process.c'

interface Options {
  /** The callback takes a reference to the mm, and drops it. */
  readonly putsMm: boolean
  /** The release of the process waits for the worker. */
  readonly flushes?: boolean
}

function create(host: DriverHost, { putsMm, flushes = false }: Options): DriverInstance {
  const name = (field: string): string => `${host.label}.${field}`
  const versions = '5.14..7.3'
  const lock = mutex(name('prange.lock'))
  const stopped = flag(name('queues.stopped'))
  const pages = devicePages(host, 'pte')

  /** Ranges on svms->deferred_range_list, each with a reference to the mm. */
  const items = variable(name('deferred_range_list'), { max: host.sections })
  const listLock = spinlock(name('deferred_list_lock'))
  const deferredListWork: Procedure<[], void> = procedure(
    'svm_range_deferred_list_work',
    { at: `${SVM}:svm_range_deferred_list_work`, versions },
    function* () {
      yield* spinLock(listLock)
      const item = yield* atomically({
        assign: [[items, minus(items, ne(items, 0))]],
        answer: ne(items, 0),
        label: `list_del_init(${items.name})`,
      })
      yield* spinUnlock(listLock)
      if (!item) return
      yield* host.mmapWriteLock()
      yield* host.mmapWriteUnlock()
      yield* host.mmput()
      return yield* jump(deferredListWork)
    },
  )
  const deferred = work(name('deferred_list_work'), deferredListWork)

  /** svm_range_add_list_work() and schedule_deferred_list_work(); nothing is left to do for an mm that exits. */
  const defer = procedure(
    'svm_range_add_list_work',
    { at: `${SVM}:svm_range_add_list_work`, versions },
    function* () {
      if (!(yield* host.mmgetNotZero())) return
      yield* spinLock(listLock)
      yield* bump(items, 1)
      yield* spinUnlock(listLock)
      yield* queueWork(deferred)
    },
  )

  const invalidate = procedure(
    'svm_range_cpu_invalidate_pagetables',
    { at: `${SVM}:svm_range_cpu_invalidate_pagetables`, versions },
    function* (range: Range, seq: number) {
      if (range.event === 'RELEASE') return 1
      if (putsMm && !(yield* host.mmgetNotZero())) return 1
      yield* mutexLock(lock)
      yield* host.interval.setSeq(seq)
      yield* atomically({
        assign: pages.flatMap((v, va) => (range.pages.includes(va) ? [[v, 0] as const] : [])),
        label: `svm_range_unmap_from_gpus(${range.pages.join(', ')})`,
      })
      if (range.event === 'UNMAP') yield* call(defer)
      yield* mutexUnlock(lock)
      if (putsMm) yield* host.mmput()
      return 1
    },
  )

  const mapRange: Procedure<[number], void> = procedure(
    'svm_range_validate_and_map',
    { at: `${SVM}:svm_range_validate_and_map`, versions },
    function* (va) {
      yield* host.mmapReadLock()
      const seq = yield* host.interval.readBegin()
      const page = yield* host.lookUpPage(va)
      yield* host.mmapReadUnlock()
      if (!page) return
      yield* mutexLock(lock)
      const retry = yield* host.interval.readRetry(seq)
      const pte = pages[va]
      if (!retry && pte) yield* store(pte, page)
      yield* mutexUnlock(lock)
      if (retry) return yield* jump(mapRange, va)
    },
  )

  const fault = procedure(
    'svm_range_restore_pages',
    { at: `${SVM}:svm_range_restore_pages`, versions },
    function* (va: number) {
      // get_task_mm(): nobody is left whose memory it would be.
      if (!(yield* host.mmgetNotZero())) return
      yield* call(mapRange, va)
      yield* host.mmput()
    },
  )

  const release = procedure(
    'kfd_process_notifier_release',
    { at: `${PROCESS}:kfd_process_notifier_release`, versions },
    function* () {
      if (flushes) yield* flushWork(deferred)
      yield* store(stopped, 1)
    },
  )

  return {
    ops: { intervalSub: { pages: host.virtualPages, invalidate }, release },
    mapping: (va) => when(eq(stopped, 0), pages[va] ?? 0, 0),
    inFlight: [],
    activities: { fault: { task: 'gpu_fault', run: fault, perPage: true } },
    daemons: [task(`${host.label}_kworker`, deferred.worker, [], { daemon: true })],
    watch: [stopped, items, lock.owner, deferred.running, ...pages],
  }
}

/** What sets a twin apart. */
const wordsOf = ({ putsMm, flushes }: Options): string =>
  putsMm
    ? 'as of fa582c6f3684, which takes and drops a reference to the mm in its callback'
    : flushes
      ? 'as before 6225bb3a88d2, whose release waits for a worker that uses the mm'
      : 'an interval notifier that unmaps under a mutex, and faults that look up again'

/** A twin of amdkfd: shared virtual memory in place of userptr. */
export const svm = (twin: string, options: Options): Driver =>
  defineDriver({
    name: `amdkfd~${twin}`,
    era: '6.2',
    kernel: { since: '6.2', until: '7.3' },
    title: `amdkfd SVM: ${wordsOf(options)}`,
    source: `${SVM}, 5.14 to 7.3`,
    offers: ['fault'],
    pins: false,
    interval: true,
    create: (host) => create(host, options),
  })
