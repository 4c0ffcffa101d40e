/**
 * nouveau on the HMM mirror, as in 5.1 to 5.4 (drivers/gpu/drm/nouveau/nouveau_svm.c): what the mirror calls clears the GPU's page table under svmm->mutex, and refuses
 * whatever may not be blocked before it looks at anything. What the mirror calls when the mm exits does nothing: the page table stays as it is until
 * the channels of the process are taken down, which is when its files are closed.
 *
 * One worker serves faults one after the other. It holds mmap_lock from before it lists its range to the end, and so waits for sections with it; it
 * gives up after a second, and the fault is cancelled. From 5.5 on nouveau is a driver of its own.
 *
 * One range per virtual page. Left out: the unmanaged hole, migration to the device, and that a range which was waited for in vain stays
 * on the list of the mirror (it stays there, but nobody reuses its memory).
 */
import { type DriverHost, devicePages, EAGAIN, entryAt } from '@mmulab/core'
import {
  atomically,
  type Body,
  call,
  choose,
  jump,
  load,
  mutex,
  mutexLock,
  mutexUnlock,
  type Procedure,
  procedure,
  store,
  type Variable,
} from '@mmulab/model'
import type { Device } from './device.ts'

const FILE = 'drivers/gpu/drm/nouveau/nouveau_svm.c'
const versions = '5.1..5.4'

export function createNouveau(host: DriverHost): Device {
  const lock = mutex(`${host.label}.svmm.mutex`)
  const ptes = devicePages(host, 'svmm.pt')
  return {
    lock,
    ptes,
    sync: procedure(
      'nouveau_svmm_sync_cpu_device_pagetables',
      { at: `${FILE}:nouveau_svmm_sync_cpu_device_pagetables`, versions },
      function* (range) {
        if (!range.blockable) return EAGAIN
        yield* mutexLock(lock)
        yield* atomically({
          assign: range.pages.map((va) => [entryAt(ptes, va), 0] as const),
          label: `nouveau_svmm_invalidate(${range.pages.map((va) => entryAt(ptes, va).name).join(', ')})`,
        })
        yield* mutexUnlock(lock)
        return 0
      },
    ),
    release: procedure(
      'nouveau_svmm_release',
      { at: `${FILE}:nouveau_svmm_release`, versions },
      function* () {},
    ),
  }
}

/** What a user calls of its mirror. */
export interface MirrorRanges {
  readonly register: Procedure<[number], void>
  readonly valid: readonly Variable[]
  unregister(va: number): Body<unknown>
}

export function nouveauFault(
  host: DriverHost,
  { lock, ptes }: Device,
  { register, valid, unregister }: MirrorRanges,
): Procedure<[number], void> {
  const untilValid: Procedure<[number], boolean> = procedure(
    'hmm_range_wait_until_valid',
    { at: 'include/linux/hmm.h:hmm_range_wait_until_valid', versions },
    function* (va) {
      if (yield* load(entryAt(valid, va))) return true
      const over = yield* choose('wait_event_timeout(hmm->wq)', [
        'it is woken up',
        'a second has passed',
      ])
      return over ? false : yield* jump(untilValid, va)
    },
  )

  /** nouveau_range_fault() in 5.3, hmm_vma_fault() before; and the loop around it. */
  const rangeFault: Procedure<[number], void> = procedure(
    'nouveau_range_fault',
    { at: `${FILE}:nouveau_range_fault`, versions },
    function* (va) {
      yield* call(register, va)
      // In vain: the fault is cancelled.
      if (!(yield* call(untilValid, va))) return
      const page = yield* host.lookUpPage(va)
      if (!page) {
        yield* unregister(va)
        return
      }
      yield* mutexLock(lock)
      // nouveau_range_done()
      const good = yield* load(entryAt(valid, va))
      yield* unregister(va)
      if (good) yield* store(entryAt(ptes, va), page)
      yield* mutexUnlock(lock)
      if (!good) return yield* jump(rangeFault, va)
    },
  )

  return procedure(
    'nouveau_svm_fault',
    { at: `${FILE}:nouveau_svm_fault`, versions },
    function* (_va) {
      for (const va of host.virtualPages) {
        yield* host.mmapReadLock()
        yield* call(rangeFault, va)
        yield* host.mmapReadUnlock()
      }
    },
  )
}
