/**
 * struct gfn_to_pfn_cache (virt/kvm/pfncache.c): one guest page that the host itself reads and writes, for Xen's event channels or the steal time. The
 * cache keeps no reference to the page; a section that covers it makes it invalid, and whoever wants to use it then has to
 * refresh it. A refresh has no page table to look into, so it goes by the count of all open sections and by the sequence number.
 */
import { type DriverHost, EFAULT, type Range } from '@mmulab/core'
import {
  type Body,
  barrier,
  call,
  flag,
  jump,
  load,
  ne,
  or,
  type Procedure,
  procedure,
  read,
  type Spinlock,
  spinLock,
  spinlock,
  spinUnlock,
  store,
  type Variable,
  variable,
} from '@mmulab/model'
import type { Guest } from './guest.ts'

const FILE = 'virt/kvm/pfncache.c'
const versions = '6.0..7.3'

export interface PfnCacheOptions {
  /** A refresh retries while any section is open; the twin goes by the sequence number alone. */
  readonly countsSections: boolean
}

export interface PfnCache extends PfnCacheOptions {
  /** gpc->lock, a rwlock of which readers exclude each other here. */
  readonly lock: Spinlock
  readonly valid: Variable
  readonly page: Variable
  /** The virtual page behind it. */
  readonly va: number
}

export function createPfnCache(host: DriverHost, options: PfnCacheOptions): PfnCache {
  const name = (field: string): string => `${host.label}.gpc.${field}`
  const warm = host.warm ? 1 : 0
  return {
    ...options,
    lock: spinlock(name('lock')),
    valid: flag(name('valid'), warm),
    page: variable(name('pfn'), { max: host.pageCount, init: warm }),
    va: 0,
  }
}

/** gfn_to_pfn_cache_invalidate_start(). */
export function* invalidatePfnCache(gpc: PfnCache, range: Pick<Range, 'pages'>): Body<void> {
  if (!range.pages.includes(gpc.va)) return
  yield* spinLock(gpc.lock)
  yield* store(gpc.valid, 0)
  yield* spinUnlock(gpc.lock)
}

/** kvm_gpc_refresh() with hva_to_pfn_retry(); answers 0 or -EFAULT. */
function refreshProcedure(g: Guest, gpc: PfnCache, host: DriverHost): Procedure<[], number> {
  const self: Procedure<[], number> = procedure(
    'hva_to_pfn_retry',
    { at: `${FILE}:hva_to_pfn_retry`, versions },
    function* () {
      yield* spinLock(gpc.lock)
      yield* store(gpc.valid, 0)
      const before = yield* load(g.seq)
      yield* barrier('smp_rmb()')
      yield* spinUnlock(gpc.lock)
      const page = yield* host.getUserPage(gpc.va)
      if (!page) return EFAULT
      yield* spinLock(gpc.lock)
      const retry = yield* read(
        or(gpc.countsSections ? ne(g.active, 0) : 0, ne(g.seq, before)),
        'mmu_notifier_retry_cache()',
      )
      if (!retry) {
        yield* store(gpc.page, page)
        yield* store(gpc.valid, 1)
      }
      yield* spinUnlock(gpc.lock)
      yield* host.putPage(page)
      return retry ? yield* jump(self) : 0
    },
  )
  return self
}

/** An event is delivered through the cache, which is refreshed if it has to be. */
export function useProcedure(
  g: Guest,
  gpc: PfnCache,
  host: DriverHost,
): Procedure<[number], number> {
  const refresh = refreshProcedure(g, gpc, host)
  const self: Procedure<[number], number> = procedure(
    'kvm_xen_set_evtchn',
    { at: 'arch/x86/kvm/xen.c:kvm_xen_set_evtchn', versions },
    function* (va) {
      yield* spinLock(gpc.lock)
      const valid = yield* load(gpc.valid)
      // What is read and written through gpc->khva, is read and written under the lock.
      yield* spinUnlock(gpc.lock)
      if (valid) return 0
      return (yield* call(refresh)) ? EFAULT : yield* jump(self, va)
    },
  )
  return self
}
