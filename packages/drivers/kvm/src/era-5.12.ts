/**
 * KVM as in 5.12 to 5.14: the counter and the sequence number of before, and the range of the open sections beside them, so that a
 * fault elsewhere in the guest does not have to wait for a section that does not concern it (4a42d848db95).
 *
 * The range is only ever widened while a section is open. What keeps that right is the sequence number: it still catches every
 * fault that straddled any section, whatever its range.
 *
 * Left out, as before: kvm->srcu, the TLB flush. mmu_lock is a rwlock on x86 from 5.12 on, which the fault of the TDP
 * MMU takes for read: two vCPUs then install sptes side by side. Here they take turns.
 */
import {
  type Driver,
  type DriverHost,
  type DriverInstance,
  defineDriver,
  EFAULT,
  type Range,
} from '@mmulab/core'
import {
  and,
  atomically,
  barrier,
  bug,
  bump,
  expr,
  jump,
  load,
  lt,
  minus,
  ne,
  or,
  type Procedure,
  plus,
  procedure,
  read,
  spinLock,
  spinlock,
  spinUnlock,
  store,
  variable,
} from '@mmulab/model'
import { changePteProcedure } from './change-pte.ts'
import { sectionRange } from './section-range.ts'
import { sptes } from './sptes.ts'

const FILE = 'virt/kvm/kvm_main.c'

function create(host: DriverHost): DriverInstance {
  const name = (field: string): string => `${host.label}.${field}`
  const mmuLock = spinlock(name('mmu_lock'))
  const count = variable(name('mmu_notifier_count'), { min: -1, max: host.sections })
  const seq = variable(name('mmu_notifier_seq'), { max: host.ends })
  const open = sectionRange(host.label, host.virtualPages.length)
  const { spte, pte } = sptes(host)

  const invalidateRangeStart = procedure(
    'kvm_mmu_notifier_invalidate_range_start',
    { at: `${FILE}:kvm_mmu_notifier_invalidate_range_start`, versions: '5.12..5.14' },
    function* (range: Range) {
      yield* spinLock(mmuLock)
      yield* atomically({
        assign: [[count, plus(count, 1)], ...open.widen(count, range)],
        label: `${count.name}++, the range covers [${range.pages.join()}]`,
      })
      yield* atomically({
        assign: range.pages.map((va) => [pte(va), 0] as const),
        label: `kvm_unmap_hva_range(${range.pages.map((va) => pte(va).name).join(', ')})`,
      })
      yield* spinUnlock(mmuLock)
      return 0
    },
  )

  const invalidateRangeEnd = procedure(
    'kvm_mmu_notifier_invalidate_range_end',
    { at: `${FILE}:kvm_mmu_notifier_invalidate_range_end`, versions: '5.12..5.14' },
    function* (_range: Range) {
      yield* spinLock(mmuLock)
      // seq before count, or a fault that sees count 0 and the old seq installs a stale page.
      yield* bump(seq, 1)
      yield* barrier('smp_wmb()')
      const negative = yield* atomically({
        assign: [[count, minus(count, 1)]],
        answer: lt(count, 1),
        label: `${count.name}--`,
      })
      yield* spinUnlock(mmuLock)
      if (negative) yield* bug(`BUG_ON(${count.name} < 0)`)
    },
  )

  const changePte = changePteProcedure({ mmuLock, seq, pte }, '5.12')

  /** Every spte goes; nobody runs the guest any more (kvm_arch_flush_shadow_all). */
  const release = procedure(
    'kvm_mmu_notifier_release',
    { at: `${FILE}:kvm_mmu_notifier_release`, versions: '5.12..5.14' },
    function* () {
      yield* spinLock(mmuLock)
      yield* atomically({ assign: spte.map((v) => [v, 0] as const), label: 'kvm_mmu_zap_all()' })
      yield* spinUnlock(mmuLock)
    },
  )

  /** The last reference to the VM is gone, and with it every vCPU. A section may be open: its end will not be heard. */
  const destroy = procedure(
    'kvm_destroy_vm',
    { at: `${FILE}:kvm_destroy_vm`, versions: '5.12..5.14' },
    function* (_va: number) {
      yield* host.unregister()
    },
  )

  const fault: Procedure<[number], number> = procedure(
    'direct_page_fault',
    { at: 'arch/x86/kvm/mmu/mmu.c:direct_page_fault', versions: '5.12..5.14' },
    function* (va) {
      const before = yield* load(seq)
      yield* barrier('smp_rmb()')
      const page = yield* host.getUserPage(va)
      if (!page) return EFAULT
      yield* spinLock(mmuLock)
      const retry = yield* read(
        or(and(ne(count, 0), open.covers(va)), ne(seq, before)),
        'mmu_notifier_retry_hva()',
      )
      if (!retry) yield* store(pte(va), page)
      yield* spinUnlock(mmuLock)
      yield* host.putPage(page)
      return retry ? yield* jump(fault, va) : 0
    },
  )

  return {
    ops: { invalidateRangeStart, invalidateRangeEnd, changePte, release, doesNotBlock: true },
    mapping: (va) => expr(pte(va)),
    inFlight: [{ what: count.name, value: expr(count) }],
    activities: {
      fault: { task: 'vcpu', run: fault, perPage: true },
      unregister: { task: 'kvm_destroy', run: destroy, perPage: false },
    },
    watch: [count, seq, open.start, open.end, ...spte],
  }
}

export const kvm512: Driver = defineDriver({
  name: 'kvm',
  era: '5.12',
  kernel: { since: '5.12', until: '5.14' },
  title: 'KVM: as 5.11, and a fault retries only in the range of the open sections; never refuses',
  source: `${FILE}, 5.12 to 5.14`,
  offers: ['fault', 'unregister'],
  pins: false,
  create,
})
