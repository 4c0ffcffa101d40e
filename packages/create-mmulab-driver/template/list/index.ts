/**
 * A device with a page table of its own and a list notifier (struct mmu_notifier_ops): start counts the section and takes the range
 * away, end counts it down, and a fault that met a section starts over. Change it into yours: keep the names of the kernel functions,
 * and put the file and function of the kernel beside each procedure.
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
  bump,
  expr,
  jump,
  load,
  ne,
  or,
  type Procedure,
  procedure,
  read,
  spinLock,
  spinlock,
  spinUnlock,
  store,
  variable,
} from '@mmulab/model'

const FILE = 'drivers/my-device.c'

/** Makes the driver anew for every world: nothing may outlive it. Every number has a domain; that is what makes a world finite. */
function create(host: DriverHost): DriverInstance {
  const name = (field: string): string => `${host.label}.${field}`
  const lock = spinlock(name('lock'))
  /** Sections that are open, and how many have passed. */
  const count = variable(name('count'), { max: host.sections })
  const seq = variable(name('seq'), { max: host.ends })
  /** The page that the device maps at each virtual page, or 0. A scenario begins with a device that is in use, or with an empty one. */
  const table = devicePages(host, 'pte')
  const pte = (va: number) => entryAt(table, va)

  /** After it has answered 0 the device may not use the range until the end. It may answer EAGAIN, but only if !range.blockable. */
  const start = procedure('my_invalidate_range_start', FILE, function* (range: Range) {
    yield* spinLock(lock)
    yield* bump(count, 1)
    yield* atomically({
      assign: range.pages.map((va) => [pte(va), 0] as const),
      label: 'unmap the range',
    })
    yield* spinUnlock(lock)
    return 0
  })

  const end = procedure('my_invalidate_range_end', FILE, function* (_range: Range) {
    yield* spinLock(lock)
    yield* bump(seq, 1)
    yield* bump(count, -1)
    yield* spinUnlock(lock)
  })

  /** The mm exits, or the notifier leaves: every mapping goes. */
  const release = procedure('my_release', FILE, function* () {
    yield* spinLock(lock)
    yield* atomically({ assign: table.map((entry) => [entry, 0] as const), label: 'unmap all' })
    yield* spinUnlock(lock)
  })

  /** The device touches a page: look it up without the lock, then see under the lock whether a section came in between. */
  const fault: Procedure<[number], number> = procedure('my_fault', FILE, function* (va) {
    const before = yield* load(seq)
    const page = yield* host.getUserPage(va)
    if (!page) return EFAULT
    yield* spinLock(lock)
    const retry = yield* read(or(ne(count, 0), ne(seq, before)), 'a section came in between')
    if (!retry) yield* store(pte(va), page)
    yield* spinUnlock(lock)
    yield* host.putPage(page)
    return retry ? yield* jump(fault, va) : 0
  })

  return {
    ops: { invalidateRangeStart: start, invalidateRangeEnd: end, release },
    mapping: (va) => expr(pte(va)),
    inFlight: [{ what: count.name, value: expr(count) }],
    activities: { fault: { task: 'my_fault', run: fault, perPage: true } },
    watch: [count, seq, ...table],
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
    create,
  })
}
