/**
 * hfi1's expected-receive side (drivers/infiniband/hw/hfi1/user_exp_rcv.c, interval notifiers from 5.5 on): user space gives the card a buffer to receive into, whose
 * pages are pinned. A section takes the buffer away from the card only if it is an UNMAP: whatever else happens to the page table, the pins
 * keep the pages, and what is received goes there. So its promise to be coherent is for munmap() alone; the others break it by design,
 * the reaping of 7.x among them, which is a CLEAR.
 *
 * Up to 6.1 the pages were pinned first, and nobody watched them until their notifier was in the tree and the card had them: a munmap()
 * in between was missed. Since then a notifier that covers the whole buffer is there before the first page is pinned, and a section that
 * has hit it makes the set-up fail (2023-01). Here it is one notifier from beginning to end; in the kernel the one that covers is
 * followed by one for each TID.
 *
 * Since then, too, a section takes the buffer from the card and gives the pages back by itself, under mutexes that it takes whatever may be blocked; before, it only
 * marked the buffer under a spinlock and told user space, which was to give it up; the card kept it until then (here it is gone at once, too).
 *
 * One buffer over the whole range. The lock stands for those of the TIDs and of the covering notifier. Left out: the list by which user space
 * learns of what it has lost.
 */
import {
  type Driver,
  type DriverHost,
  type DriverInstance,
  defineDriver,
  devicePages,
  EBUSY,
  EFAULT,
  type Range,
} from '@mmulab/core'
import {
  atomically,
  type Body,
  exchange,
  flag,
  load,
  mutex,
  mutexLock,
  mutexUnlock,
  procedure,
  spinLock,
  spinlock,
  spinUnlock,
  store,
  when,
} from '@mmulab/model'

const FILE = 'drivers/infiniband/hw/hfi1/user_exp_rcv.c'

interface Options {
  /** The buffer is watched before its pages are pinned. */
  readonly covers: boolean
}

function create(host: DriverHost, { covers }: Options): DriverInstance {
  const name = (field: string): string => `${host.label}.${field}`
  const versions = covers ? '6.2..7.3' : '5.5..6.1'
  const spin = spinlock(name('tid.lock'))
  const mutual = mutex(name('tid.invalidate_mutex'))
  const lock = () => (covers ? mutexLock(mutual) : spinLock(spin))
  const unlock = () => (covers ? mutexUnlock(mutual) : spinUnlock(spin))
  const programmed = flag(name('tid.programmed'), host.warm ? 1 : 0)
  const pages = devicePages(host, 'tid.pages')

  const invalidate = procedure(
    'tid_rb_invalidate',
    { at: `${FILE}:tid_rb_invalidate`, versions },
    function* (range: Range, seq: number) {
      if (range.event !== 'UNMAP') return 1
      yield* lock()
      yield* host.interval.setSeq(seq)
      const was = yield* exchange(programmed, 0)
      if (covers && was) yield* giveBack()
      yield* unlock()
      return 1
    },
  )

  /** unpin_rcv_pages(). */
  function* giveBack(): Body<void> {
    for (const v of pages) {
      const page = yield* load(v)
      yield* store(v, 0)
      if (page) yield* host.unpinUserPage(page)
    }
  }

  function* unpin(list: readonly number[]) {
    for (const page of list) yield* host.unpinUserPage(page)
  }

  const setup = procedure(
    'hfi1_user_exp_rcv_setup',
    { at: `${FILE}:hfi1_user_exp_rcv_setup`, versions },
    function* (_va: number) {
      let seq = 0
      if (covers) {
        yield* host.interval.insert()
        seq = yield* host.interval.readBegin()
      }
      const got: number[] = []
      for (const va of host.virtualPages) {
        const page = yield* host.pinUserPage(va)
        if (page) got.push(page)
      }
      if (got.length < pages.length) {
        yield* unpin(got)
        return EFAULT
      }
      if (!covers) yield* host.interval.insert()
      yield* lock()
      const lost = covers ? yield* host.interval.readRetry(seq) : 0
      if (!lost)
        yield* atomically({
          assign: [...pages.map((v, i) => [v, got[i] ?? 0] as const), [programmed, 1]],
          label: 'hfi1_put_tid(): the card has the buffer',
        })
      yield* unlock()
      if (lost) yield* unpin(got)
      return lost ? EBUSY : 0
    },
  )

  const clear = procedure(
    'hfi1_user_exp_rcv_clear',
    { at: `${FILE}:hfi1_user_exp_rcv_clear`, versions },
    function* (_va: number) {
      // First: whoever gives a buffer up does not receive into it any more.
      yield* lock()
      yield* store(programmed, 0)
      yield* unlock()
      yield* host.interval.remove()
      yield* giveBack()
    },
  )

  return {
    ops: { intervalSub: { pages: host.virtualPages, invalidate, insertedByDriver: true } },
    mapping: (va) => when(programmed, pages[va] ?? 0, 0),
    inFlight: [],
    activities: {
      register: { task: 'tid_setup', run: setup, perPage: false },
      unregister: { task: 'tid_clear', run: clear, perPage: false },
    },
    watch: [programmed, covers ? mutual.owner : spin.owner, ...pages],
  }
}

/** A twin of hfi1: its other notifier alone. */
export const expRcv = (twin: string, options: Options): Driver =>
  defineDriver({
    name: `hfi1~${twin}`,
    era: '4.17',
    kernel: options.covers ? { since: '6.2', until: '7.3' } : { since: '5.5', until: '6.1' },
    title: options.covers
      ? 'hfi1 receive buffers: an interval notifier that heeds UNMAP alone; never refuses'
      : 'hfi1 receive buffers: as before 6.2, pinned before anybody watches them; never refuses',
    source: `${FILE}, ${options.covers ? '6.2 to 7.3' : '5.5 to 6.1'}`,
    offers: ['register', 'unregister'],
    pins: true,
    interval: true,
    create: (host) => create(host, options),
  })
