/**
 * fork(2): the child gets the parent's pages, and both lose the right to write to them. Notifiers stay with the parent, so all that is kept
 * of the child's mm is which pages it maps.
 *
 * Left out: the child's own faults; the copy that pinned pages get at once (5.9 and later); write_protect_seq, which keeps
 * get_user_pages_fast() out (here it is one step).
 */
import {
  array,
  atomically,
  type Body,
  downWrite,
  eq,
  flag,
  load,
  mark,
  ne,
  type Procedure,
  plus,
  procedure,
  store,
  upWrite,
  type Variable,
  waitUntil,
  when,
} from '@mmulab/model'
import { accessOf, setAccess } from './access.ts'
import type { Kernel } from './kernel.ts'
import { entry, type Mm, type Vma } from './mm.ts'
import { READ_ONLY } from './mm-parts.ts'
import { putPage } from './pages.ts'
import { range } from './range.ts'
import { closeSection, openSection } from './section.ts'
import { vmaEndWrite, vmaStartWrite } from './vma-lock.ts'
import { flushSecondaryTlbs } from './zap.ts'

/** What scenarios ask whether it can happen. */
export const PAGE_SHARED = 'a page is shared with a child'

/** The other mm, as far as it matters: a reference to every page that it maps. */
export interface Child {
  /** It has been made. */
  readonly made: Variable
  readonly pte: readonly Variable[]
}

export const createChild = ({ virtualPages, pages }: Mm): Child => ({
  made: flag('child.made'),
  pte: array('child.pte', Math.max(...virtualPages) + 1, { max: pages.count }),
})

/** mm/memory.c:copy_present_pte: one more reference, and nobody may write any more. */
function copyPresentPte(mm: Mm, child: Child, va: number): Body<number> {
  const pte = entry(mm, va)
  const theirs = child.pte[va]
  const access = accessOf(mm, va)
  if (!theirs) throw new Error(`the child has no virtual page ${va}`)
  return atomically({
    assign: [
      ...mm.pages.refs.map((n, i) => [n, plus(n, eq(pte, i + 1))] as const),
      [theirs, pte],
      ...(access ? setAccess(mm, va, when(ne(pte, 0), READ_ONLY, access)) : []),
    ],
    answer: ne(pte, 0),
    label: `ptep_set_wrprotect(${pte.name})`,
  })
}

/**
 * kernel/fork.c:dup_mmap, with mm/memory.c:copy_page_range for each VMA: mmap_lock of the parent for write (and that of the child, which
 * nobody else knows yet), a section over each VMA, the TLB flushed at the end.
 */
export function forkProcedure(kernel: Kernel, child: Child): Procedure<[], void> {
  const { mm, facts } = kernel
  function* copyPageRange(vma: Vma): Body<void> {
    const r = range('PROTECTION_PAGE', vma.pages, { blockable: true })
    yield* openSection(kernel, r)
    for (const va of vma.pages) if (yield* copyPresentPte(mm, child, va)) yield* mark(PAGE_SHARED)
    yield* closeSection(kernel, r)
  }
  return procedure('dup_mmap', 'kernel/fork.c:dup_mmap', function* () {
    yield* downWrite(mm.mmapLock)
    for (const vma of mm.vmas) {
      yield* vmaStartWrite(vma)
      if (yield* load(vma.mapped)) yield* copyPageRange(vma)
    }
    if (facts.secondaryTlbs === 'arch-flush') yield* flushSecondaryTlbs(mm, mm.virtualPages)
    for (const vma of mm.vmas) yield* vmaEndWrite(vma)
    yield* upWrite(mm.mmapLock)
    yield* store(child.made, 1)
  })
}

/** The child exits: its mm has no notifiers, so that nobody but the pages hears of it. */
export function childExitProcedure({ mm }: Kernel, child: Child): Procedure<[], void> {
  return procedure('exit_mmap', 'mm/mmap.c:exit_mmap, of the child', function* () {
    yield* waitUntil(eq(child.made, 1), 'the child')
    for (const pte of child.pte) {
      const page = yield* load(pte)
      if (page) yield* putPage(mm.pages, page)
    }
  })
}
