/**
 * RDMA on-demand paging from 5.5 on (drivers/infiniband/core/umem_odp.c, drivers/infiniband/hw/mlx5/odp.c): every umem has an interval
 * notifier of its own, and umem_mutex is all that is left of the locks. Nobody holds anything from start to end; what a section that is open means for
 * a fault, the core knows.
 *
 * Whatever may not be blocked is refused: the hardware is told under a mutex, and its pages are unmapped, which sleeps.
 *
 * One umem over the whole range, as in the eras before. Left out: implicit MRs, the reference to the mm (mmget_not_zero), the time-out after
 * which a fault gives up. From 5.5 to 5.9 faults got their pages with get_user_pages; the look-up without a reference is
 * 5.10's. When a umem goes, its MR has been taken out of the faults' sight before (odp_mkeys, SRCU): no fault runs beside that.
 */
import {
  type Driver,
  type DriverHost,
  type DriverInstance,
  defineDriver,
  EFAULT,
  type Range,
} from '@mmulab/core'
import {
  array,
  atomically,
  call,
  choose,
  expr,
  jump,
  mutex,
  mutexLock,
  mutexUnlock,
  type Procedure,
  procedure,
  store,
  type Variable,
} from '@mmulab/model'

const CORE = 'drivers/infiniband/core/umem_odp.c'
const MLX5 = 'drivers/infiniband/hw/mlx5/odp.c'
const versions = '5.5..7.3'

interface OdpOptions {
  /** A fault that fails after it has got the lock gives it back, which rxe forgot until 2025-12. */
  readonly unlocksOnError: boolean
}

function create(host: DriverHost, options: OdpOptions): DriverInstance {
  const umemMutex = mutex(`${host.label}.umem_mutex`)
  const dma = array(`${host.label}.dma`, host.virtualPages.length, { max: host.pageCount }).map(
    (v, va) => (host.warm ? { ...v, init: va + 1 } : v),
  )
  const entry = (va: number): Variable => {
    const v = dma[va]
    if (!v) throw new Error(`there is no virtual page ${va}`)
    return v
  }

  /** Under umem_mutex: the hardware first (mlx5_ib_update_xlt with ZAP), then the pages. */
  const unmapDmaPages = procedure(
    'ib_umem_odp_unmap_dma_pages',
    { at: `${CORE}:ib_umem_odp_unmap_dma_pages`, versions },
    function* (pages: readonly number[]) {
      yield* atomically({
        assign: pages.map((va) => [entry(va), 0] as const),
        label: `zap ${pages.map((va) => entry(va).name).join(', ')}`,
      })
    },
  )

  const invalidate = procedure(
    'mlx5_ib_invalidate_range',
    { at: `${MLX5}:mlx5_ib_invalidate_range`, versions },
    function* (range: Range, seq: number) {
      if (!range.blockable) return 0
      yield* mutexLock(umemMutex)
      yield* host.interval.setSeq(seq)
      yield* call(unmapDmaPages, range.pages)
      yield* mutexUnlock(umemMutex)
      return 1
    },
  )

  /** With ib_umem_odp_map_dma_and_lock(), which comes back with umem_mutex held. */
  const fault: Procedure<[number], number> = procedure(
    'pagefault_real_mr',
    { at: `${MLX5}:pagefault_real_mr`, versions },
    function* (va) {
      const seq = yield* host.interval.readBegin()
      yield* host.mmapReadLock()
      const page = yield* host.lookUpPage(va)
      yield* host.mmapReadUnlock()
      if (!page) return EFAULT
      yield* mutexLock(umemMutex)
      if (yield* host.interval.readRetry(seq)) {
        yield* mutexUnlock(umemMutex)
        return yield* jump(fault, va)
      }
      const fails = yield* choose('mlx5_ib_update_xlt()', ['the page is programmed', 'an error'])
      if (!fails) yield* store(entry(va), page)
      else if (!options.unlocksOnError) return EFAULT
      yield* mutexUnlock(umemMutex)
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

  /** The umem is found by the notifier from here on; the device looks its first page up at once. */
  const register = procedure(
    'ib_umem_odp_get',
    { at: `${CORE}:ib_umem_odp_get`, versions },
    function* (_va: number) {
      yield* host.interval.insert()
      yield* call(fault, 0)
    },
  )

  const deregister = procedure(
    'ib_umem_odp_release',
    { at: `${CORE}:ib_umem_odp_release`, versions },
    function* (_va: number) {
      yield* mutexLock(umemMutex)
      yield* call(unmapDmaPages, host.virtualPages)
      yield* mutexUnlock(umemMutex)
      yield* host.interval.remove()
    },
  )

  return {
    ops: { intervalSub: { pages: host.virtualPages, invalidate, insertedByDriver: true } },
    mapping: (va) => expr(entry(va)),
    inFlight: [],
    activities: {
      fault: { task: 'odp_fault', run: fault, perPage: true },
      busy: { task: 'odp_busy', run: busy, perPage: false },
      register: { task: 'reg_mr', run: register, perPage: false },
      unregister: { task: 'dereg_mr', run: deregister, perPage: false },
    },
    watch: [umemMutex.owner, ...dma],
  }
}

const TITLE =
  'RDMA on-demand paging: an interval notifier for every umem; refuses whatever may not be blocked'

function odpWith(name: string, options: OdpOptions): Driver {
  return defineDriver({
    name,
    era: '5.5',
    kernel: { since: '5.5', until: '7.3' },
    title: options.unlocksOnError ? TITLE : `${TITLE}; a twin whose failing faults keep umem_mutex`,
    source: `${CORE} and ${MLX5}, 5.5 to 7.3`,
    offers: ['fault', 'busy', 'register', 'unregister'],
    pins: false,
    interval: true,
    create: (host) => create(host, options),
    variants: options.unlocksOnError
      ? { leaky: odpWith(`${name}~leaky`, { unlocksOnError: false }) }
      : {},
  })
}

export const rdmaOdp55: Driver = odpWith('rdma-odp', { unlocksOnError: true })
