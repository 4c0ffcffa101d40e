/**
 * amdkfd from 6.2 on (f95f51a4c335): a lock of the process for its notifiers. A section counts under it, and the worker lets the queues go on
 * only if, under the same lock, no section has hit the interval and nothing has been counted since.
 */
import {
  type Driver,
  type DriverHost,
  type DriverInstance,
  defineDriver,
  type Range,
} from '@mmulab/core'
import {
  add,
  bump,
  call,
  load,
  mutex,
  mutexLock,
  mutexUnlock,
  type Procedure,
  procedure,
  queueWork,
  store,
  type Work,
  work,
} from '@mmulab/model'
import { createProcess, instanceOf } from './process.ts'
import { svm } from './svm.ts'

const GPUVM = 'drivers/gpu/drm/amd/amdgpu/amdgpu_amdkfd_gpuvm.c'
const versions = '6.2..7.3'

function create(host: DriverHost): DriverInstance {
  const p = createProcess(host, versions)
  const notifierLock = mutex(`${host.label}.process_info.notifier_lock`)

  const restoreWorker: Procedure<[], void> = procedure(
    'amdgpu_amdkfd_restore_userptr_worker',
    { at: `${GPUVM}:amdgpu_amdkfd_restore_userptr_worker`, versions },
    function* () {
      yield* mutexLock(notifierLock)
      const evicted = yield* load(p.evictedBos)
      yield* mutexUnlock(notifierLock)
      if (!evicted) return
      yield* mutexLock(p.lock)
      const seq = yield* host.interval.readBegin()
      const got = yield* call(p.getUserPages)
      yield* p.update(got)
      yield* mutexLock(notifierLock)
      const again =
        (yield* load(p.evictedBos)) !== evicted || (yield* host.interval.readRetry(seq)) === 1
      if (!again) {
        yield* store(p.invalid, 0)
        yield* store(p.evictedBos, 0)
        yield* p.resume()
      }
      yield* mutexUnlock(notifierLock)
      yield* mutexUnlock(p.lock)
      if (again) yield* queueWork(restore)
    },
  )
  const restore: Work = work(`${host.label}.restore_userptr_work`, restoreWorker)

  const invalidate = procedure(
    'amdgpu_amdkfd_evict_userptr',
    { at: `${GPUVM}:amdgpu_amdkfd_evict_userptr`, versions },
    function* (range: Range, seq: number) {
      if (!range.blockable) return 0
      yield* mutexLock(notifierLock)
      yield* host.interval.setSeq(seq)
      yield* bump(p.invalid, 1)
      if ((yield* add(p.evictedBos, 1)) === 1) {
        yield* p.quiesce()
        yield* queueWork(restore)
      }
      yield* mutexUnlock(notifierLock)
      return 1
    },
  )

  const map = procedure(
    'amdgpu_amdkfd_gpuvm_map_memory_to_gpu',
    { at: `${GPUVM}:amdgpu_amdkfd_gpuvm_map_memory_to_gpu`, versions },
    function* (_va: number) {
      yield* mutexLock(p.lock)
      const seq = yield* host.interval.readBegin()
      const got = yield* call(p.getUserPages)
      yield* mutexLock(notifierLock)
      // What a section has hit is left to the worker.
      if (!(yield* load(p.invalid)) && !(yield* host.interval.readRetry(seq))) yield* p.update(got)
      yield* mutexUnlock(notifierLock)
      yield* mutexUnlock(p.lock)
    },
  )

  return instanceOf(host, p, {
    invalidate,
    restore,
    map,
    watch: [notifierLock.owner, restore.pending],
  })
}

export const amdkfd62: Driver = defineDriver({
  name: 'amdkfd',
  era: '6.2',
  kernel: { since: '6.2', until: '7.3' },
  title: 'amdkfd userptr: stops the queues, a worker restores them; under a lock of its notifiers',
  source: `${GPUVM}, 6.2 to 7.3`,
  offers: ['register', 'unregister'],
  pins: false,
  interval: true,
  create,
  variants: {
    svm: svm('svm', { putsMm: false }),
    'svm-flushes': svm('svm-flushes', { putsMm: false, flushes: true }),
    'svm-puts-mm': svm('svm-puts-mm', { putsMm: true }),
  },
})
