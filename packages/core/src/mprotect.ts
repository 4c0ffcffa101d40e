/** mprotect(2): a section over what is populated, under mmap_lock for write. */
import { downWrite, load, ne, or, type Procedure, procedure, read, upWrite } from '@mmulab/model'
import type { Kernel } from './kernel.ts'
import { entry, type Vma } from './mm.ts'
import { range } from './range.ts'
import { closeSection, openSection } from './section.ts'

/**
 * mm/mprotect.c:change_protection_range of pages of a VMA. The section is opened at the first populated table and spans what was
 * asked for; without one there is none. Permissions are not modelled: no entry changes.
 */
export function mprotectProcedure(kernel: Kernel): Procedure<[Vma, readonly number[]], void> {
  const { mm } = kernel
  return procedure('mprotect', 'mm/mprotect.c:change_protection_range', function* (vma, list) {
    yield* downWrite(mm.mmapLock)
    if (yield* load(vma.mapped)) {
      const present = list.map((va) => ne(entry(mm, va), 0))
      if (yield* read(or(...present), 'is a page-table entry populated?')) {
        const r = range('PROTECTION_VMA', list, { blockable: true })
        yield* openSection(kernel, r)
        yield* closeSection(kernel, r)
      }
    }
    yield* upWrite(mm.mmapLock)
  })
}
