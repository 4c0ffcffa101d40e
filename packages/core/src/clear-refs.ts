/** /proc/PID/clear_refs: every entry of the mm is made to tell the next write, in one section over all of it. */
import { atomically, downRead, load, type Procedure, procedure, upRead } from '@mmulab/model'
import { accessOf, cleaned, setAccess } from './access.ts'
import type { Kernel } from './kernel.ts'
import { entry } from './mm.ts'
import { range } from './range.ts'
import { closeSection, openSection } from './section.ts'
import { flushSecondaryTlbs } from './zap.ts'

/**
 * fs/proc/task_mmu.c:clear_refs_write of the soft-dirty bits. Up to 4.20 a range said nothing of why; the event is there for who reads it. Left out:
 * the other things that can be cleared; that VMAs are marked under mmap_lock for write before.
 */
export function clearRefsProcedure(kernel: Kernel): Procedure<[], void> {
  const { mm, facts } = kernel
  return procedure('clear_refs_write', 'fs/proc/task_mmu.c:clear_refs_write', function* () {
    yield* downRead(mm.mmapLock)
    const r = range('SOFT_DIRTY', mm.virtualPages, { blockable: true })
    yield* openSection(kernel, r)
    for (const { mapped, pages } of mm.vmas) {
      if (!(yield* load(mapped))) continue
      for (const va of pages) {
        const access = accessOf(mm, va)
        if (access)
          yield* atomically({
            assign: setAccess(mm, va, cleaned(access)),
            label: `clear_soft_dirty(${entry(mm, va).name})`,
          })
      }
    }
    yield* closeSection(kernel, r)
    if (facts.secondaryTlbs === 'arch-flush') yield* flushSecondaryTlbs(mm, mm.virtualPages)
    yield* upRead(mm.mmapLock)
  })
}
