/**
 * KVM from 6.0 on, with a cache of one translation (struct gfn_to_pfn_cache, 982ed0de4753): beside its page tables the host keeps a page of the guest mapped for itself.
 * A start that nobody ends makes whoever refreshes that cache go round for ever, beside all that it does to 5.15.
 *
 * The fields that 5.15 calls mmu_notifier_* are called mmu_invalidate_* from 6.0 on, and ranges count in gfns from 6.3 on. Left out: the
 * looks without a lock before a fault (6.8), several caches, several vCPUs that refresh one, memslots that change while one does
 * (their generation would tell it).
 */
import { type Driver, type DriverHost, type DriverInstance, defineDriver } from '@mmulab/core'
import { expr, when } from '@mmulab/model'
import { changePteInSectionProcedure } from './change-pte.ts'
import { faultProcedure } from './fault-5.15.ts'
import { createGuest } from './guest.ts'
import { updateMemslotsProcedure } from './memslots.ts'
import {
  afterOomUnregisterProcedure,
  destroyProcedure,
  endProcedure,
  releaseProcedure,
  startProcedure,
} from './notifier-5.15.ts'
import { createPfnCache, type PfnCacheOptions, useProcedure } from './pfncache.ts'

function create(host: DriverHost, options: PfnCacheOptions): DriverInstance {
  const guest = createGuest(host)
  const gpc = createPfnCache(host, options)
  return {
    ops: {
      invalidateRangeStart: startProcedure(guest, gpc),
      invalidateRangeEnd: endProcedure(guest),
      changePte: changePteInSectionProcedure(guest),
      release: releaseProcedure(guest, gpc),
      afterOomUnregister: afterOomUnregisterProcedure(guest),
      doesNotBlock: true,
    },
    mapping: (va) => expr(guest.pte(va)),
    caches: [{ what: `${host.label}.gpc`, va: gpc.va, page: when(gpc.valid, gpc.page, 0) }],
    inFlight: [guest.count, guest.active].map((v) => ({ what: v.name, value: expr(v) })),
    activities: {
      fault: { task: 'vcpu', run: faultProcedure(host, guest), perPage: true },
      busy: { task: 'evtchn', run: useProcedure(guest, gpc, host), perPage: false },
      register: {
        task: 'memslot',
        run: updateMemslotsProcedure(guest, { waits: true }),
        perPage: false,
      },
      unregister: {
        task: 'kvm_destroy',
        run: destroyProcedure(guest, host, { waits: true, putsBack: 'or-warns' }),
        perPage: false,
      },
    },
    watch: [guest.count, guest.seq, guest.active, guest.slot, gpc.valid, gpc.page, ...guest.spte],
  }
}

const TITLE = 'KVM: as 5.15, and caches one translation for the host itself'

function kvm61With(name: string, options: PfnCacheOptions): Driver {
  return defineDriver({
    name,
    era: '6.1',
    kernel: { since: '6.0', until: '7.3' },
    title: options.countsSections
      ? `${TITLE}; never refuses`
      : `${TITLE}; a twin that refreshes it while sections are open`,
    source: 'virt/kvm/kvm_main.c and virt/kvm/pfncache.c, 6.1 to 7.3',
    offers: ['fault', 'busy', 'register', 'unregister'],
    pins: false,
    create: (host) => create(host, options),
    variants: options.countsSections
      ? { 'seq-only': kvm61With(`${name}~seq-only`, { countsSections: false }) }
      : {},
  })
}

export const kvm61: Driver = kvm61With('kvm', { countsSections: true })
