/** struct kvm of 5.15, as far as the notifier, faults and memslot updates share it. */
import type { DriverHost } from '@mmulab/core'
import {
  type Rcuwait,
  rcuwait,
  type Spinlock,
  type Srcu,
  spinlock,
  srcu,
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
}

export function createGuest(host: DriverHost): Guest {
  const name = (field: string): string => `${host.label}.${field}`
  return {
    ...sptes(host),
    mmuLock: spinlock(name('mmu_lock')),
    mnLock: spinlock(name('mn_invalidate_lock')),
    count: variable(name('mmu_notifier_count'), { min: -1, max: host.sections }),
    seq: variable(name('mmu_notifier_seq'), { max: host.ends }),
    open: sectionRange(host.label, host.virtualPages.length),
    active: variable(name('mn_active_invalidate_count'), { min: -1, max: host.sections }),
    updateWait: rcuwait(name('mn_memslots_update_rcuwait')),
    // A fault holds it while it gets its page, and what that reclaims may call the notifier, which takes it again.
    srcu: srcu(name('srcu'), 2),
    slot: variable(name('memslot'), {
      max: 2,
      init: SLOT_VALID,
      words: ['gone', 'valid', 'invalid'],
    }),
  }
}
