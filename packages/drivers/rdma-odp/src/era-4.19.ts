/**
 * RDMA on-demand paging as in 4.17 to 4.19 (drivers/infiniband/core/umem_odp.c): no lock is held from start to end. Instead every umem
 * has counters of its own, which say something only if no section was open when they came into force: a section that
 * began before the umem was known would end it without having begun it. So the context counts all sections, and a umem that
 * is registered while there are any waits, with all its faults, for the moment in which there are none.
 *
 * A start counts before it looks whether it has to refuse, and does not take that back: after one refusal there never is such a
 * moment again.
 *
 * The end operation takes umem_rwsem, whether the range may be blocked or not; the source calls that ugly and fragile.
 *
 * The last umem of a context takes the notifier with it, and umem_rwsem stays held for reading meanwhile: downgraded, so that callbacks which
 * are waited for can go on. One of them cannot: an end that wants to put umems into force takes it for writing.
 *
 * One umem over the whole range; until the device is closed, another one of the same context keeps the notifier registered. Memory that is registered already is
 * deregistered first. Left out: implicit MRs, the completion a fault waits for between two tries (it has a timeout), and the registration of the
 * notifier by the first umem of a context, which sets the count to 0.
 */
import {
  type Driver,
  type DriverHost,
  type DriverInstance,
  defineDriver,
  devicePages,
  EAGAIN,
  EFAULT,
  entryAt,
  type Range,
  range,
} from '@mmulab/core'
import {
  and,
  any,
  atomically,
  atomicDecAndTest,
  barrier,
  bump,
  call,
  downgradeWrite,
  downRead,
  downReadTrylock,
  downWrite,
  eq,
  expr,
  flag,
  jump,
  load,
  looksAtOther,
  mutex,
  mutexLock,
  mutexUnlock,
  ne,
  or,
  type Procedure,
  perTask,
  plus,
  procedure,
  read,
  rwsem,
  srcu,
  srcuDereference,
  srcuReadLock,
  srcuReadUnlock,
  store,
  synchronizeSrcu,
  upRead,
  upWrite,
  variable,
  violate,
  when,
} from '@mmulab/model'

const CORE = 'drivers/infiniband/core/umem_odp.c'
const MLX5 = 'drivers/infiniband/hw/mlx5/odp.c'
const versions = '4.17..4.19'

