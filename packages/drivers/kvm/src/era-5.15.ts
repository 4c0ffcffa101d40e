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
 *
 * Left out: slots_lock (one task updates), mmu_lock as a rwlock.
 */
import { type Driver, type DriverHost, type DriverInstance, defineDriver } from '@mmulab/core'
import { expr } from '@mmulab/model'
import { changePteInSectionProcedure } from './change-pte.ts'
import { faultProcedure } from './fault-5.15.ts'
import { createGuest } from './guest.ts'
import { type GuestOptions, updateMemslotsProcedure } from './memslots.ts'
import {
  afterOomUnregisterProcedure,
  destroyProcedure,
  endProcedure,
  releaseProcedure,
  startProcedure,
} from './notifier-5.15.ts'

const FILE = 'virt/kvm/kvm_main.c'

function create(host: DriverHost, options: GuestOptions): DriverInstance {
  const guest = createGuest(host)
  const update = updateMemslotsProcedure(guest, options)
  return {
    ops: {
      invalidateRangeStart: startProcedure(guest),
      invalidateRangeEnd: endProcedure(guest),
      changePte: changePteInSectionProcedure(guest),
      release: releaseProcedure(guest),
      afterOomUnregister: afterOomUnregisterProcedure(guest),
      doesNotBlock: true,
    },
    mapping: (va) => expr(guest.pte(va)),
    inFlight: [guest.count, guest.active].map((v) => ({ what: v.name, value: expr(v) })),
    activities: {
      fault: { task: 'vcpu', run: faultProcedure(host, guest), perPage: true },
      unregister: {
        task: 'kvm_destroy',
        run: destroyProcedure(guest, host, options),
        perPage: false,
      },
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

function titleOf({ waits, putsBack }: GuestOptions): string {
  if (!waits) return `${TITLE}; a twin whose updates do not wait for sections`
  if (putsBack === false) return `${TITLE}; a twin that leaves with sections counted`
  return `${TITLE}; never refuses`
}

function kvm515With(name: string, options: GuestOptions): Driver {
  const isTwin = !options.waits || options.putsBack === false
  return defineDriver({
    name,
    era: '5.15',
    kernel: { since: '5.15', until: '5.19' },
    title: titleOf(options),
    source: `${FILE}, 5.15`,
    offers: ['fault', 'busy', 'register', 'unregister'],
    pins: false,
    create: (host) => create(host, options),
    variants: isTwin
      ? {}
      : {
          unguarded: kvm515With(`${name}~unguarded`, { waits: false }),
          'keeps-count': kvm515With(`${name}~keeps-count`, { waits: true, putsBack: false }),
        },
  })
}

export const kvm515: Driver = kvm515With('kvm', { waits: true })
