/** struct kvm of 5.15, as far as the notifier, faults and memslot updates share it. */
import type { DriverHost } from '@mmulab/core'
import {
  and,
  type Body,
  type Expr,
  eq,
  looksAtOther,
  not,
  or,
  type PerTask,
  perTask,
  type Rcuwait,
  rcuwait,
  type Spinlock,
  type Srcu,
  spinlock,
  srcu,
  srcuDereference,
  srcuReadUnlock,
  type Variable,
  variable,
} from '@mmulab/model'
import { type SectionRange, sectionRange } from './section-range.ts'
import { type Sptes, sptes } from './sptes.ts'

/** The memslot is not in the table that readers see. */
export const SLOT_GONE = 0
export const SLOT_VALID = 1
/** KVM_MEMSLOT_INVALID: in the table, and about to go. */
export const SLOT_INVALID = 2

export interface Guest extends Sptes {
  readonly mmuLock: Spinlock
  /** mn_invalidate_lock: guards `active`, and the moment in which memslots are published. */
  readonly mnLock: Spinlock
  /** Sections that touch a memslot. */
  readonly count: Variable
  readonly seq: Variable
  readonly open: SectionRange
  /** mn_active_invalidate_count: all sections. */
  readonly active: Variable
  /** mn_memslots_update_rcuwait. */
  readonly updateWait: Rcuwait
  readonly srcu: Srcu
  readonly slot: Variable
  /** Who has looked at the memslots and is not done with them: a fault, and a section, which may come in the middle of it. */
  readonly looking: { readonly fault: SlotsReader; readonly section: SlotsReader }
  /** Memslots of this state are published, and nobody looks at any others. */
  readonly onlyPublished: (state: number) => Expr
}

export interface SlotsReader {
  /** kvm_memslots(): what the memslot is; they must stay until `unlock`. */
  look(): Body<number>
  /** srcu_read_unlock(&kvm->srcu). */
  unlock(idx: number): Body<void>
}

/** A set of memslots is told from the next one by its state: an update never publishes one like that before it. */
function slotsReader(held: PerTask, slot: Variable, domain: Srcu): SlotsReader {
  return {
    look: () => srcuDereference(held, slot),
    unlock: (idx) => srcuReadUnlock(domain, idx, [[held, 0]]),
  }
}

export function createGuest(host: DriverHost): Guest {
  const name = (field: string): string => `${host.label}.${field}`
  const slot = variable(name('memslot'), {
    max: 2,
    init: SLOT_VALID,
    words: ['gone', 'valid', 'invalid'],
  })
  // A fault holds it while it gets its page, and what that reclaims may call the notifier, which takes it again.
  const domain = srcu(name('srcu'), 2)
  const byFault = perTask(name('memslots of a fault'), 3)
  const bySection = perTask(name('memslots of a section'), 3)
  return {
    ...sptes(host),
    mmuLock: spinlock(name('mmu_lock')),
    mnLock: spinlock(name('mn_invalidate_lock')),
    count: variable(name('mmu_notifier_count'), { min: -1, max: host.sections }),
    seq: variable(name('mmu_notifier_seq'), { max: host.ends }),
    open: sectionRange(host.label, host.virtualPages.length),
    active: variable(name('mn_active_invalidate_count'), { min: -1, max: host.sections }),
    updateWait: rcuwait(name('mn_memslots_update_rcuwait')),
    srcu: domain,
    slot,
    looking: {
      fault: slotsReader(byFault, slot, domain),
      section: slotsReader(bySection, slot, domain),
    },
    onlyPublished: (state) =>
      and(eq(slot, state), not(or(...[byFault, bySection].map((h) => looksAtOther(h, state))))),
  }
}
