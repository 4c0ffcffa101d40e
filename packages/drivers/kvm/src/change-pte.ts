/**
 * change_pte() of KVM, up to 6.9: an spte that is there gets the new page. There is none: the start of the section around it has taken it, and
 * no fault installs one until the end. Up to 5.12 it counts the sequence number up all the same, which sends faults round
 * once more; from 5.13 on (c13fda237f08) it WARNs if no section is open.
 */
import type { PageNumber } from '@mmulab/core'
import {
  bump,
  load,
  ne,
  type Procedure,
  procedure,
  type Spinlock,
  spinLock,
  spinUnlock,
  srcuReadLock,
  srcuReadUnlock,
  store,
  type Variable,
  warn,
  when,
} from '@mmulab/model'
import type { Guest } from './guest.ts'

const AT = 'virt/kvm/kvm_main.c:kvm_mmu_notifier_change_pte'
const NAME = 'kvm_mmu_notifier_change_pte'

/** kvm_set_spte_hva(), under mmu_lock. */
const setSpte = (spte: Variable, page: PageNumber) => store(spte, when(ne(spte, 0), page, spte))

interface Counted {
  readonly mmuLock: Spinlock
  readonly seq: Variable
  readonly pte: (va: number) => Variable
}

export function changePteProcedure(
  { mmuLock, seq, pte }: Counted,
  versions: string,
): Procedure<[number, PageNumber], void> {
  return procedure(NAME, { at: AT, versions }, function* (va, page) {
    yield* spinLock(mmuLock)
    yield* bump(seq, 1)
    yield* setSpte(pte(va), page)
    yield* spinUnlock(mmuLock)
  })
}

/** 5.15 and later: looks without a lock whether a section that touches a memslot is open. */
export function changePteInSectionProcedure(g: Guest): Procedure<[number, PageNumber], void> {
  return procedure(NAME, { at: AT, versions: '5.15..6.9' }, function* (va, page) {
    if (!(yield* load(g.active))) yield* warn(`WARN: ${NAME}() outside of a section`)
    if (!(yield* load(g.count))) return
    const id = yield* srcuReadLock(g.srcu)
    yield* spinLock(g.mmuLock)
    yield* setSpte(g.pte(va), page)
    yield* spinUnlock(g.mmuLock)
    yield* srcuReadUnlock(g.srcu, id)
  })
}
