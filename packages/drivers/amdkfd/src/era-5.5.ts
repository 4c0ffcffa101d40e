/**
 * amdkfd from 5.5 to 6.1: a section counts with atomics, under the notifier_lock of the device; the worker takes no lock that the section
 * takes. It asks whether a section has hit the interval and throws the answer away; what it goes by are its own two counters,
 * which it changes only if they are as it found them.
 *
 * The counters are the process's, the lock is the device's. The twin has no lock, as if two objects were on two devices: then a section that is
 * not the first to count goes on before the first has stopped the queues.
 *
 * Whoever maps an object for the first time looks at `invalid` under mmap_lock held for write, as if that kept sections out. Reclaim
 * takes no mmap_lock. The object gets its first pages in the same hold of process_info->lock here, in the kernel in one of its own
 * (init_user_pages).
 */
import {
  type Driver,
  type DriverHost,
  type DriverInstance,
  defineDriver,
  type Range,
} from '@mmulab/core'
import {
  atomicInc,
  atomicIncReturn,
  call,
  compareExchange,
  load,
  mutex,
  mutexLock,
  mutexUnlock,
  type Procedure,
  procedure,
  queueWork,
  type Work,
  work,
} from '@mmulab/model'
import { createProcess, instanceOf } from './process.ts'

const GPUVM = 'drivers/gpu/drm/amd/amdgpu/amdgpu_amdkfd_gpuvm.c'
const versions = '5.5..6.1'

interface KfdOptions {
  /** The notifier_lock of the device. */
  readonly locks: boolean
}

function create(host: DriverHost, { locks }: KfdOptions): DriverInstance {
  const p = createProcess(host, versions)
  const notifierLock = mutex(`${host.label}.adev.notifier_lock`)

  const restoreWorker: Procedure<[], void> = procedure(
    'amdgpu_amdkfd_restore_userptr_worker',
    { at: `${GPUVM}:amdgpu_amdkfd_restore_userptr_worker`, versions },
    function* () {
      const evicted = yield* load(p.evictedBos)
      if (!evicted) return
      yield* mutexLock(p.lock)
      let again = false
      const invalid = yield* load(p.invalid)
      if (invalid) {
        const seq = yield* host.interval.readBegin()
        const got = yield* call(p.getUserPages)
        yield* host.interval.readRetry(seq)
        again = !(yield* compareExchange(p.invalid, invalid, 0))
        if (!again) yield* p.update(got)
      }
      if (!again) again = !(yield* compareExchange(p.evictedBos, evicted, 0))
      if (!again) yield* p.resume()
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
      if (locks) yield* mutexLock(notifierLock)
      yield* host.interval.setSeq(seq)
      yield* atomicInc(p.invalid)
      if ((yield* atomicIncReturn(p.evictedBos)) === 1) {
        yield* p.quiesce()
        yield* queueWork(restore)
      }
      if (locks) yield* mutexUnlock(notifierLock)
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
      yield* host.interval.readRetry(seq)
      yield* host.mmapWriteLock()
      const invalid = yield* load(p.invalid)
      yield* host.mmapWriteUnlock()
      // An object that is invalid is left to the worker.
      if (!invalid) yield* p.update(got)
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

const TITLE =
  'amdkfd userptr: stops the queues, a worker restores them; goes by counters of its own'

function kfdWith(name: string, options: KfdOptions): Driver {
  return defineDriver({
    name,
    era: '5.5',
    kernel: { since: '5.5', until: '6.1' },
    title: options.locks ? TITLE : `${TITLE}; a twin whose sections do not exclude each other`,
    source: `${GPUVM} and drivers/gpu/drm/amd/amdgpu/amdgpu_mn.c, 5.5 to 6.1`,
    offers: ['register', 'unregister'],
    pins: false,
    interval: true,
    create: (host) => create(host, options),
    variants: options.locks ? { unlocked: kfdWith(`${name}~unlocked`, { locks: false }) } : {},
  })
}

export const amdkfd55: Driver = kfdWith('amdkfd', { locks: true })
