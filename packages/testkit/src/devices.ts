/** Devices of the kit's own, one on the list and one on the tree, which do everything right: what breaks under them is the core's doing. */
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
  type Variable,
  variable,
} from '@mmulab/model'

const SOURCE = 'a probe'

interface Table {
  readonly table: readonly Variable[]
  readonly pte: (va: number) => Variable
  readonly zap: (pages: readonly number[]) => ReturnType<typeof atomically>
}

function tableOf(host: DriverHost): Table {
  const table = devicePages(host, 'pte')
  const pte = (va: number) => entryAt(table, va)
  return {
    table,
    pte,
    zap: (pages) =>
      atomically({
        assign: pages.map((va) => [pte(va), 0] as const),
        label: `${host.label} unmaps the range`,
      }),
  }
}

/** A counter of open sections and a number of those that have passed, as KVM has them. */
function onList(host: DriverHost): DriverInstance {
  const lock = spinlock(`${host.label}.lock`)
  const count = variable(`${host.label}.count`, { min: -host.ends, max: host.sections })
  const seq = variable(`${host.label}.seq`, { max: host.ends })
  const { table, pte, zap } = tableOf(host)
  const start = procedure('probe_start', SOURCE, function* (range: Range) {
    yield* spinLock(lock)
    yield* bump(count, 1)
    yield* zap(range.pages)
    yield* spinUnlock(lock)
    return 0
  })
  const end = procedure('probe_end', SOURCE, function* (_range: Range) {
    yield* spinLock(lock)
    yield* bump(seq, 1)
    yield* bump(count, -1)
    yield* spinUnlock(lock)
  })
  /** Up to 4.12: the entry has gone, and a fault that has looked it up must notice. */
  const invalidatePage = procedure('probe_invalidate_page', SOURCE, function* (va: number) {
    yield* spinLock(lock)
    yield* bump(seq, 1)
    yield* zap([va])
    yield* spinUnlock(lock)
  })
  const release = procedure('probe_release', SOURCE, function* () {
    yield* spinLock(lock)
    yield* zap(host.virtualPages)
    yield* spinUnlock(lock)
  })
  const fault: Procedure<[number], number> = procedure('probe_fault', SOURCE, function* (va) {
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
  const leave = procedure('probe_leave', SOURCE, function* (_va: number) {
    yield* host.unregister()
  })
  return {
    ops: { invalidateRangeStart: start, invalidateRangeEnd: end, invalidatePage, release },
    mapping: (va) => expr(pte(va)),
    inFlight: [{ what: count.name, value: ne(count, 0) }],
    activities: {
      fault: { task: 'probe_fault', run: fault, perPage: true },
      unregister: { task: 'probe_leave', run: leave, perPage: false },
    },
    watch: [count, seq, ...table],
  }
}

/** read_begin, look up, read_retry. `shy` refuses whatever may not block. */
const onTree =
  (shy: boolean) =>
  (host: DriverHost): DriverInstance => {
    const lock = spinlock(`${host.label}.lock`)
    const { table, pte, zap } = tableOf(host)
    const invalidate = procedure('probe_invalidate', SOURCE, function* (range: Range, seq: number) {
      if (shy && !range.blockable) return 0
      yield* spinLock(lock)
      yield* host.interval.setSeq(seq)
      yield* zap(range.pages)
      yield* spinUnlock(lock)
      return 1
    })
    const fault: Procedure<[number], number> = procedure('probe_fault', SOURCE, function* (va) {
      const seq = yield* host.interval.readBegin()
      yield* host.mmapReadLock()
      const page = yield* host.lookUpPage(va)
      yield* host.mmapReadUnlock()
      if (!page) return EFAULT
      yield* spinLock(lock)
      const retry = yield* host.interval.readRetry(seq)
      if (!retry) yield* store(pte(va), page)
      yield* spinUnlock(lock)
      return retry ? yield* jump(fault, va) : 0
    })
    return {
      ops: { intervalSub: { pages: host.virtualPages, invalidate } },
      mapping: (va) => expr(pte(va)),
      inFlight: [],
      activities: { fault: { task: 'probe_fault', run: fault, perPage: true } },
      watch: [...table],
    }
  }

const device = (
  name: string,
  title: string,
  rest: Pick<Driver, 'offers' | 'create'> & { readonly interval?: boolean },
): Driver => defineDriver({ name, era: '1', title, source: SOURCE, pins: false, ...rest })

export const listDevice: Driver = device('probe-device', 'a device on the list; never refuses', {
  offers: ['fault', 'unregister'],
  create: onList,
})
export const treeDevice: Driver = device('probe-interval', 'a device on the tree; never refuses', {
  offers: ['fault'],
  interval: true,
  create: onTree(false),
})
export const shyDevice: Driver = device(
  'probe-shy',
  'a device on the tree; refuses whatever may not block',
  { offers: ['fault'], interval: true, create: onTree(true) },
)
