/**
 * An enclave of SGX and the address space that has it mapped (arch/x86/kernel/cpu/sgx): struct sgx_encl lives as long as its references, and has an SRCU domain of its own under
 * which the reclaimer walks the list of address spaces. A notifier is there only to be told that the mm exits. What an enclave maps is memory of its
 * own (EPC), which no section of the mm is about: there is no start, no end, and nothing of the process that it could keep.
 *
 * So what can go wrong is who frees what: the exit of the mm and the last close of the file both take the address space off the list, and whoever
 * comes second must find the enclave still there. To 5.11 only the file held a reference: while the exit waited for a grace period
 * of the enclave's SRCU, the close found an empty list and freed the enclave, and that domain with it.
 *
 * One enclave, one mm; the file is closed by another process. Left out: the pages and their encryption, mm_list_version, the section that the reclaimer
 * opens when it takes an EPC page out of the page table (zap_vma_ptes), how the mm comes onto the list.
 */
import type { DriverHost, DriverInstance } from '@mmulab/core'
import {
  type Body,
  call,
  exchange,
  expr,
  flag,
  load,
  looksAtOther,
  perTask,
  procedure,
  read,
  refcountDecAndTest,
  refcountIncNotZero,
  spinLock,
  spinlock,
  spinUnlock,
  srcu,
  srcuDereference,
  srcuReadLock,
  srcuReadUnlock,
  store,
  synchronizeSrcu,
  variable,
  violate,
} from '@mmulab/model'

const ENCL = 'arch/x86/kernel/cpu/sgx/encl.c'
const DRIVER = 'arch/x86/kernel/cpu/sgx/driver.c'
const MAIN = 'arch/x86/kernel/cpu/sgx/main.c'

export interface EnclaveOptions {
  readonly versions: string
  /** Each entry of the list holds a reference to the enclave (2ade0d60939b). */
  readonly entriesHold: boolean
}

export function createEnclave(
  host: DriverHost,
  { versions, entriesHold }: EnclaveOptions,
): DriverInstance {
  const name = (field: string): string => `${host.label}.${field}`
  const mmLock = spinlock(name('encl.mm_lock'))
  const ownSrcu = srcu(name('encl.srcu'), 2)
  /** encl_mm is on encl->mm_list. */
  const listed = flag(name('encl_mm.listed'), 1)
  /** The file's, the entry's, and one of whoever reclaims. */
  const refs = variable(name('encl.refcount'), { max: 3, init: entriesHold ? 2 : 1 })
  const freed = flag(name('encl.freed'))
  /** Whoever reclaims has found the entry of the address space, and is not done with it. */
  const looking = perTask(name('encl_mm of who reclaims'), 2)

  function* stillThere(what: string): Body<void> {
    if (yield* load(freed)) yield* violate('memory', `${what}: struct sgx_encl has been freed`)
  }

  /** kfree(encl_mm), by whoever has taken it off the list. */
  function* freeEntry(): Body<void> {
    if (yield* read(looksAtOther(looking, 0), 'kvfree(encl_mm)'))
      yield* violate('memory', `${host.label}.encl_mm goes while somebody looks at it`)
  }

  const put = procedure(
    'sgx_encl_release',
    { at: `${ENCL}: kref_put() and sgx_encl_release()`, versions },
    function* () {
      if (yield* refcountDecAndTest(refs)) yield* store(freed, 1)
    },
  )

  /** Who takes it off the list goes on with it. */
  const unlist = procedure(
    'list_del_rcu(&encl_mm->list)',
    { at: `${ENCL}: under encl->mm_lock`, versions },
    function* () {
      yield* spinLock(mmLock)
      const found = yield* exchange(listed, 0)
      yield* spinUnlock(mmLock)
      return found
    },
  )

  const release = procedure(
    'sgx_mmu_notifier_release',
    { at: `${ENCL}:sgx_mmu_notifier_release`, versions },
    function* () {
      yield* stillThere('sgx_mmu_notifier_release()')
      if (!(yield* call(unlist))) return
      yield* synchronizeSrcu(ownSrcu)
      yield* stillThere('synchronize_srcu(&encl->srcu)')
      yield* host.putNotifier()
    },
  )

  const freeNotifier = procedure(
    'sgx_mmu_notifier_free',
    { at: `${ENCL}:sgx_mmu_notifier_free`, versions },
    function* () {
      if (entriesHold) yield* call(put)
      yield* freeEntry()
    },
  )

  const close = procedure(
    'sgx_release',
    { at: `${DRIVER}:sgx_release`, versions },
    function* (_va: number) {
      if (yield* call(unlist)) {
        yield* synchronizeSrcu(ownSrcu)
        yield* host.unregister()
        if (entriesHold) yield* call(put)
        yield* freeEntry()
      }
      yield* call(put)
    },
  )

  const reclaim = procedure(
    'sgx_reclaim_pages',
    { at: `${MAIN}:sgx_reclaim_pages, with sgx_zap_enclave_ptes()`, versions },
    function* (_va: number) {
      // EPC pages are on the list of the reclaimer as long as the enclave is there.
      if (!(yield* refcountIncNotZero(refs))) return
      const id = yield* srcuReadLock(ownSrcu)
      let used = false
      if (yield* srcuDereference(looking, listed)) used = yield* host.mmgetNotZero()
      if (used) {
        yield* host.mmapReadLock()
        yield* host.mmapReadUnlock()
      }
      yield* srcuReadUnlock(ownSrcu, id, [[looking, 0]])
      // mmput_async(): what exits does so in a worker, and not inside this read section.
      if (used) yield* host.mmput()
      yield* call(put)
    },
  )

  return {
    ops: { release, freeNotifier },
    mapping: () => expr(0),
    inFlight: [],
    activities: {
      busy: { task: 'ksgxd', run: reclaim, perPage: false },
      unregister: { task: 'sgx_close', run: close, perPage: false },
    },
    watch: [listed, refs, freed, mmLock.owner],
  }
}
