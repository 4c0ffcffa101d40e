/**
 * The notifier of 4.20 to 5.4 (drivers/infiniband/core/umem_odp.c, ca748c39ea3f): the tree of umems is kept stable
 * between start and end by holding umem_rwsem for read from one to the other. A start that nobody ends leaves the lock
 * read-held, and the next registration waits for ever.
 *
 * One umem over the whole range. In the twin `leaves` the last umem goes: `active` is taken back under the lock held for writing, which waits for
 * every section that is open, and the notifier leaves without a word and is freed after a grace period (5.4 has mmu_notifier_put()
 * for that). Left out: several mms, implicit MRs, the completion a fault waits for between two tries (it has a timeout, so a fault may try
 * again at any moment).
 */
import {
  type DriverHost,
  type DriverInstance,
  devicePages,
  EAGAIN,
  EFAULT,
  entryAt,
  type Range,
  range,
} from '@mmulab/core'
import {
  atomically,
  type Body,
  barrier,
  bump,
  call,
  downRead,
  downReadTrylock,
  downWrite,
  expr,
  flag,
  heldForRead,
  jump,
  load,
  mark,
  mutex,
  mutexLock,
  mutexUnlock,
  ne,
  or,
  type Procedure,
  procedure,
  read,
  rwsem,
  store,
  upRead,
  upWrite,
  variable,
} from '@mmulab/model'

const CORE = 'drivers/infiniband/core/umem_odp.c'
const MLX5 = 'drivers/infiniband/hw/mlx5/odp.c'

export interface PerMmOptions {
  readonly versions: string
  /** A refusal because of an overlapping umem gives the read lock back. */
  readonly unlocksOnRefusal: boolean
  /** The last umem may go, and the notifier with it. */
  readonly leaves?: boolean
}

