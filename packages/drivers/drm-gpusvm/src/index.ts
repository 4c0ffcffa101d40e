/**
 * drm_gpusvm (drivers/gpu/drm/drm_gpusvm.c, from 6.15 on), with xe on top: a GPU that faults has the memory of a process mapped as it needs it. One interval
 * notifier covers many ranges; a section that it hears of leaves its number behind, and has the driver take the GPU's entries away and the DMA mappings with them, all
 * with notifier_lock held for writing. Whatever may not be blocked is refused.
 *
 * A fault looks at the number under notifier_lock held for reading, when it maps the pages for DMA. Later, when it writes the GPU's entries, it takes the lock anew
 * and asks only whether the range still has its DMA mapping: a number for each range there is not, since the notifier spans them all.
 *
 * One range for each virtual page, one notifier over all of them. Left out: the memory of the GPU and migration to it, the collection of ranges that a munmap() has
 * taken (they are empty by then), the lock of the driver that keeps faults of one VM apart, the time-out of the retry loop.
 */
import {
  type Driver,
  type DriverHost,
  type DriverInstance,
  defineDriver,
  devicePages,
  EFAULT,
  entryAt,
  type Range,
} from '@mmulab/core'
import {
  atomically,
  call,
  downRead,
  downWrite,
  expr,
  jump,
  load,
  type Procedure,
  procedure,
  rwsem,
  store,
  upRead,
  upWrite,
} from '@mmulab/model'

const FILE = 'drivers/gpu/drm/drm_gpusvm.c'
const XE = 'drivers/gpu/drm/xe/xe_svm.c'
const versions = '6.15..7.3'

function create(host: DriverHost): DriverInstance {
  const notifierLock = rwsem(`${host.label}.notifier_lock`)
  /** svm_pages->dma_addr, where has_dma_mapping is set. */
  const dma = devicePages(host, 'dma_addr')
  /** The GPU's page table. */
  const pt = devicePages(host, 'pt')
  const clear = (pages: readonly number[], what: string) =>
    atomically({
      assign: pages.flatMap((va) => [
        [entryAt(pt, va), 0] as const,
        [entryAt(dma, va), 0] as const,
      ]),
      label: `${what}(${pages.map((va) => entryAt(pt, va).name).join(', ')})`,
    })

  const invalidate = procedure(
    'drm_gpusvm_notifier_invalidate',
    { at: `${FILE}:drm_gpusvm_notifier_invalidate`, versions },
    function* (range: Range, seq: number) {
      if (!range.blockable) return 0
      yield* downWrite(notifierLock)
      yield* host.interval.setSeq(seq)
      yield* clear(range.pages, 'xe_svm_invalidate')
      yield* upWrite(notifierLock)
      return 1
    },
  )

  /** drm_gpusvm_range_get_pages(); answers 0 or -EFAULT. */
  const getPages: Procedure<[number], number> = procedure(
    'drm_gpusvm_get_pages',
    { at: `${FILE}:drm_gpusvm_get_pages`, versions },
    function* (va) {
      const seq = yield* host.interval.readBegin()
      if (!(yield* host.mmgetNotZero())) return EFAULT
      yield* host.mmapReadLock()
      const page = yield* host.lookUpPage(va)
      yield* host.mmapReadUnlock()
      yield* host.mmput()
      if (!page) return EFAULT
      yield* downRead(notifierLock)
      const retry = yield* host.interval.readRetry(seq)
      if (!retry) yield* store(entryAt(dma, va), page)
      yield* upRead(notifierLock)
      return retry ? yield* jump(getPages, va) : 0
    },
  )

  const fault: Procedure<[number], number> = procedure(
    'xe_svm_handle_pagefault',
    { at: `${XE}:xe_svm_handle_pagefault`, versions },
    function* (va) {
      const err = yield* call(getPages, va)
      if (err) return err
      yield* downRead(notifierLock)
      // drm_gpusvm_range_pages_valid(), and the update of the page table after it.
      const mapped = yield* load(entryAt(dma, va))
      if (mapped) yield* store(entryAt(pt, va), mapped)
      yield* upRead(notifierLock)
      return mapped ? 0 : yield* jump(fault, va)
    },
  )

  /** The first fault makes the notifier. */
  const insert = procedure(
    'drm_gpusvm_range_find_or_insert',
    { at: `${FILE}:drm_gpusvm_range_find_or_insert`, versions },
    function* (_va: number) {
      yield* host.interval.insert()
      yield* call(fault, 0)
    },
  )

  const fini = procedure(
    'drm_gpusvm_fini',
    { at: `${FILE}:drm_gpusvm_fini`, versions },
    function* (_va: number) {
      // xe_vm_close(): nothing runs on the page table any more.
      yield* downWrite(notifierLock)
      yield* clear(host.virtualPages, 'xe_vm_close')
      yield* upWrite(notifierLock)
      yield* host.interval.remove()
    },
  )

  return {
    ops: { intervalSub: { pages: host.virtualPages, invalidate, insertedByDriver: true } },
    mapping: (va) => expr(entryAt(pt, va)),
    inFlight: [],
    activities: {
      fault: { task: 'gpu_fault', run: fault, perPage: true },
      register: { task: 'gpu_first_fault', run: insert, perPage: false, populates: true },
      unregister: { task: 'vm_close', run: fini, perPage: false },
    },
    watch: [notifierLock.writer, ...dma, ...pt],
  }
}

export default function drmGpusvm(): Driver {
  return defineDriver({
    name: 'drm-gpusvm',
    era: '6.15',
    kernel: { since: '6.15', until: '7.3' },
    title:
      'GPU SVM: an interval notifier over many ranges, under one rwsem; refuses whatever may not be blocked',
    source: `${FILE} and ${XE}, 6.15 to 7.3`,
    offers: ['fault', 'register', 'unregister'],
    pins: false,
    interval: true,
    create,
  })
}
