/** mprotect(2): a section over what is populated, under mmap_lock for write. */
import {
  atomically,
  type Body,
  downWrite,
  load,
  ne,
  or,
  type Procedure,
  procedure,
  read,
  store,
  upWrite,
} from '@mmulab/model'
import { setAccess } from './access.ts'
import type { Kernel } from './kernel.ts'
import { entry, type Vma } from './mm.ts'
import { READ_ONLY } from './mm-parts.ts'
import { range } from './range.ts'
import { closeSection, openSection } from './section.ts'
import { vmaEndWrite, vmaStartWrite } from './vma-lock.ts'
import { flushSecondaryTlbs } from './zap.ts'

/**
 * mm/mprotect.c:change_protection_range of pages of a VMA, to PROT_READ. The section is opened at the first populated table and spans
 * what was asked for; without one there is none. Where access is not modelled no entry changes.
 */
export function mprotectProcedure(kernel: Kernel): Procedure<[Vma, readonly number[]], void> {
  const { mm, facts } = kernel
  function* changeProtectionRange(list: readonly number[]): Body<void> {
    const present = list.map((va) => ne(entry(mm, va), 0))
    if (!(yield* read(or(...present), 'is a page-table entry populated?'))) return
    const r = range('PROTECTION_VMA', list, { blockable: true })
    yield* openSection(kernel, r)
    if (mm.access)
      for (const va of list)
        yield* atomically({
          assign: setAccess(mm, va, READ_ONLY),
          label: `ptep_modify_prot_commit(${entry(mm, va).name}, read-only)`,
        })
    yield* closeSection(kernel, r)
    if (facts.secondaryTlbs === 'arch-flush') yield* flushSecondaryTlbs(mm, list)
  }
  return procedure('mprotect', 'mm/mprotect.c:change_protection_range', function* (vma, list) {
    yield* downWrite(mm.mmapLock)
    if (yield* load(vma.mapped)) {
      yield* vmaStartWrite(vma)
      if (vma.writable) yield* store(vma.writable, 0)
      yield* changeProtectionRange(list)
      yield* vmaEndWrite(vma)
    }
    yield* upWrite(mm.mmapLock)
  })
}
