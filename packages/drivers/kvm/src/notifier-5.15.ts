/** The start and end callbacks of 5.15. */
import type { DriverHost, Range } from '@mmulab/core'
import {
  atomically,
  barrier,
  bug,
  bump,
  call,
  load,
  lt,
  minus,
  type Procedure,
  plus,
  procedure,
  rcuwaitWakeUp,
  spinLock,
  spinUnlock,
  srcuReadLock,
  srcuReadUnlock,
  store,
  warn,
} from '@mmulab/model'
import { type Guest, SLOT_GONE } from './guest.ts'
import { type GuestOptions, installProcedure } from './memslots.ts'
import { invalidatePfnCache, type PfnCache } from './pfncache.ts'

const FILE = 'virt/kvm/kvm_main.c'

export function startProcedure(g: Guest, gpc?: PfnCache): Procedure<[Range], number> {
  return procedure(
    'kvm_mmu_notifier_invalidate_range_start',
    { at: `${FILE}:kvm_mmu_notifier_invalidate_range_start`, versions: '5.15' },
    function* (range) {
      // From here to the end of this section no memslot comes or goes: both must find the same ones.
      yield* spinLock(g.mnLock)
      yield* bump(g.active, 1)
      yield* spinUnlock(g.mnLock)
      const id = yield* srcuReadLock(g.srcu)
      // After the count of sections, which is what a refresh looks at.
      if (gpc) yield* invalidatePfnCache(gpc, range)
      if ((yield* g.looking.section.look()) !== SLOT_GONE) {
        yield* spinLock(g.mmuLock)
        yield* atomically({
          assign: [[g.count, plus(g.count, 1)], ...g.open.widen(g.count, range)],
          label: `${g.count.name}++, the range covers [${range.pages.join()}]`,
        })
        yield* atomically({
          assign: range.pages.map((va) => [g.pte(va), 0] as const),
          label: `kvm_unmap_gfn_range(${range.pages.map((va) => g.pte(va).name).join(', ')})`,
        })
        yield* spinUnlock(g.mmuLock)
      }
      yield* g.looking.section.unlock(id)
      return 0
    },
  )
}

export function endProcedure(g: Guest): Procedure<[Range], void> {
  return procedure(
    'kvm_mmu_notifier_invalidate_range_end',
    { at: `${FILE}:kvm_mmu_notifier_invalidate_range_end`, versions: '5.15' },
    function* (_range) {
      const id = yield* srcuReadLock(g.srcu)
      let negative = 0
      if ((yield* g.looking.section.look()) !== SLOT_GONE) {
        yield* spinLock(g.mmuLock)
        // seq before count, or a fault that sees count 0 and the old seq installs a stale page.
        yield* bump(g.seq, 1)
        yield* barrier('smp_wmb()')
        negative = yield* atomically({
          assign: [[g.count, minus(g.count, 1)]],
          answer: lt(g.count, 1),
          label: `${g.count.name}--`,
        })
        yield* spinUnlock(g.mmuLock)
      }
      yield* g.looking.section.unlock(id)
      yield* spinLock(g.mnLock)
      const last = yield* atomically({
        assign: [[g.active, minus(g.active, 1)]],
        answer: lt(g.active, 2),
        label: `${g.active.name}--`,
      })
      yield* spinUnlock(g.mnLock)
      // There is one waiter at most: it holds slots_lock.
      if (last) yield* rcuwaitWakeUp(g.updateWait)
      if (negative) yield* bug(`BUG_ON(${g.count.name} < 0)`)
    },
  )
}

/** Every spte goes; nobody runs the guest any more (kvm_arch_flush_shadow_all). */
export function releaseProcedure(g: Guest, gpc?: PfnCache): Procedure<[], void> {
  return procedure(
    'kvm_mmu_notifier_release',
    { at: `${FILE}:kvm_mmu_notifier_release`, versions: '5.15' },
    function* () {
      const id = yield* srcuReadLock(g.srcu)
      yield* spinLock(g.mmuLock)
      yield* atomically({ assign: g.spte.map((v) => [v, 0] as const), label: 'kvm_mmu_zap_all()' })
      yield* spinUnlock(g.mmuLock)
      yield* srcuReadUnlock(g.srcu, id)
      // kvm_gpc_deactivate(), when whoever used the cache is gone.
      if (gpc) yield* invalidatePfnCache(gpc, { pages: [gpc.va] })
    },
  )
}

/**
 * The last reference to the VM is gone, and with it every vCPU. A section that was open then will not be heard to end, so the count of sections
 * is put back by hand: the VM's own memslots go by the same way as any (kvm_arch_destroy_vm), which waits for that count.
 */
export function destroyProcedure(
  g: Guest,
  host: DriverHost,
  options: GuestOptions,
): Procedure<[number], void> {
  const install = installProcedure(g, options)
  return procedure(
    'kvm_destroy_vm',
    { at: `${FILE}:kvm_destroy_vm`, versions: '5.15' },
    function* (_va) {
      yield* host.unregister()
      if (options.putsBack === 'or-warns') {
        if (yield* load(g.active)) yield* store(g.active, 0)
        else if (yield* load(g.count)) yield* warn(`WARN_ON(${g.count.name})`)
      } else if (options.putsBack !== false) yield* store(g.active, 0)
      yield* call(install, SLOT_GONE)
    },
  )
}

/**
 * The driver's half of "mm/mmu_notifier: Add async OOM cleanup via call_srcu()" (2026-04, not merged): no end will be heard of what was open,
 * so the count of sections is put back, and whoever waits to publish memslots goes on. The sptes stay as they are: nothing in
 * what is known of the patch takes them away.
 */
export function afterOomUnregisterProcedure(g: Guest): Procedure<[], void> {
  return procedure(
    'kvm_mmu_notifier_after_oom_unregister',
    { at: `${FILE}:kvm_mmu_notifier_after_oom_unregister`, versions: 'with the patch' },
    function* () {
      yield* spinLock(g.mnLock)
      yield* store(g.active, 0)
      yield* spinUnlock(g.mnLock)
      yield* rcuwaitWakeUp(g.updateWait)
    },
  )
}
