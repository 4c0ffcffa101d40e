/**
 * hfi1's cache of pinned send buffers (drivers/infiniband/hw/hfi1/mmu_rb.c): a start only unlinks what overlaps, under a spinlock, and leaves the rest to
 * a worker, which gives the pages back. It waits for nobody and never refuses, whatever the range; so it was among the few that
 * 4.16 to 4.18 let the OOM reaper pass.
 *
 * What the cache hands out is pinned, so memory is safe. It makes no promise of more: a buffer whose pages are being taken while a section
 * passes goes into the cache after it, and nobody looks again.
 *
 * One buffer over the whole range; until the worker has given an old one up, no new one is taken. Left out: the references that keep a
 * buffer in use from being unlinked (to 6.3), the expected-receive side, which is a twin of its own (exp-rcv.ts).
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
  call,
  eq,
  flag,
  flushWork,
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
import { expRcv } from './exp-rcv.ts'

const FILE = 'drivers/infiniband/hw/hfi1/mmu_rb.c'
const SDMA = 'drivers/infiniband/hw/hfi1/user_sdma.c'
const versions = '4.17..7.3'

function create(host: DriverHost): DriverInstance {
  const name = (field: string): string => `${host.label}.${field}`
  const lock = spinlock(name('handler.lock'))
  const linked = flag(name('node.linked'), host.warm ? 1 : 0)
  const size = host.virtualPages.length
  const pages = devicePages(host, 'node.pages')
  /** handler->del_list. */
  const doomed = array(name('del_list'), size, { max: host.pageCount })

  const remove = procedure(
    'handle_remove',
    { at: `${FILE}:handle_remove`, versions },
    function* () {
      const taken: number[] = []
      yield* spinLock(lock)
      for (const v of doomed) {
        const page = yield* load(v)
        if (page) taken.push(page)
        yield* store(v, 0)
      }
      yield* spinUnlock(lock)
      for (const page of taken) yield* host.unpinUserPage(page)
    },
  )
  const delWork: Work = work(name('del_work'), remove)

  /** Under the lock. */
  const unlink = procedure(
    '__mmu_int_rb_remove',
    { at: `${FILE}: __mmu_int_rb_remove() and list_add()`, versions },
    function* () {
      const was = yield* atomically({
        answer: linked,
        assign: [
          [linked, 0],
          ...pages.map((v, i) => [doomed[i] ?? v, v] as const),
          ...pages.map((v) => [v, 0] as const),
        ],
        label: 'the buffer goes to del_list',
      })
      // rb_erase() of what is in no tree, and list_add() of what may be on del_list already: the worker then loses its pages.
      if (!was) yield* warn('BUG: a buffer is removed twice')
    },
  )

  const invalidateRangeStart = procedure(
    'mmu_notifier_range_start',
    { at: `${FILE}:mmu_notifier_range_start`, versions },
    function* (_range: Range) {
      yield* spinLock(lock)
      const added = yield* load(linked)
      if (added) yield* call(unlink)
      yield* spinUnlock(lock)
      if (added) yield* queueWork(delWork)
      return 0
    },
  )

  /** Up to 4.12. */
  const invalidatePage = procedure(
    'mmu_notifier_page',
    { at: `${FILE}:mmu_notifier_page`, versions: '4.6..4.12' },
    function* (va: number) {
      yield* call(invalidateRangeStart, range('CLEAR', [va], { blockable: true }))
    },
  )

  const send = procedure(
    'pin_vector_pages',
    { at: `${SDMA}:pin_vector_pages`, versions },
    function* (_va: number) {
      if (yield* load(linked)) return 0
      yield* atomically({
        guard: all(doomed, (v) => eq(v, 0)),
        label: 'the buffer before is given up',
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
      yield* spinLock(lock)
      yield* atomically({
        assign: [...pages.map((v, i) => [v, got[i] ?? 0] as const), [linked, 1]],
        label: 'hfi1_mmu_rb_insert()',
      })
      yield* spinUnlock(lock)
      return 0
    },
  )

  const close = procedure(
    'hfi1_mmu_rb_unregister',
    { at: `${FILE}:hfi1_mmu_rb_unregister`, versions },
    function* (_va: number) {
      yield* host.unregister()
      // Nobody queues it any more.
      yield* flushWork(delWork)
      const own: number[] = []
      yield* spinLock(lock)
      if (yield* load(linked)) {
        for (const v of pages) own.push(yield* load(v))
        yield* atomically({
          assign: [[linked, 0], ...pages.map((v) => [v, 0] as const)],
          label: 'the buffer goes to a list of its own',
        })
      }
      yield* spinUnlock(lock)
      for (const page of own) if (page) yield* host.unpinUserPage(page)
    },
  )

  return {
    ops: { invalidateRangeStart, invalidatePage, doesNotBlock: true },
    mapping: (va) => when(eq(linked, 1), pages[va] ?? 0, 0),
    inFlight: [],
    notClaimed: {
      coherence:
        'what hfi1 caches is pinned; a buffer may go into the cache after its section has passed',
    },
    activities: {
      fault: { task: 'hfi1_send', run: send, perPage: false },
      unregister: { task: 'hfi1_close', run: close, perPage: false },
    },
    daemons: [task(`${host.label}_kworker`, delWork.worker, [], { daemon: true })],
    watch: [linked, lock.owner, delWork.pending, ...pages, ...doomed],
  }
}

export default function hfi1(): Driver {
  return defineDriver({
    name: 'hfi1',
    era: '4.17',
    kernel: { since: '4.6', until: '7.3' },
    title: 'hfi1 send buffers: unlinks what overlaps and lets a worker unpin it; never refuses',
    source: `${FILE} and ${SDMA}, 4.17 to 7.3`,
    offers: ['fault', 'unregister'],
    pins: true,
    create,
    variants: {
      'exp-rcv': expRcv('exp-rcv', { covers: true }),
      'exp-rcv-early': expRcv('exp-rcv-early', { covers: false }),
    },
  })
}
