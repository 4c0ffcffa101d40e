/**
 * RDMA on-demand paging from 5.5 on (drivers/infiniband/core/umem_odp.c, drivers/infiniband/hw/mlx5/odp.c): every umem has an interval
 * notifier of its own, and umem_mutex is all that is left of the locks. Nobody holds anything from start to end; what a section that is open means for
 * a fault, the core knows.
 *
 * Whatever may not be blocked is refused: the hardware is told under a mutex, and its pages are unmapped, which sleeps.
 *
 * A umem per virtual page, each of an MR of its own, with its own mutex and its own interval: a section asks those that it meets, in the order of their
 * addresses. Left out: that an implicit MR has children of many umems, which come and go one by one; the time-out after which a fault gives up. From 5.5 to 5.9
 * faults got their pages with get_user_pages; the look-up without a reference is 5.10's. When a umem goes, its MR has been taken out of the
 * faults' sight before (odp_mkeys, SRCU): no fault runs beside that.
 */
import {
  type Driver,
  type DriverHost,
  type DriverInstance,
  defineDriver,
  EFAULT,
  entryAt,
  type IntervalSub,
  type Range,
} from '@mmulab/core'
import {
  atomically,
  type Body,
  bug,
  call,
  choose,
  expr,
  flag,
  jump,
  load,
  type Mutex,
  mutex,
  mutexLock,
  mutexUnlock,
  type Procedure,
  procedure,
  store,
  type Variable,
  variable,
} from '@mmulab/model'

const CORE = 'drivers/infiniband/core/umem_odp.c'
const MLX5 = 'drivers/infiniband/hw/mlx5/odp.c'
const versions = '5.5..7.3'

interface OdpOptions {
  /** An MR that is made by a fault, as the child of an implicit one, holds the mm meanwhile, which was forgotten until 2020-02. */
  readonly holdsMm: boolean
  /** A fault that fails after it has got the lock gives it back, which rxe forgot until 2025-12. */
  readonly unlocksOnError: boolean
  /** The notifier finds the umem before its MR is there: so in 5.4-rc, where a section then followed a pointer that was not set yet. */
  readonly insertsEarly?: boolean
}

interface Mr {
  readonly umemMutex: Mutex
  readonly dma: Variable
  readonly sub: IntervalSub
  readonly fault: Procedure<[number], number>
  readonly busy: Procedure<[number], void>
  /** ib_umem_odp_get(): the notifier finds the umem from here on; the device looks its page up at once. */
  readonly register: () => Body<void>
  /** ib_umem_odp_alloc_child(): the same in the worker that handles a fault on an implicit MR. */
  readonly allocChild: () => Body<void>
  /** ib_umem_odp_release(). */
  readonly release: () => Body<void>
}

