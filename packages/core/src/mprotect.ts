/**
 * Entries that allow less: mprotect(2), under mmap_lock for write, and the hints of NUMA balancing, under it for read.
 *
 * Left out: that a part of a huge page is split first, in a section inside this one, as in MADV_DONTNEED (unmap.ts).
 */
import {
  atomically,
  type Body,
  downReadTrylock,
  downWrite,
  type ExprLike,
  load,
  ne,
  or,
  type Procedure,
  procedure,
  read,
  store,
  upRead,
  upWrite,
  type Variable,
} from '@mmulab/model'
import { accessOf, cleaned, setAccess } from './access.ts'
import type { Kernel } from './kernel.ts'
import { entry, type Vma } from './mm.ts'
import { READ_ONLY } from './mm-parts.ts'
import { range } from './range.ts'
import { closeSection, openSection } from './section.ts'
import { vmaEndWrite, vmaStartWrite } from './vma-lock.ts'
import { flushSecondaryTlbs } from './zap.ts'

/**
 * mm/mprotect.c:change_protection_range of pages of a VMA. The section is opened at the first populated table and spans what was asked for;
 * without one there is none. Where access is not modelled no entry changes.
 */
function* changeProtectionRange(
  kernel: Kernel,
  list: readonly number[],
  to: { readonly allows: (access: Variable) => ExprLike; readonly words: string },
): Body<void> {
  const { mm, facts } = kernel
  const present = list.map((va) => ne(entry(mm, va), 0))
  if (!(yield* read(or(...present), 'is a page-table entry populated?'))) return
  const r = range('PROTECTION_VMA', list, { blockable: true })
  yield* openSection(kernel, r)
  for (const va of list) {
    const access = accessOf(mm, va)
    if (access)
      yield* atomically({
        assign: setAccess(mm, va, to.allows(access)),
        label: `ptep_modify_prot_commit(${entry(mm, va).name}, ${to.words})`,
      })
  }
  yield* closeSection(kernel, r)
  if (facts.secondaryTlbs === 'arch-flush') yield* flushSecondaryTlbs(mm, list)
}

/** mprotect(2) to PROT_READ. */
export function mprotectProcedure(kernel: Kernel): Procedure<[Vma, readonly number[]], void> {
  const { mm } = kernel
  return procedure('mprotect', 'mm/mprotect.c:change_protection_range', function* (vma, list) {
    yield* downWrite(mm.mmapLock)
    if (yield* load(vma.mapped)) {
      yield* vmaStartWrite(vma)
      if (vma.writable) yield* store(vma.writable, 0)
      yield* changeProtectionRange(kernel, list, { allows: () => READ_ONLY, words: 'read-only' })
      yield* vmaEndWrite(vma)
    }
    yield* upWrite(mm.mmapLock)
  })
}

/**
 * kernel/sched/fair.c:task_numa_work and mm/mempolicy.c:change_prot_numa: a task has part of its own memory tell where it is used from. Entries allow
 * nothing until somebody touches them, which puts them back without a section (do_numa_page()): that is what a clean entry is here. It
 * only tries mmap_lock (4.13 and later; it waited before).
 */
export function changeProtNumaProcedure(kernel: Kernel): Procedure<[Vma, readonly number[]], void> {
  const { mm } = kernel
  return procedure('change_prot_numa', 'mm/mempolicy.c:change_prot_numa', function* (vma, list) {
    if (!(yield* downReadTrylock(mm.mmapLock))) return
    if (yield* load(vma.mapped))
      yield* changeProtectionRange(kernel, list, { allows: cleaned, words: 'PAGE_NONE' })
    yield* upRead(mm.mmapLock)
  })
}