export function createPerMm(host: DriverHost, options: PerMmOptions): DriverInstance {
  const { versions, unlocksOnRefusal, leaves = false } = options
  const name = (field: string): string => `${host.label}.${field}`
  const umemRwsem = rwsem(name('umem_rwsem'), host.sections)
  const umemMutex = mutex(name('umem_mutex'))
  const registered = flag(name('umem.registered'), host.warm ? 1 : 0)
  /** per_mm->active; nobody ever takes it back where nobody leaves. */
  const active = leaves ? flag(name('per_mm.active'), 1) : undefined
  function* isActive(): Body<boolean> {
    return active ? (yield* load(active)) === 1 : true
  }
  /** A plain int in the kernel: an end for a start that refused takes it below 0. */
  const count = variable(name('notifiers_count'), { min: -host.ends, max: host.sections })
  const seq = variable(name('notifiers_seq'), { max: host.ends })
  const dma = devicePages(host, 'dma')
  const entry = (va: number) => entryAt(dma, va)

  /** ib_umem_notifier_start_account, then mlx5_ib_invalidate_range for the hardware. */
  const startAccount = procedure(
    'ib_umem_notifier_start_account',
    { at: `${CORE}:ib_umem_notifier_start_account`, versions },
    function* (range: Range) {
      yield* mutexLock(umemMutex)
      yield* bump(count, 1)
      yield* mutexUnlock(umemMutex)
      yield* call(invalidateRange, range)
    },
  )
  const invalidateRange = procedure(
    'mlx5_ib_invalidate_range',
    { at: `${MLX5}:mlx5_ib_invalidate_range`, versions },
    function* (range: Range) {
      yield* mutexLock(umemMutex)
      yield* atomically({
        assign: range.pages.map((va) => [entry(va), 0] as const),
        label: `zap ${range.pages.map((va) => entry(va).name).join(', ')}`,
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
      if (!(yield* isActive())) {
        yield* upRead(umemRwsem)
        return 0
      }
      if (yield* load(registered)) {
        if (!range.blockable) {
          if (unlocksOnRefusal) yield* upRead(umemRwsem)
          return EAGAIN
        }
        yield* call(startAccount, range)
      }
      // Held until range_end.
      return 0
    },
  )

  /** The mm exits: every umem is dying; its count stays up, so that no fault ever installs anything again. */
  const release = procedure(
    'ib_umem_notifier_release',
    { at: `${CORE}:ib_umem_notifier_release`, versions },
    function* () {
      yield* downRead(umemRwsem)
      if ((yield* isActive()) && (yield* load(registered)))
        yield* call(startAccount, range('RELEASE', host.virtualPages, { blockable: true }))
      yield* upRead(umemRwsem)
    },
  )

  const endAccount = procedure(
    'ib_umem_notifier_end_account',
    { at: `${CORE}:ib_umem_notifier_end_account`, versions },
    function* () {
      yield* mutexLock(umemMutex)
      // seq first: who waits for the count to drop must see the new seq.
      yield* bump(seq, 1)
      yield* bump(count, -1)
      yield* mutexUnlock(umemMutex)
    },
  )

  const invalidateRangeEnd = procedure(
    'ib_umem_notifier_invalidate_range_end',
    { at: `${CORE}:ib_umem_notifier_invalidate_range_end`, versions },
    function* (_range: Range) {
      // Once it is not, it stays so, and no start keeps the lock.
      if (!(yield* isActive())) return
      if (yield* load(registered)) yield* call(endAccount)
      yield* upRead(umemRwsem)
    },
  )

  /** ib_umem_odp_get at the end of reg_mr: the umem becomes visible to the notifier. */
  const register = procedure(
    'add_umem_to_per_mm',
    { at: `${CORE}:add_umem_to_per_mm`, versions },
    function* (_va: number) {
      yield* downWrite(umemRwsem)
      yield* store(registered, 1)
      yield* upWrite(umemRwsem)
    },
  )

  const fault: Procedure<[number], number> = procedure(
    'pagefault_mr',
    { at: `${MLX5}:pagefault_mr`, versions },
    function* (va) {
      if (!(yield* load(registered))) return EFAULT
      const before = yield* load(seq)
      yield* barrier('smp_rmb()')
      const page = yield* host.getUserPage(va)
      if (!page) return EFAULT
      yield* mutexLock(umemMutex)
      const retry = yield* read(or(ne(count, 0), ne(seq, before)), 'ib_umem_mmu_notifier_retry()')
      if (!retry) yield* store(entry(va), page)
      yield* mutexUnlock(umemMutex)
      yield* host.putPage(page)
      return retry ? yield* jump(fault, va) : 0
    },
  )

  /** Another user of the device works on the umem for a while. */
  const busy = procedure(
    'mlx5_ib_update_xlt',
    { at: `${MLX5}: under umem_mutex`, versions },
    function* (_va: number) {
      yield* mutexLock(umemMutex)
      yield* mutexUnlock(umemMutex)
    },
  )

  /** ib_umem_odp_release() of the last umem, with remove_umem_from_per_mm() and put_per_mm(). */
  const putPerMm = procedure(
    'put_per_mm',
    { at: `${CORE}:put_per_mm, of the last umem`, versions },
    function* (_va: number) {
      yield* mutexLock(umemMutex)
      yield* atomically({
        assign: dma.map((v) => [v, 0] as const),
        label: 'ib_umem_odp_unmap_dma_pages()',
      })
      yield* mutexUnlock(umemMutex)
      yield* downWrite(umemRwsem)
      yield* store(registered, 0)
      yield* upWrite(umemRwsem)
      yield* downWrite(umemRwsem)
      if (active) yield* store(active, 0)
      yield* upWrite(umemRwsem)
      yield* host.unregisterNoRelease()
      yield* host.freeLater()
    },
  )
  const freePerMm = procedure('free_per_mm', { at: `${CORE}:free_per_mm`, versions }, function* () {
    yield* mark('per_mm is freed')
  })

  return {
    ops: {
      invalidateRangeStart,
      invalidateRangeEnd,
      release,
      ...(leaves && { freeNotifier: freePerMm }),
    },
    mapping: (va) => expr(entry(va)),
    inFlight: [
      { what: count.name, value: expr(count) },
      { what: `${umemRwsem.info.name} (held for read)`, value: heldForRead(umemRwsem) },
    ],
    activities: {
      fault: { task: 'odp_fault', run: fault, perPage: true },
      busy: { task: 'odp_busy', run: busy, perPage: false },
      register: { task: 'reg_mr', run: register, perPage: false },
      ...(leaves && { unregister: { task: 'odp_close', run: putPerMm, perPage: false } }),
    },
    watch: [registered, count, seq, umemRwsem.writer, umemMutex.owner, ...dma],
  }
}
