/** The device driver on top of the mirror: a page table under one mutex, and the work that keeps the mutex busy. */
import { type DriverHost, devicePages, EAGAIN, entryAt, type Range } from '@mmulab/core'
import {
  atomically,
  type Mutex,
  mutex,
  mutexLock,
  mutexTrylock,
  mutexUnlock,
  type Procedure,
  procedure,
  type TaskSpec,
  type Variable,
} from '@mmulab/model'

export interface Device {
  readonly lock: Mutex
  /** What the device maps at each virtual page. */
  readonly ptes: readonly Variable[]
  /** mirror->ops->sync_cpu_device_pagetables(): -EAGAIN if it may not block and the mutex is taken. */
  readonly sync: Procedure<[Range], number>
  /** mirror->ops->release(): nothing stays mapped. */
  readonly release: Procedure<[], void>
  /** The device's own work under its lock, where there is any. */
  readonly busy?: Procedure<[number], void>
  /** The hardware, where it does something by itself. */
  readonly daemons?: readonly TaskSpec[]
}

export function createDevice(host: DriverHost, versions: string): Device {
  const lock = mutex(`${host.label}.device.lock`)
  const ptes = devicePages(host, 'device.pte')
  const source = { at: 'drivers/gpu/drm: a driver on the mirror', versions }
  return {
    lock,
    ptes,
    sync: procedure('sync_cpu_device_pagetables', source, function* (range) {
      if (range.blockable) yield* mutexLock(lock)
      else if (!(yield* mutexTrylock(lock))) return EAGAIN
      yield* atomically({
        assign: range.pages.map((va) => [entryAt(ptes, va), 0] as const),
        label: `zap ${range.pages.map((va) => entryAt(ptes, va).name).join(', ')}`,
      })
      yield* mutexUnlock(lock)
      return 0
    }),
    release: procedure('release', source, function* () {
      yield* mutexLock(lock)
      yield* atomically({ assign: ptes.map((v) => [v, 0] as const), label: 'mirror->release()' })
      yield* mutexUnlock(lock)
    }),
    busy: procedure('device_update', source, function* (_va) {
      yield* mutexLock(lock)
      yield* mutexUnlock(lock)
    }),
  }
}
