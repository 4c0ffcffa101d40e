/**
 * The SGI GRU up to 7.2 (drivers/misc/sgi-gru/grutlbpurge.c, grufault.c): a coprocessor with a TLB of its own. A start counts the section and
 * flushes the TLB, an end counts it down and wakes who waits; a miss is not answered while the count is up. It never refuses and never
 * sleeps, like KVM: the two of them are what the kernel says must always get along.
 *
 * Nothing is looked at again between the look-up of a page and the moment in which it is dropped into the TLB. The hardware sees to that:
 * a flush that comes in between makes it ignore the drop-in.
 *
 * When the mm exits nothing is told to the hardware: up to 5.3 the release operation only makes a note for whoever drops the notifier, from 5.4 on there is none.
 * Contexts are unloaded when the VMA is closed through which the process talks to the GRU, and that is after its pages are freed. Who has no
 * release operation vouches that nothing uses the device's mapping any more once the last thread is gone (include/linux/mmu_notifier.h); the GRU
 * does what threads of the process tell it through that VMA, and is taken at its word here. Its twin `runs-on` is not: instructions that
 * were started go on.
 *
 * Left out: several GRUs and contexts, polling mode, the look-up without locks that is tried first.
 */
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
  call,
  eq,
  expr,
  flag,
  jump,
  ne,
  type Procedure,
  procedure,
  read,
  store,
  variable,
  waitEvent,
  waitOn,
  waitQueue,
  wakeUpAll,
  when,
} from '@mmulab/model'

const PURGE = 'drivers/misc/sgi-gru/grutlbpurge.c'
const FAULT = 'drivers/misc/sgi-gru/grufault.c'
const versions = '4.17..7.2'

function create(host: DriverHost, runsOn: boolean): DriverInstance {
  const name = (field: string): string => `${host.label}.${field}`
  const active = variable(name('ms_range_active'), { min: -host.ends, max: host.sections })
  const waiters = waitQueue(name('ms_wait_queue'))
  const untilNoneIsOpen = waitEvent(waiters, eq(active, 0), 'no section is open')
  const size = host.virtualPages.length
  const tlb = devicePages(host, 'tlb')
  /** A miss whose answer the hardware still takes: nothing has been flushed since it was read. */
  const misses = Array.from({ length: size }, (_, va) => flag(name(`tfh[${va}]`)))

  const flush = procedure(
    'gru_flush_tlb_range',
    { at: `${PURGE}:gru_flush_tlb_range`, versions },
    function* (pages: readonly number[]) {
      yield* atomically({
        assign: pages.flatMap((va) => [
          [entryAt(tlb, va), 0] as const,
          [entryAt(misses, va), 0] as const,
        ]),
        label: `tgh_invalidate(${pages.map((va) => entryAt(tlb, va).name).join(', ')})`,
      })
    },
  )

  const invalidateRangeStart = procedure(
    'gru_invalidate_range_start',
    { at: `${PURGE}:gru_invalidate_range_start`, versions },
    function* (range: Range) {
      yield* bump(active, 1)
      yield* call(flush, range.pages)
      return 0
    },
  )

  const invalidateRangeEnd = procedure(
    'gru_invalidate_range_end',
    { at: `${PURGE}:gru_invalidate_range_end`, versions },
    function* (_range: Range) {
      yield* bump(active, -1)
      yield* wakeUpAll(waiters)
    },
  )

  /** Up to 4.12. A miss that has looked the page up is answered in vain: the flush is seen by the hardware. */
  const invalidatePage = procedure(
    'gru_invalidate_page',
    { at: `${PURGE}:gru_invalidate_page`, versions: '4.6..4.12' },
    function* (va: number) {
      yield* call(flush, [va])
    },
  )

  /** gru_user_dropin() and gru_try_dropin(). */
  const fault: Procedure<[number], number> = procedure(
    'gru_user_dropin',
    { at: `${FAULT}:gru_user_dropin`, versions },
    function* (va) {
      yield* waitOn(untilNoneIsOpen)
      yield* store(entryAt(misses, va), 1)
      // The miss has been read before the count is: a flush from here on is seen by the hardware.
      if (yield* read(ne(active, 0), 'a section is open')) return yield* jump(fault, va)
      const page = yield* host.getUserPage(va)
      if (!page) return EFAULT
      yield* host.putPage(page)
      const taken = yield* atomically({
        assign: [
          [entryAt(tlb, va), when(entryAt(misses, va), page, entryAt(tlb, va))],
          [entryAt(misses, va), 0],
        ],
        answer: entryAt(misses, va),
        label: `tfh_write_restart(page${page})`,
      })
      return taken ? 0 : yield* jump(fault, va)
    },
  )

  /** The last context of the process is gone. */
  const drop = procedure(
    'gru_drop_mmu_notifier',
    { at: `${PURGE}:gru_drop_mmu_notifier`, versions },
    function* (_va: number) {
      // gru_unload_context(): nothing of it is left in the hardware.
      yield* call(flush, host.virtualPages)
      yield* host.unregister()
    },
  )

  return {
    ops: { invalidateRangeStart, invalidateRangeEnd, invalidatePage, doesNotBlock: true },
    mapping: (va) => (runsOn ? expr(entryAt(tlb, va)) : when(host.exited, 0, entryAt(tlb, va))),
    inFlight: [{ what: active.name, value: expr(active) }],
    activities: {
      fault: { task: 'gru_fault', run: fault, perPage: true },
      unregister: { task: 'gru_close', run: drop, perPage: false },
    },
    watch: [active, ...misses, ...tlb],
  }
}

const described = {
  era: '4.17',
  kernel: { since: '4.6', until: '7.2' },
  source: `${PURGE} and ${FAULT}, 4.17 to 7.2`,
  offers: ['fault', 'unregister'],
  pins: false,
} as const

export default function gru(): Driver {
  return defineDriver({
    ...described,
    name: 'gru',
    title: 'SGI GRU: counts open sections and holds TLB misses back meanwhile; never refuses',
    create: (host) => create(host, false),
    variants: {
      'runs-on': defineDriver({
        ...described,
        name: 'gru~runs-on',
        title: 'SGI GRU whose instructions go on when the process has exited',
        create: (host) => create(host, true),
      }),
    },
  })
}
