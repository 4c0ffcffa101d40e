/** Two devices that keep every rule, and the ways to break one of them: each flaw is named by the rule that it breaks. */
import {
  type Driver,
  type DriverHost,
  type DriverInstance,
  defineDriver,
  devicePages,
  EAGAIN,
  EBUSY,
  EFAULT,
  type Range,
} from '@mmulab/core'
import {
  alloc,
  atomically,
  bump,
  eq,
  expr,
  flag,
  GFP_KERNEL,
  jump,
  load,
  mightSleep,
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
  violate,
  waitUntil,
  warn,
} from '@mmulab/model'

const SOURCE = 'an example'

function tableOf(host: DriverHost) {
  const table = devicePages(host, 'pte')
  const zap = (pages: readonly number[]) =>
    atomically({
      assign: table.flatMap((pte, va) => (pages.includes(va) ? [[pte, 0] as const] : [])),
      label: 'unmap the range',
    })
  return { table, entry: (va: number): Variable => table[va] as Variable, zap }
}

/** A count of open sections and a number of those that are over, as KVM has them. */
function onList(host: DriverHost, flaw: string | undefined): DriverInstance {
  const lock = spinlock(`${host.label}.lock`)
  const other = spinlock(`${host.label}.other`)
  const count = variable(`${host.label}.count`, { max: 2 * host.sections })
  const looking = flag(`${host.label}.looking`)
  const seq = variable(`${host.label}.seq`, { max: flaw === 'bounds' ? 0 : host.ends })
  const { table, entry, zap } = tableOf(host)

  const start = procedure('start', SOURCE, function* (range: Range) {
    if (flaw === 'context') yield* mightSleep('the device')
    if (flaw === 'blockable-start-says-yes' && range.blockable) return EAGAIN
    if (flaw === 'refuses-with-eagain' && !range.blockable) return EBUSY
    if (flaw === 'may-fail-has-no-end' && !range.blockable) return EAGAIN
    if (flaw === 'waits-for-readers') yield* store(looking, 1)
    yield* spinLock(lock)
    if (flaw === 'lock-order') yield* spinLock(other)
    yield* bump(count, 1)
    if (flaw !== 'no-stale-mapping') yield* zap(range.pages)
    if (flaw === 'lock-order') yield* spinUnlock(other)
    yield* spinUnlock(lock)
    if (flaw === 'waits-for-readers') yield* store(looking, 0)
    return flaw === 'undoes-a-refusal' && !range.blockable ? EAGAIN : 0
  })
  const end = procedure('end', SOURCE, function* (range: Range) {
    if (flaw === 'unwound' && !range.blockable) return
    yield* spinLock(lock)
    if (flaw === 'no-stale-mapping') yield* zap(range.pages)
    yield* bump(seq, 1)
    if (flaw !== 'ends-what-it-began') yield* bump(count, -1)
    yield* spinUnlock(lock)
  })
  const release = procedure('release', SOURCE, function* () {
    yield* spinLock(lock)
    if (flaw !== 'teardown') yield* zap(host.virtualPages)
    yield* spinUnlock(lock)
  })
  const fault: Procedure<[number], number> = procedure('fault', SOURCE, function* (va) {
    if (flaw === 'no-complaint') yield* warn('a fault')
    if (flaw === 'counts-under-lock') {
      yield* bump(seq, 1)
      yield* bump(seq, -1)
    }
    if (flaw === 'waits-for-readers' && (yield* load(looking)))
      yield* violate('memory', 'a table goes while somebody looks at it')
    const before = yield* load(seq)
    const page = yield* host.getUserPage(va)
    if (!page) return EFAULT
    if (flaw === 'lock-order') yield* spinLock(other)
    yield* spinLock(lock)
    if (flaw === 'finishes') yield* waitUntil(eq(count, 0), 'the section to be over')
    const retry = yield* read(or(ne(count, 0), ne(seq, before)), 'a section came in between')
    if (flaw === 'one-lock') yield* spinUnlock(lock)
    const old = flaw === 'maps-again' && page !== va + 1
    if ((!retry && !old) || flaw === 'retries-after-invalidation') yield* store(entry(va), page)
    if (flaw === 'gives-locks-back') return 0
    if (flaw !== 'one-lock') yield* spinUnlock(lock)
    if (flaw === 'lock-order') yield* spinUnlock(other)
    yield* host.putPage(page)
    return retry ? yield* jump(fault, va) : 0
  })
  const leave = procedure('leave', SOURCE, function* (_va: number) {
    yield* host.unregister()
  })
  return {
    ops: { invalidateRangeStart: start, invalidateRangeEnd: end, release },
    mapping: (va) => expr(entry(va)),
    inFlight: [{ what: count.name, value: ne(count, 0) }],
    activities: {
      fault: { task: 'fault', run: fault, perPage: true },
      unregister: { task: 'leave', run: leave, perPage: false },
    },
    watch: [count, seq, ...table],
  }
}

/** read_begin, look up, read_retry. */
function onTree(host: DriverHost, flaw: string | undefined): DriverInstance {
  const lock = spinlock(`${host.label}.lock`)
  const { table, entry, zap } = tableOf(host)
  const invalidate = procedure('invalidate', SOURCE, function* (range: Range, seq: number) {
    if (flaw === 'set-seq-under-lock') yield* host.interval.setSeq(seq)
    yield* spinLock(lock)
    if (flaw !== 'set-seq-under-lock') yield* host.interval.setSeq(seq)
    yield* zap(range.pages)
    yield* spinUnlock(lock)
    return 1
  })
  const fault: Procedure<[number], number> = procedure('fault', SOURCE, function* (va) {
    const seq = yield* host.interval.readBegin()
    if (flaw !== 'mmap-lock-held') yield* host.mmapReadLock()
    const page = yield* host.lookUpPage(va)
    if (flaw !== 'mmap-lock-held') yield* host.mmapReadUnlock()
    if (!page) return EFAULT
    if (flaw === 'survives-its-own-reclaim') {
      yield* spinLock(lock)
      yield* alloc(host.allocator, GFP_KERNEL, 'a page table')
      yield* spinUnlock(lock)
    }
    yield* spinLock(lock)
    const retry = yield* host.interval.readRetry(seq)
    if (!retry) yield* store(entry(va), page)
    yield* spinUnlock(lock)
    return retry ? yield* jump(fault, va) : 0
  })
  return {
    ops: { intervalSub: { pages: host.virtualPages, invalidate } },
    mapping: (va) => expr(entry(va)),
    inFlight: [],
    activities: {
      fault: { task: 'fault', run: fault, perPage: true },
      pin: { task: 'pin', run: fault, perPage: true },
    },
    watch: [...table],
  }
}

const device =
  (kind: 'list' | 'tree') =>
  (flaw?: string): Driver =>
    defineDriver({
      name: 'example',
      era: '1',
      title: 'an example',
      source: SOURCE,
      offers: kind === 'list' ? ['fault', 'unregister'] : ['fault', 'pin'],
      pins: false,
      interval: kind === 'tree',
      create: (host) => (kind === 'list' ? onList(host, flaw) : onTree(host, flaw)),
    })

export const listDevice: (flaw?: string) => Driver = device('list')
export const treeDevice: (flaw?: string) => Driver = device('tree')
