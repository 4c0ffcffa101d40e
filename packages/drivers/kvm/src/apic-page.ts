/**
 * The APIC-access page of a guest (arch/x86/kvm/vmx/vmx.c): its physical address stands in the VMCS, no reference keeps it, and a section that covers
 * it asks every vCPU to look it up again before it runs the guest the next time. Until 6.5 that look asked nobody whether the section is
 * still open; the twin that does is as 878940b33d76 has it, with the count and the number of a fault.
 *
 * The request goes out in start, as from 4.15 to 5.7 and again from 6.5 on (0a8a5f2c8c26); in between it came from invalidate_range(), after the
 * entry had gone. A vCPU that has been asked does not run the guest before it has looked: kvm_make_all_cpus_request() waits for
 * that, so what the VMCS says is the device's mapping while nobody has asked.
 */
import type { CachedPage, DriverHost, Range } from '@mmulab/core'
import {
  atomically,
  type Body,
  barrier,
  type Expr,
  eq,
  flag,
  jump,
  load,
  type Procedure,
  procedure,
  read,
  type Spinlock,
  spinLock,
  spinUnlock,
  store,
  type Variable,
  variable,
  when,
} from '@mmulab/model'

const FILE = 'arch/x86/kvm/vmx/vmx.c'

export interface ApicPage {
  /** What a section does about it, under mmu_lock. */
  readonly invalidate: (range: Pick<Range, 'pages'>) => Body<void>
  /** A vCPU sees to the request before it runs the guest. */
  readonly reload: Procedure<[number], void>
  readonly cached: CachedPage
  readonly watch: readonly Variable[]
}

export interface ApicGuest {
  readonly mmuLock: Spinlock
  readonly seq: Variable
  /** A section is open, or one has passed since that number. */
  readonly retry: (before: number) => Expr
  /** It asks that; until 6.5 it did not. */
  readonly checks: boolean
}

export function createApicPage(host: DriverHost, g: ApicGuest): ApicPage {
  const requested = flag(`${host.label}.KVM_REQ_APIC_PAGE_RELOAD`, host.warm ? 0 : 1)
  const address = variable(`${host.label}.apic_access_addr`, {
    max: host.pageCount,
    init: host.warm ? 1 : 0,
  })
  const va = 0

  const reload: Procedure<[number], void> = procedure(
    'vmx_set_apic_access_page_addr',
    { at: `${FILE}:vmx_set_apic_access_page_addr`, versions: g.checks ? '6.5..7.3' : '4.15..6.4' },
    function* (any) {
      // kvm_check_request(): taken off first, so that a section which comes later asks again. The guest does not run until this is over.
      yield* atomically({
        assign: [
          [requested, 0],
          [address, 0],
        ],
        label: `${requested.name} is taken off`,
      })
      const before = yield* load(g.seq)
      yield* barrier('smp_rmb()')
      const page = yield* host.getUserPage(va)
      if (!page) {
        yield* store(requested, 1)
        return
      }
      yield* spinLock(g.mmuLock)
      const again = g.checks ? yield* read(g.retry(before), 'mmu_invalidate_retry_gfn()') : 0
      if (again) yield* store(requested, 1)
      else yield* store(address, page)
      yield* spinUnlock(g.mmuLock)
      // Nothing keeps the page: whoever takes it away asks for another look.
      yield* host.putPage(page)
      if (again) return yield* jump(reload, any)
    },
  )

  return {
    *invalidate(range) {
      if (range.pages.includes(va)) yield* store(requested, 1)
    },
    reload,
    cached: {
      what: `${host.label}.apic_access_addr`,
      va,
      page: when(eq(requested, 1), 0, address),
    },
    watch: [requested, address],
  }
}
