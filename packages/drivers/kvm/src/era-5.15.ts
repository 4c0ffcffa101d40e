/**
 * KVM as in 5.15 (52ac8b358b0c, 071064f14d87): a section that touches no memslot does not take mmu_lock and does not count. Start and
 * end must therefore see the same memslots, or the counter would not come back to 0; so a second counter of all sections keeps
 * memslot updates out while one is open. Whoever installs memslots sleeps until it is 0.
 *
 * Two things follow. A start that nobody ends now hangs memslot updates as well as faults. And sections that overlap
 * without end starve an update, since nothing keeps new ones out while it waits.
 *
 * One memslot over the whole range; user space deletes it and makes it anew. A deletion goes through an invalid slot, under which
 * faults retry and the sptes are zapped; kvm->srcu keeps a fault that saw the old slots from installing an spte after that.
 * From 6.0 on the fields are called mmu_invalidate_*, and ranges count in gfns.
 *
 * Left out: pfn caches (6.x), slots_lock (one task updates), the checks without a lock before a fault (6.8), mmu_lock as a
 * rwlock.
 */
import {
  type Driver,
  type DriverHost,
  type DriverInstance,
  defineDriver,
  EFAULT,
} from '@mmulab/core'
import {
  and,
  barrier,
  expr,
  jump,
  load,
  ne,
  or,
  type Procedure,
  procedure,
  read,
  spinLock,
  spinUnlock,
  srcuReadLock,
  srcuReadUnlock,
  store,
} from '@mmulab/model'
import { createGuest, type Guest, SLOT_GONE, SLOT_INVALID } from './guest.ts'
import { type GuestOptions, updateMemslotsProcedure } from './memslots.ts'
import {
  afterOomUnregisterProcedure,
  destroyProcedure,
  endProcedure,
  releaseProcedure,
  startProcedure,
} from './notifier-5.15.ts'

const FILE = 'virt/kvm/kvm_main.c'

function faultProcedure(host: DriverHost, g: Guest): Procedure<[number], number> {
  const self: Procedure<[number], number> = procedure(
    'direct_page_fault',
    { at: 'arch/x86/kvm/mmu/mmu.c:direct_page_fault', versions: '5.15' },
    function* (va) {
      const id = yield* srcuReadLock(g.srcu)
      const before = yield* load(g.seq)
      yield* barrier('smp_rmb()')
      const slot = yield* load(g.slot)
      if (slot === SLOT_GONE || slot === SLOT_INVALID) {
        yield* srcuReadUnlock(g.srcu, id)
        // An exit to user space, or a fault that comes again until the update is through.
        return slot === SLOT_GONE ? EFAULT : yield* jump(self, va)
      }
      const page = yield* host.getUserPage(va)
      if (!page) {
        yield* srcuReadUnlock(g.srcu, id)
        return EFAULT
      }
      yield* spinLock(g.mmuLock)
      const retry = yield* read(
        or(and(ne(g.count, 0), g.open.covers(va)), ne(g.seq, before)),
        'mmu_notifier_retry_hva()',
      )
      if (!retry) yield* store(g.pte(va), page)
      yield* spinUnlock(g.mmuLock)
      yield* host.putPage(page)
      yield* srcuReadUnlock(g.srcu, id)
      return retry ? yield* jump(self, va) : 0
    },
  )
  return self
}

function create(host: DriverHost, options: GuestOptions): DriverInstance {
  const guest = createGuest(host)
  const update = updateMemslotsProcedure(guest, options)
  return {
    ops: {
      invalidateRangeStart: startProcedure(guest),
      invalidateRangeEnd: endProcedure(guest),
      release: releaseProcedure(guest),
      afterOomUnregister: afterOomUnregisterProcedure(guest),
      doesNotBlock: true,
    },
    mapping: (va) => expr(guest.pte(va)),
    inFlight: [guest.count, guest.active].map((v) => ({ what: v.name, value: expr(v) })),
    activities: {
      fault: { task: 'vcpu', run: faultProcedure(host, guest), perPage: true },
      unregister: { task: 'kvm_destroy', run: destroyProcedure(guest, host), perPage: false },
      register: { task: 'memslot', run: update, perPage: false },
      busy: { task: 'memslot', run: update, perPage: false },
    },
    watch: [
      guest.count,
      guest.seq,
      guest.active,
      guest.slot,
      guest.open.start,
      guest.open.end,
      ...guest.spte,
    ],
  }
}

const TITLE =
  'KVM: counts only sections that touch a memslot, and holds memslot updates back meanwhile'

function kvm515With(name: string, options: GuestOptions): Driver {
  return defineDriver({
    name,
    era: '5.15',
    kernel: { since: '5.15', until: '7.3' },
    title: options.waits
      ? `${TITLE}; never refuses`
      : `${TITLE}; a twin whose updates do not wait for sections`,
    source: `${FILE}, 5.15; from 6.0 under other names`,
    offers: ['fault', 'busy', 'register', 'unregister'],
    pins: false,
    create: (host) => create(host, options),
    variants: options.waits ? { unguarded: kvm515With(`${name}~unguarded`, { waits: false }) } : {},
  })
}

export const kvm515: Driver = kvm515With('kvm', { waits: true })