function create(host: DriverHost): DriverInstance {
  const name = (field: string): string => `${host.label}.${field}`
  // Twice by who closes the device: the release operation takes it once more.
  const umemRwsem = rwsem(name('umem_rwsem'), 2)
  const umemMutex = mutex(name('umem_mutex'))
  const mrSrcu = srcu(name('mr_srcu'))
  /** Sections of the whole context; refused ones stay in it. */
  const contextCount = variable(name('notifier_count'), {
    min: -host.ends,
    max: host.sections + 1,
  })
  /** release() has counted as well, for good: the next first umem sets the count to 0. */
  const released = flag(name('notifier.released'))
  /** In the tree of the context. */
  const registered = flag(name('umem.registered'), host.warm ? 1 : 0)
  /** Faults that have found the MR, and its umem, and are not done with it. */
  const looking = perTask(name('mr of a fault'), 2)
  /** mr->live: faults are served. */
  const live = flag(name('mr.live'), host.warm ? 1 : 0)
  /** mn_counters_active; a umem without it is on the list no_private_counters. */
  const active = flag(name('umem.mn_counters_active'), host.warm ? 1 : 0)
  const count = variable(name('umem.notifiers_count'), { min: -host.ends, max: host.sections })
  const seq = variable(name('umem.notifiers_seq'), { max: host.ends })
  const dma = devicePages(host, 'dma')
  const entry = (va: number) => entryAt(dma, va)

  const startUmem = procedure(
    'invalidate_range_start_trampoline',
    { at: `${CORE}:invalidate_range_start_trampoline`, versions },
    function* (range: Range) {
      yield* mutexLock(umemMutex)
      if (yield* load(active)) yield* bump(count, 1)
      yield* mutexUnlock(umemMutex)
      yield* mutexLock(umemMutex)
      yield* atomically({
        assign: range.pages.map((va) => [entry(va), 0] as const),
        label: `mlx5_ib_invalidate_range(${range.pages.map((va) => entry(va).name).join(', ')})`,
      })
      yield* mutexUnlock(umemMutex)
    },
  )

  const invalidateRangeStart = procedure(
    'ib_umem_notifier_invalidate_range_start',
    { at: `${CORE}:ib_umem_notifier_invalidate_range_start`, versions },
    function* (range: Range) {
      if (range.blockable) yield* downRead(umemRwsem)
      else if (!(yield* downReadTrylock(umemRwsem))) return EAGAIN
      yield* bump(contextCount, 1)
      let ret = 0
      if (yield* load(registered)) {
        if (range.blockable) yield* call(startUmem, range)
        else ret = EAGAIN
      }
      yield* upRead(umemRwsem)
      return ret
    },
  )

  /** The mm exits: every umem is dying; its count stays up, and that of the context, so that no fault ever installs anything again. */
  const release = procedure(
    'ib_umem_notifier_release',
    { at: `${CORE}:ib_umem_notifier_release`, versions },
    function* () {
      yield* atomically({
        assign: [
          [contextCount, plus(contextCount, 1)],
          [released, 1],
        ],
        label: `${contextCount.name}++`,
      })
      yield* downRead(umemRwsem)
      if (yield* load(registered))
        yield* call(startUmem, range('RELEASE', host.virtualPages, { blockable: true }))
      yield* upRead(umemRwsem)
    },
  )

  /** ib_umem_notifier_end_account of the umem. */
  const endUmem = procedure(
    'invalidate_range_end_trampoline',
    { at: `${CORE}:invalidate_range_end_trampoline`, versions },
    function* () {
      yield* mutexLock(umemMutex)
      if (yield* load(active)) {
        // seq first: who waits for the count to drop must see the new seq.
        yield* bump(seq, 1)
        yield* bump(count, -1)
      }
      yield* mutexUnlock(umemMutex)
    },
  )

  /** ib_ucontext_notifier_end_account: with the last section over, umems that wait get their counters. */
  const endContext = procedure(
    'ib_ucontext_notifier_end_account',
    { at: `${CORE}:ib_ucontext_notifier_end_account`, versions },
    function* () {
      const last = yield* atomicDecAndTest(contextCount)
      if (!last) return
      const waiting = and(eq(registered, 1), eq(active, 0))
      if (!(yield* read(waiting, '!list_empty(&no_private_counters)'))) return
      yield* downWrite(umemRwsem)
      // Again, now that no section can begin.
      if (!(yield* load(contextCount))) {
        yield* mutexLock(umemMutex)
        yield* store(active, when(eq(registered, 1), 1, active))
        yield* mutexUnlock(umemMutex)
      }
      yield* upWrite(umemRwsem)
    },
  )

  const invalidateRangeEnd = procedure(
    'ib_umem_notifier_invalidate_range_end',
    { at: `${CORE}:ib_umem_notifier_invalidate_range_end`, versions },
    function* (_range: Range) {
      yield* downRead(umemRwsem)
      if (yield* load(registered)) yield* call(endUmem)
      yield* upRead(umemRwsem)
      yield* call(endContext)
    },
  )

  /** dereg_mr: no fault on the old umem is left when it goes, and nothing is mapped by it any more; ends with umem_rwsem held for writing. */
  const removeUmem = procedure(
    'ib_umem_odp_release',
    { at: `${CORE}:ib_umem_odp_release, until umem_rwsem is given back`, versions },
    function* () {
      yield* store(live, 0)
      yield* synchronizeSrcu(mrSrcu)
      yield* mutexLock(umemMutex)
      yield* atomically({
        assign: dma.map((v) => [v, 0] as const),
        label: 'ib_umem_odp_unmap_dma_pages()',
      })
      yield* mutexUnlock(umemMutex)
      yield* downWrite(umemRwsem)
      yield* atomically({
        assign: [
          [registered, 0],
          [active, 0],
          [count, 0],
        ],
        label: 'the umem leaves the tree',
      })
      const used = or(
        looksAtOther(looking, 0),
        ne(registered, 0),
        any(dma, (v) => ne(v, 0)),
      )
      if (yield* read(used, 'kvfree(the umem)'))
        yield* violate('memory', `${host.label}.umem goes while somebody looks at it`)
    },
  )

  const register = procedure(
    'ib_umem_odp_get',
    { at: `${CORE}:ib_umem_odp_get`, versions },
    function* (_va: number) {
      if (yield* load(registered)) {
        yield* call(removeUmem)
        yield* upWrite(umemRwsem)
      }
      yield* downWrite(umemRwsem)
      const twice = yield* atomically({
        assign: [
          [registered, 1],
          [active, eq(contextCount, 0)],
        ],
        answer: registered,
        label: 'the umem joins the tree; its counters are in force if no section is open',
      })
      if (twice) yield* violate('memory', `${host.label}.umem is put into the tree twice`)
      yield* upWrite(umemRwsem)
      yield* store(live, 1)
    },
  )

  /** Memory is registered once more, as at any time; then all of it goes, and with the last of it the notifier. */
  const close = procedure(
    'ib_uverbs_close',
    { at: `${CORE}:ib_umem_odp_release, of the last umem`, versions },
    function* (va: number) {
      yield* call(register, va)
      yield* call(removeUmem)
      yield* downgradeWrite(umemRwsem)
      // get_task_mm(): otherwise the exit has taken the notifier away.
      if (yield* host.mmgetNotZero()) {
        yield* host.unregister()
        yield* host.mmput()
      }
      yield* upRead(umemRwsem)
    },
  )

  const fault: Procedure<[number], number> = procedure(
    'pagefault_mr',
    { at: `${MLX5}:pagefault_mr`, versions },
    function* (va) {
      const id = yield* srcuReadLock(mrSrcu)
      if (!(yield* srcuDereference(looking, live))) {
        yield* srcuReadUnlock(mrSrcu, id, [[looking, 0]])
        return EFAULT
      }
      const before = yield* load(seq)
      yield* barrier('smp_rmb()')
      const page = yield* host.getUserPage(va)
      if (!page) {
        yield* srcuReadUnlock(mrSrcu, id, [[looking, 0]])
        return EFAULT
      }
      yield* mutexLock(umemMutex)
      const retry = yield* read(
        or(eq(active, 0), ne(count, 0), ne(seq, before)),
        'ib_umem_mmu_notifier_retry()',
      )
      if (!retry) yield* store(entry(va), page)
      yield* mutexUnlock(umemMutex)
      yield* host.putPage(page)
      yield* srcuReadUnlock(mrSrcu, id, [[looking, 0]])
      return retry ? yield* jump(fault, va) : 0
    },
  )

  const busy = procedure(
    'mlx5_ib_update_xlt',
    { at: `${MLX5}: under umem_mutex`, versions },
    function* (_va: number) {
      yield* mutexLock(umemMutex)
      yield* mutexUnlock(umemMutex)
    },
  )

  return {
    ops: { invalidateRangeStart, invalidateRangeEnd, release },
    mapping: (va) => expr(entry(va)),
    inFlight: [
      { what: contextCount.name, value: when(released, 0, contextCount) },
      { what: count.name, value: expr(count) },
    ],
    activities: {
      fault: { task: 'odp_fault', run: fault, perPage: true },
      busy: { task: 'odp_busy', run: busy, perPage: false },
      register: { task: 'reg_mr', run: register, perPage: false },
      unregister: { task: 'odp_close', run: close, perPage: false },
    },
    watch: [contextCount, registered, active, count, seq, umemRwsem.writer, ...dma],
  }
}

export const rdmaOdp419: Driver = defineDriver({
  name: 'rdma-odp',
  era: '4.19',
  kernel: { since: '4.17', until: '4.19' },
  title:
    'RDMA on-demand paging: counters per umem, in force once no section is open; refuses if a umem overlaps',
  source: `${CORE}, 4.17 to 4.19`,
  offers: ['fault', 'busy', 'register', 'unregister'],
  pins: false,
  create,
})
