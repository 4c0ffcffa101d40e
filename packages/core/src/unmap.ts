/** munmap(2) and madvise(MADV_DONTNEED): blockable sections under mmap_lock. */
import {
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
    yield* store(vma.mapped, 0)
    if (facts.munmapDowngrades) yield* downgradeWrite(mm.mmapLock)
    const r = range('UNMAP', vma.pages, { blockable: true })
    yield* openSection(kernel, r)
    const pending = yield* zapPages(zap, vma.pages)
    yield* closeSection(kernel, r)
    yield* tlbFinish(mm, pending)
    if (facts.munmapDowngrades) yield* upRead(mm.mmapLock)
    else yield* upWrite(mm.mmapLock)
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
