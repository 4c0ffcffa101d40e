/**
 * SCIF's cache of temporary windows (drivers/misc/mic/scif/scif_dma.c, up to 5.9): a start takes the windows that overlap out of the cache, under a
 * spinlock, and leaves it to a worker to unpin them; the end has nothing to do, and is there. It never refuses. With KVM and the
 * GRU it was the third with an end operation when 5.7 came out.
 *
 * What is in the cache is pinned, so memory is safe, and no more is promised: a window that is being made while a section passes goes into
 * the cache after it.
 *
 * One window over the whole range; until the worker has given an old one up, no new one is made. Left out: DMA that still uses a window which
 * has left the cache.
 */
import {
  type Driver,
  type DriverHost,
  type DriverInstance,
  defineDriver,
  devicePages,
  EFAULT,
  type Range,
  range,
} from '@mmulab/core'
import {
  all,
  array,
  atomically,
  barrier,
  call,
  eq,
  flag,
  load,
  procedure,
  queueWork,
  spinLock,
  spinlock,
  spinUnlock,
  store,
  task,
  type Work,
  warn,
  when,
  work,
} from '@mmulab/model'

const DMA = 'drivers/misc/mic/scif/scif_dma.c'
const RMA = 'drivers/misc/mic/scif/scif_rma.c'
const versions = '4.17..5.9'

function create(host: DriverHost): DriverInstance {
  const name = (field: string): string => `${host.label}.${field}`
  const tcLock = spinlock(name('tc_lock'))
  const cached = flag(name('window.cached'), host.warm ? 1 : 0)
  const size = host.virtualPages.length
  const pages = devicePages(host, 'window.pages')
  /** scif_info.rma_tc: windows to be destroyed. */
  const doomed = array(name('rma_tc'), size, { max: host.pageCount })

  const destroy = procedure(
    'scif_rma_destroy_temp_windows',
    { at: `${RMA}:scif_rma_destroy_temp_windows`, versions },
    function* () {
      const taken: number[] = []
      yield* spinLock(tcLock)
      for (const v of doomed) {
        const page = yield* load(v)
        if (page) taken.push(page)
        yield* store(v, 0)
      }
      yield* spinUnlock(tcLock)
      for (const page of taken) yield* host.unpinUserPage(page)
    },
  )
  const miscWork: Work = work(name('misc_work'), destroy)

  /** Under tc_lock. */
  const destroyTcw = procedure(
    '__scif_rma_destroy_tcw',
    { at: `${DMA}:__scif_rma_destroy_tcw`, versions },
    function* () {
      const was = yield* atomically({
        answer: cached,
        assign: [
          [cached, 0],
          ...pages.map((v, i) => [doomed[i] ?? v, v] as const),
          ...pages.map((v) => [v, 0] as const),
        ],
        label: 'the window leaves the cache',
      })
      // list_move() of a window that the cache has not: it may be on rma_tc already, and being destroyed.
      if (!was) yield* warn('BUG: a window is destroyed twice')
      yield* queueWork(miscWork)
    },
  )

  const invalidateRangeStart = procedure(
    'scif_mmu_notifier_invalidate_range_start',
    { at: `${DMA}:scif_mmu_notifier_invalidate_range_start`, versions },
    function* (_range: Range) {
      yield* spinLock(tcLock)
      if (yield* load(cached)) yield* call(destroyTcw)
      yield* spinUnlock(tcLock)
      return 0
    },
  )

  /** Up to 4.12: as a start over one page; the whole window goes. */
  const invalidatePage = procedure(
    'scif_mmu_notifier_invalidate_page',
    { at: `${DMA}:scif_mmu_notifier_invalidate_page`, versions: '4.6..4.12' },
    function* (va: number) {
      yield* call(invalidateRangeStart, range('CLEAR', [va], { blockable: true }))
    },
  )

  const invalidateRangeEnd = procedure(
    'scif_mmu_notifier_invalidate_range_end',
    { at: `${DMA}:scif_mmu_notifier_invalidate_range_end`, versions },
    function* (_range: Range) {
      yield* barrier('nothing: all was done at the start')
    },
  )

  const release = procedure(
    'scif_mmu_notifier_release',
    { at: `${DMA}:scif_mmu_notifier_release`, versions },
    function* () {
      yield* spinLock(tcLock)
      if (yield* load(cached)) yield* call(destroyTcw)
      yield* spinUnlock(tcLock)
    },
  )

  const copy = procedure(
    'scif_rma_copy',
    { at: `${DMA}:scif_rma_copy`, versions },
    function* (_va: number) {
      if (yield* load(cached)) return 0
      yield* atomically({
        guard: all(doomed, (v) => eq(v, 0)),
        label: 'the window before is given up',
        waits: { on: `${host.label}'s worker` },
      })
      const got: number[] = []
      for (const va of host.virtualPages) {
        const page = yield* host.pinUserPage(va)
        if (page) got.push(page)
      }
      if (got.length < size) {
        for (const page of got) yield* host.unpinUserPage(page)
        return EFAULT
      }
      yield* spinLock(tcLock)
      yield* atomically({
        assign: [...pages.map((v, i) => [v, got[i] ?? 0] as const), [cached, 1]],
        label: 'scif_insert_tcw()',
      })
      yield* spinUnlock(tcLock)
      return 0
    },
  )

  const close = procedure(
    'scif_ep_unregister_mmu_notifier',
    { at: `${DMA}:scif_ep_unregister_mmu_notifier`, versions },
    function* (_va: number) {
      yield* host.unregister()
    },
  )

  return {
    ops: { invalidateRangeStart, invalidateRangeEnd, invalidatePage, release },
    mapping: (va) => when(eq(cached, 1), pages[va] ?? 0, 0),
    inFlight: [],
    notClaimed: {
      coherence:
        'what SCIF caches is pinned; a window may go into the cache after its section has passed',
    },
    activities: {
      fault: { task: 'scif_copy', run: copy, perPage: false },
      unregister: { task: 'scif_close', run: close, perPage: false },
    },
    daemons: [task(`${host.label}_kworker`, miscWork.worker, [], { daemon: true })],
    watch: [cached, tcLock.owner, miscWork.pending, ...pages, ...doomed],
  }
}

export default function scif(): Driver {
  return defineDriver({
    name: 'scif',
    era: '4.17',
    kernel: { since: '4.6', until: '5.9' },
    title:
      'SCIF windows: takes what overlaps out of its cache; has an end that does nothing; never refuses',
    source: `${DMA} and ${RMA}, 4.17 to 5.9`,
    offers: ['fault', 'unregister'],
    pins: true,
    create,
  })
}
