/** madvise(MADV_FREE): pages stay mapped, and may be dropped unless they are written to again. */
import { atomically, downRead, load, type Procedure, procedure, upRead } from '@mmulab/model'
import { accessOf, cleaned, setAccess } from './access.ts'
import type { Kernel } from './kernel.ts'
import { entry, type Vma } from './mm.ts'
import { range } from './range.ts'
import { closeSection, openSection } from './section.ts'
import { flushSecondaryTlbs } from './zap.ts'

/**
 * mm/madvise.c:madvise_free_single_vma of some pages of a VMA: a section in which entries become clean, so that the next write is noticed. A
 * device that goes on writing through what it mapped before writes to a page that reclaim may drop without writing it out.
 * Where access is not modelled no entry changes.
 */
export function madviseFreeProcedure(kernel: Kernel): Procedure<[Vma, readonly number[]], void> {
  const { mm, facts } = kernel
  return procedure('madvise_free', 'mm/madvise.c:madvise_free_single_vma', function* (vma, list) {
    yield* downRead(mm.mmapLock)
    if (!(yield* load(vma.mapped))) {
      yield* upRead(mm.mmapLock)
      return
    }
    const r = range('CLEAR', list, { blockable: true })
    yield* openSection(kernel, r)
    for (const va of list) {
      const access = accessOf(mm, va)
      if (access)
        yield* atomically({
          assign: setAccess(mm, va, cleaned(access)),
          label: `madvise_free_pte_range(${entry(mm, va).name})`,
        })
    }
    yield* closeSection(kernel, r)
    if (facts.secondaryTlbs === 'arch-flush') yield* flushSecondaryTlbs(mm, list)
    yield* upRead(mm.mmapLock)
  })
}
