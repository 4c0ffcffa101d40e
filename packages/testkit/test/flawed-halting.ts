/** A device that stands still for an invalidation, maps again and goes on; and the ways in which it does not. */
import {
  type Driver,
  type DriverHost,
  type DriverInstance,
  defineDriver,
  devicePages,
  type PageNumber,
  type Range,
} from '@mmulab/core'
import {
  atomically,
  type Body,
  call,
  eq,
  expr,
  flag,
  jump,
  load,
  mutex,
  mutexLock,
  mutexUnlock,
  type Procedure,
  procedure,
  spinLock,
  spinlock,
  spinUnlock,
  store,
  task,
  when,
} from '@mmulab/model'

const SOURCE = 'an example'

function create(host: DriverHost, flaw: string | undefined): DriverInstance {
  const lock = spinlock(`${host.label}.lock`)
  /** Keeps the worker and whoever maps apart. */
  const mapping = mutex(`${host.label}.mapping`)
  const halted = flag(`${host.label}.halted`)
  const inUse = flag(`${host.label}.inUse`, host.warm ? 1 : 0)
  const table = devicePages(host, 'pte')
  const invalidate = procedure('invalidate', SOURCE, function* (_range: Range, seq: number) {
    yield* spinLock(lock)
    yield* host.interval.setSeq(seq)
    if (flaw === 'set-up-is-mapped') {
      yield* spinUnlock(lock)
      yield* spinLock(lock)
    }
    if (yield* load(inUse)) yield* store(halted, 1)
    yield* spinUnlock(lock)
    return 1
  })
  function* lookUp(): Body<PageNumber[]> {
    const pages: PageNumber[] = []
    yield* host.mmapReadLock()
    for (const va of host.virtualPages) pages.push(yield* host.lookUpPage(va))
    yield* host.mmapReadUnlock()
    return pages
  }
  /** Whether nothing came in between. */
  function* map(goOn: boolean): Body<boolean> {
    yield* mutexLock(mapping)
    const seq = yield* host.interval.readBegin()
    const pages = yield* lookUp()
    yield* spinLock(lock)
    const again = yield* host.interval.readRetry(seq)
    const lost = flaw === 'maps-again' && goOn
    if (!again)
      for (const [va, pte] of table.entries()) yield* store(pte, lost ? 0 : (pages[va] ?? 0))
    if (!again && goOn) yield* store(halted, 0)
    yield* spinUnlock(lock)
    yield* mutexUnlock(mapping)
    return !again
  }
  const worker: Procedure<[], void> = procedure('worker', SOURCE, function* () {
    yield* atomically({
      guard: eq(halted, 1),
      label: 'the device stands still',
      waits: { on: 'it' },
    })
    yield* map(flaw !== 'runs-again')
    return yield* jump(worker)
  })
  const populate: Procedure<[], void> = procedure('populate', SOURCE, function* () {
    if (!(yield* map(false))) yield* jump(populate)
  })
  const register = procedure('register', SOURCE, function* (_va: number) {
    yield* host.interval.insert()
    if (flaw !== 'written-as-looked-at') yield* spinLock(lock)
    yield* store(inUse, 1)
    if (flaw !== 'written-as-looked-at') yield* spinUnlock(lock)
    if (flaw === 'set-up-is-mapped') yield* map(false)
    else if (flaw !== 'populates') yield* call(populate)
  })
  return {
    ops: { intervalSub: { pages: host.virtualPages, invalidate, insertedByDriver: true } },
    mapping: (va) => when(eq(halted, 0), table[va] ?? 0, 0),
    inFlight: [],
    stopped: [{ what: host.label, value: expr(halted) }],
    activities: { register: { task: 'register', run: register, perPage: false, populates: true } },
    daemons: [task(`${host.label}_worker`, worker, [], { daemon: true })],
    watch: [halted, ...table],
  }
}

export const haltingDevice = (flaw?: string): Driver =>
  defineDriver({
    name: 'example',
    era: '1',
    title: 'an example',
    source: SOURCE,
    offers: ['register'],
    pins: false,
    interval: true,
    create: (host) => create(host, flaw),
  })
