/** direct_page_fault() of 5.15: under kvm->srcu, so that it ends before the memslots that it saw are gone. */
import { type DriverHost, EFAULT } from '@mmulab/core'
import {
  and,
  barrier,
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
  store,
} from '@mmulab/model'
import { type Guest, SLOT_GONE, SLOT_INVALID } from './guest.ts'

export function faultProcedure(host: DriverHost, g: Guest): Procedure<[number], number> {
  const slots = g.looking.fault
  const self: Procedure<[number], number> = procedure(
    'direct_page_fault',
    { at: 'arch/x86/kvm/mmu/mmu.c:direct_page_fault', versions: '5.15' },
    function* (va) {
      const id = yield* srcuReadLock(g.srcu)
      const before = yield* load(g.seq)
      yield* barrier('smp_rmb()')
      const slot = yield* slots.look()
      if (slot === SLOT_GONE || slot === SLOT_INVALID) {
        yield* slots.unlock(id)
        // An exit to user space, or a fault that comes again until the update is through.
        return slot === SLOT_GONE ? EFAULT : yield* jump(self, va)
      }
      const page = yield* host.getUserPage(va)
      if (!page) {
        yield* slots.unlock(id)
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
      yield* slots.unlock(id)
      return retry ? yield* jump(self, va) : 0
    },
  )
  return self
}
