/** munmap(2), madvise(MADV_DONTNEED) and holes in files: blockable sections under mmap_lock, or under an rmap lock only. */
import {
  call,
  downgradeWrite,
  downRead,
  downWrite,
  load,
  type Procedure,
  procedure,
  store,
  upRead,
  upWrite,
} from '@mmulab/model'
import type { Kernel } from './kernel.ts'
import type { Vma } from './mm.ts'
import { range } from './range.ts'
import { closeSection, openSection } from './section.ts'
import { vmaEndWrite, vmaStartWrite } from './vma-lock.ts'
import { tlbFinish, zapPages, zapProcedure } from './zap.ts'

/** mm/mmap.c:do_munmap of a whole VMA. From 4.20 the unmapping runs under the lock downgraded to read. */
export function munmapProcedure(kernel: Kernel): Procedure<[Vma], void> {
  const { mm, facts } = kernel
  const zap = zapProcedure(mm, false)
  return procedure('do_munmap', 'mm/mmap.c:__do_munmap', function* (vma) {
    yield* downWrite(mm.mmapLock)
    if (!(yield* load(vma.mapped))) {
      yield* upWrite(mm.mmapLock)
      return
    }
    yield* vmaStartWrite(vma)
    yield* store(vma.mapped, 0)
    if (facts.munmapDowngrades) {
      yield* vmaEndWrite(vma)
      yield* downgradeWrite(mm.mmapLock)
    }
    const r = range('UNMAP', vma.pages, { blockable: true })
    yield* openSection(kernel, r)
    const pending = yield* zapPages(zap, vma.pages)
    yield* closeSection(kernel, r)
    yield* tlbFinish(mm, pending)
    if (facts.munmapDowngrades) yield* upRead(mm.mmapLock)
    else {
      yield* vmaEndWrite(vma)
      yield* upWrite(mm.mmapLock)
    }
  })
}

/** mm/madvise.c:madvise_dontneed_single_vma of some pages of a VMA. */
export function dontneedProcedure(kernel: Kernel): Procedure<[Vma, readonly number[]], void> {
  const { mm } = kernel
  const zap = zapProcedure(mm, false)
  return procedure(
    'madvise_dontneed',
    'mm/madvise.c:madvise_dontneed_single_vma',
    function* (vma, list) {
      yield* downRead(mm.mmapLock)
      if (!(yield* load(vma.mapped))) {
        yield* upRead(mm.mmapLock)
        return
      }
      const r = range('CLEAR', list, { blockable: true })
      yield* openSection(kernel, r)
      const pending = yield* zapPages(zap, list)
      yield* closeSection(kernel, r)
      yield* tlbFinish(mm, pending)
      yield* upRead(mm.mmapLock)
    },
  )
}

/**
 * madvise(MADV_DONTNEED) of a part of a huge page: zap_pmd_range() splits it first, in a section of its own inside the one that
 * is open, over the whole huge page. The split itself changes no page of the mapping.
 */
export function dontneedSplitProcedure(kernel: Kernel): Procedure<[Vma, readonly number[]], void> {
  const { mm } = kernel
  const zap = zapProcedure(mm, false)
  const split = procedure(
    '__split_huge_pmd',
    'mm/huge_memory.c:__split_huge_pmd',
    function* (huge: readonly number[]) {
      const r = range('CLEAR', huge, { blockable: true })
      yield* openSection(kernel, r)
      yield* closeSection(kernel, r)
    },
  )
  return procedure(
    'madvise_dontneed',
    'mm/madvise.c:madvise_dontneed_single_vma',
    function* (vma, part) {
      yield* downRead(mm.mmapLock)
      const r = range('CLEAR', part, { blockable: true })
      yield* openSection(kernel, r)
      yield* call(split, vma.pages)
      const pending = yield* zapPages(zap, part)
      yield* closeSection(kernel, r)
      yield* tlbFinish(mm, pending)
      yield* upRead(mm.mmapLock)
    },
  )
}

/**
 * mm/memory.c:unmap_mapping_range of pages of a file, as truncation and hole punching call it: no mmap_lock, only the lock of the
 * mapping, for read (before 5.17 for write, which allows less). A later fault finds a new page, as in a hole.
 */
export function unmapMappingRangeProcedure(kernel: Kernel): Procedure<[readonly number[]], void> {
  const { mm } = kernel
  const zap = zapProcedure(mm, false)
  return procedure('unmap_mapping_range', 'mm/memory.c:unmap_mapping_range', function* (list) {
    yield* downRead(mm.rmapLock)
    const r = range('CLEAR', list, { blockable: true })
    yield* openSection(kernel, r)
    const pending = yield* zapPages(zap, list)
    yield* closeSection(kernel, r)
    yield* tlbFinish(mm, pending)
    yield* upRead(mm.rmapLock)
  })
}
