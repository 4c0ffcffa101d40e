/**
 * KVM as in 4.6 to 5.11 (virt/kvm/kvm_main.c): a counter of open sections and a sequence number under mmu_lock. The counter
 * keeps faults out while a section is open, the sequence number catches those that straddled one.
 *
 * The contract it relies on: exactly one end for every start. A start that nobody ends leaves the counter up, and every
 * later fault retries.
 *
 * Left out: kvm->srcu around the callbacks (nobody changes memslots here), the TLB flush, signals that would take
 * a vCPU out of its retry loop.
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
  atomically,
  barrier,
  bug,
  bump,
  type Expr,
  expr,
  jump,
  load,
  lt,
  minus,
  ne,
  or,
  type Procedure,
  procedure,
  read,
  spinLock,
  spinlock,
  spinUnlock,
  store,
  variable,
} from '@mmulab/model'
import { type ApicPage, createApicPage } from './apic-page.ts'
import { changePteProcedure } from './change-pte.ts'
import { sptes } from './sptes.ts'

const FILE = 'virt/kvm/kvm_main.c'

interface Options {
  /** With the APIC-access page of its guest, and whether a look at it asks for open sections. */
  readonly apicPage?: 'unchecked' | 'checked'
}

function create(host: DriverHost, { apicPage }: Options): DriverInstance {
  const name = (field: string): string => `${host.label}.${field}`
  const mmuLock = spinlock(name('mmu_lock'))
  /** Sections in flight. -1 is where BUG_ON looks. */
  const count = variable(name('mmu_notifier_count'), { min: -1, max: host.sections })
  const seq = variable(name('mmu_notifier_seq'), { max: host.ends })
  const { spte, pte } = sptes(host)
  const isStale = (before: number): Expr => or(ne(count, 0), ne(seq, before))
  const apic: ApicPage | undefined =
    apicPage &&
    createApicPage(host, {
      mmuLock,
      seq,
      retry: isStale,
      checks: apicPage === 'checked',
    })

  const invalidateRangeStart = procedure(
    'kvm_mmu_notifier_invalidate_range_start',
    { at: `${FILE}:kvm_mmu_notifier_invalidate_range_start`, versions: '4.17..5.11' },
    function* (range: Range) {
      yield* spinLock(mmuLock)
      // Before the sptes go: a fault that comes later must see that a section is open.
      yield* bump(count, 1)
      yield* atomically({
        assign: range.pages.map((va) => [pte(va), 0] as const),
        label: `kvm_unmap_hva_range(${range.pages.map((va) => pte(va).name).join(', ')})`,
      })
      if (apic) yield* apic.invalidate(range)
      yield* spinUnlock(mmuLock)
      return 0
    },
  )

  const invalidateRangeEnd = procedure(
    'kvm_mmu_notifier_invalidate_range_end',
    { at: `${FILE}:kvm_mmu_notifier_invalidate_range_end`, versions: '4.17..5.11' },
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

  /** Up to 4.12: the entry has gone, the page has not. A fault that has looked it up must notice, so the number counts up. */
  const invalidatePage = procedure(
    'kvm_mmu_notifier_invalidate_page',
    { at: `${FILE}:kvm_mmu_notifier_invalidate_page`, versions: '4.6..4.12' },
    function* (va: number) {
      yield* spinLock(mmuLock)
      yield* bump(seq, 1)
      yield* store(pte(va), 0)
      yield* spinUnlock(mmuLock)
    },
  )

  const changePte = changePteProcedure({ mmuLock, seq, pte }, '4.6..5.11')

  /** Every spte goes; nobody runs the guest any more (kvm_arch_flush_shadow_all). */
  const release = procedure(
    'kvm_mmu_notifier_release',
    { at: `${FILE}:kvm_mmu_notifier_release`, versions: '4.17..5.11' },
    function* () {
      yield* spinLock(mmuLock)
      yield* atomically({ assign: spte.map((v) => [v, 0] as const), label: 'kvm_mmu_zap_all()' })
      if (apic) yield* apic.invalidate({ pages: host.virtualPages })
      yield* spinUnlock(mmuLock)
    },
  )

  /** The last reference to the VM is gone, and with it every vCPU. A section may be open: its end will not be heard. */
  const destroy = procedure(
    'kvm_destroy_vm',
    { at: `${FILE}:kvm_destroy_vm`, versions: '4.17..5.11' },
    function* (_va: number) {
      yield* host.unregister()
    },
  )

  /** arch/x86/kvm/mmu/mmu.c: a vCPU touches a guest page that has no spte. */
  const fault: Procedure<[number], number> = procedure(
    'direct_page_fault',
    { at: 'arch/x86/kvm/mmu/mmu.c:direct_page_fault', versions: '4.17..5.11' },
    function* (va) {
      const before = yield* load(seq)
      yield* barrier('smp_rmb()')
      const page = yield* host.getUserPage(va)
      if (!page) return EFAULT
      yield* spinLock(mmuLock)
      const retry = yield* read(isStale(before), 'mmu_notifier_retry()')
      if (!retry) yield* store(pte(va), page)
      yield* spinUnlock(mmuLock)
      yield* host.putPage(page)
      return retry ? yield* jump(fault, va) : 0
    },
  )

  return {
    ops: {
      invalidateRangeStart,
      invalidateRangeEnd,
      invalidatePage,
      changePte,
      release,
      doesNotBlock: true,
    },
    mapping: (va) => expr(pte(va)),
    ...(apic && { caches: [apic.cached] }),
    inFlight: [{ what: count.name, value: expr(count) }],
    activities: {
      fault: { task: 'vcpu', run: fault, perPage: true },
      ...(apic && { busy: { task: 'vcpu_apic', run: apic.reload, perPage: false } }),
      unregister: { task: 'kvm_destroy', run: destroy, perPage: false },
    },
    watch: [count, seq, ...spte, ...(apic?.watch ?? [])],
  }
}

const TITLE = 'KVM: a section counter and a sequence number under mmu_lock; never refuses'
const APIC = {
  unchecked: 'with the APIC-access page, looked up without asking for open sections',
  checked: 'with the APIC-access page, looked up as a fault would',
} as const

function kvm511With(name: string, options: Options): Driver {
  const { apicPage } = options
  return defineDriver({
    name,
    era: '5.11',
    // Read from 4.17 on; the counter and the number are older than any version here.
    kernel: { since: '4.6', until: '5.11' },
    title: apicPage ? `${TITLE}; a twin ${APIC[apicPage]}` : TITLE,
    source: `${FILE}, 4.17 to 5.11`,
    offers: apicPage ? ['fault', 'busy', 'unregister'] : ['fault', 'unregister'],
    pins: false,
    create: (host) => create(host, options),
    variants: apicPage
      ? {}
      : {
          apic: kvm511With(`${name}~apic`, { apicPage: 'unchecked' }),
          'apic-checked': kvm511With(`${name}~apic-checked`, { apicPage: 'checked' }),
        },
  })
}

export const kvm511: Driver = kvm511With('kvm', {})
