/**
 * A device with a page table of its own and an interval notifier (struct mmu_interval_notifier_ops, 5.5 and later): what a driver that
 * is written today looks like. A fault takes a sequence number, looks the page up without the lock, and asks under the lock whether
 * the number still stands. Change it into yours: keep the names of the kernel functions, and put the file and function of the kernel
 * beside each procedure.
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
  expr,
  jump,
  mutex,
  mutexLock,
  mutexTrylock,
  mutexUnlock,
  type Procedure,
  procedure,
  store,
} from '@mmulab/model'

const FILE = 'drivers/my-device.c'

/** Makes the driver anew for every world: nothing may outlive it. Every number has a domain; that is what makes a world finite. */
function create(host: DriverHost): DriverInstance {
  const name = (field: string): string => `${host.label}.${field}`
  const lock = mutex(name('lock'))
  /** The page that the device maps at each virtual page, or 0. A scenario begins with a device that is in use, or with an empty one. */
  const table = devicePages(host, 'pte')
  const pte = (va: number) => entryAt(table, va)

  /** After it has answered 1 the device may not use the range. It may answer 0, but only if !range.blockable: then it must not sleep. */
  const invalidate = procedure('my_invalidate', FILE, function* (range: Range, seq: number) {
    if (range.blockable) yield* mutexLock(lock)
    else if (!(yield* mutexTrylock(lock))) return 0
    yield* host.interval.setSeq(seq)
    yield* atomically({
      assign: range.pages.map((va) => [pte(va), 0] as const),
      label: 'unmap the range',
    })
    yield* mutexUnlock(lock)
    return 1
  })

  const fault: Procedure<[number], number> = procedure('my_fault', FILE, function* (va) {
    const seq = yield* host.interval.readBegin()
    yield* host.mmapReadLock()
    const page = yield* host.lookUpPage(va)
    yield* host.mmapReadUnlock()
    if (!page) return EFAULT
    yield* mutexLock(lock)
    const retry = yield* host.interval.readRetry(seq)
    if (!retry) yield* store(pte(va), page)
    yield* mutexUnlock(lock)
    return retry ? yield* jump(fault, va) : 0
  })

  return {
    ops: { intervalSub: { pages: host.virtualPages, invalidate } },
    mapping: (va) => expr(pte(va)),
    inFlight: [],
    activities: { fault: { task: 'my_fault', run: fault, perPage: true } },
    watch: [lock.owner, ...table],
  }
}

export default function driver(): Driver {
  return defineDriver({
    name: 'my-device',
    era: '1',
    title: 'my-title',
    source: FILE,
    offers: ['fault'],
    pins: false,
    interval: true,
    create,
  })
}