function createMr(host: DriverHost, va: number, options: OdpOptions): Mr {
  const several = host.virtualPages.length > 1
  const name = (field: string): string => `${host.label}.${several ? `mr${va}.` : ''}${field}`
  const umemMutex = mutex(name('umem_mutex'))
  const dma = variable(name('dma'), { max: host.pageCount, init: host.warm ? va + 1 : 0 })
  const interval = host.intervals[va] ?? host.interval
  /** umem_odp->private is set. */
  const mr = options.insertsEarly ? flag(name('mr'), host.warm ? 1 : 0) : undefined

  /** ib_umem_odp_unmap_dma_pages(), under umem_mutex: the hardware first (mlx5_ib_update_xlt with ZAP), then the page. */
  const unmapDmaPages = (): Body<number> =>
    atomically({ assign: [[dma, 0]], label: `zap ${dma.name}` })

  const invalidate = procedure(
    'mlx5_ib_invalidate_range',
    { at: `${MLX5}:mlx5_ib_invalidate_range`, versions },
    function* (range: Range, seq: number) {
      if (!range.blockable) return 0
      yield* mutexLock(umemMutex)
      yield* interval.setSeq(seq)
      if (mr && !(yield* load(mr))) yield* bug('mlx5_ib_invalidate_range(): the umem has no MR')
      yield* unmapDmaPages()
      yield* mutexUnlock(umemMutex)
      return 1
    },
  )

  /** With ib_umem_odp_map_dma_and_lock(), which comes back with umem_mutex held. */
  const fault: Procedure<[number], number> = procedure(
    'pagefault_real_mr',
    { at: `${MLX5}:pagefault_real_mr`, versions },
    function* (_va) {
      if (!(yield* host.mmgetNotZero())) return EFAULT
      const seq = yield* interval.readBegin()
      yield* host.mmapReadLock()
      const page = yield* host.lookUpPage(va)
      yield* host.mmapReadUnlock()
      if (!page) {
        yield* host.mmput()
        return EFAULT
      }
      yield* mutexLock(umemMutex)
      if (yield* interval.readRetry(seq)) {
        yield* mutexUnlock(umemMutex)
        yield* host.mmput()
        return yield* jump(fault, va)
      }
      const fails = yield* choose('mlx5_ib_update_xlt()', ['the page is programmed', 'an error'])
      if (!fails) yield* store(dma, page)
      if (!fails || options.unlocksOnError) yield* mutexUnlock(umemMutex)
      yield* host.mmput()
      return fails ? EFAULT : 0
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

  return {
    umemMutex,
    dma,
    sub: { pages: [va], invalidate, insertedByDriver: true },
    fault,
    busy,
    *register() {
      yield* interval.insert()
      if (mr) yield* store(mr, 1)
      yield* call(fault, va)
    },
    *allocChild() {
      // There is nobody left whose memory it would be.
      if (options.holdsMm && !(yield* host.mmgetNotZero())) return
      yield* interval.insert()
      if (options.holdsMm) yield* host.mmput()
      if (mr) yield* store(mr, 1)
      yield* call(fault, va)
    },
    *release() {
      yield* mutexLock(umemMutex)
      yield* unmapDmaPages()
      yield* mutexUnlock(umemMutex)
      yield* interval.remove()
    },
  }
}

function create(host: DriverHost, options: OdpOptions): DriverInstance {
  const mrs = host.virtualPages.map((va) => createMr(host, va, options))
  const mr = (va: number) => entryAt(mrs, va)
  const [first, ...others] = mrs.map((m) => m.sub)

  const fault = procedure(
    'pagefault_mr',
    { at: `${MLX5}:pagefault_mr`, versions },
    function* (va: number) {
      return yield* call(mr(va).fault, va)
    },
  )
  const register = procedure(
    'ib_umem_odp_get',
    { at: `${CORE}:ib_umem_odp_get`, versions },
    function* (_va: number) {
      for (const each of mrs) yield* each.register()
    },
  )
  const allocChild = procedure(
    'ib_umem_odp_alloc_child',
    { at: `${CORE}:ib_umem_odp_alloc_child`, versions },
    function* (_va: number) {
      for (const each of mrs) yield* each.allocChild()
    },
  )
  const deregister = procedure(
    'ib_umem_odp_release',
    { at: `${CORE}:ib_umem_odp_release`, versions },
    function* (_va: number) {
      for (const each of mrs) yield* each.release()
    },
  )

  return {
    ops: { ...(first && { intervalSub: first }), moreIntervalSubs: others },
    mapping: (va) => expr(mr(va).dma),
    inFlight: [],
    activities: {
      fault: { task: 'odp_fault', run: fault, perPage: true },
      busy: { task: 'odp_busy', run: mr(0).busy, perPage: false },
      register: { task: 'reg_mr', run: register, perPage: false, populates: true },
      implicit: { task: 'odp_implicit', run: allocChild, perPage: false },
      unregister: { task: 'dereg_mr', run: deregister, perPage: false },
    },
    watch: mrs.flatMap(({ umemMutex, dma }) => [umemMutex.owner, dma]),
  }
}

const TITLE =
  'RDMA on-demand paging: an interval notifier for every umem; refuses whatever may not be blocked'

const TWINS = {
  leaky: 'a twin whose failing faults keep umem_mutex',
  early: 'a twin that is found before its MR is there',
  'no-mmget': 'a twin whose implicit MRs do not hold the mm',
} as const

function odpWith(twin?: keyof typeof TWINS): Driver {
  const options: OdpOptions = {
    unlocksOnError: twin !== 'leaky',
    insertsEarly: twin === 'early',
    holdsMm: twin !== 'no-mmget',
  }
  return defineDriver({
    name: twin ? `rdma-odp~${twin}` : 'rdma-odp',
    era: '5.5',
    kernel: { since: '5.5', until: '7.3' },
    title: twin ? `${TITLE}; ${TWINS[twin]}` : TITLE,
    source: `${CORE} and ${MLX5}, 5.5 to 7.3`,
    offers: ['fault', 'busy', 'register', 'unregister', 'implicit'],
    pins: false,
    interval: true,
    create: (host) => create(host, options),
    variants: twin
      ? {}
      : { leaky: odpWith('leaky'), early: odpWith('early'), 'no-mmget': odpWith('no-mmget') },
  })
}

export const rdmaOdp55: Driver = odpWith()
