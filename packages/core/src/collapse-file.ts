/**
 * khugepaged over a file (5.4+, 27e1f8273113): a mapping of the small parts of a page that is huge in the page cache already loses its page
 * table, so that the next fault maps the huge page. Before 6.1 no notifier heard of it (f268f6cf875f, CVE-2022-48991): from then on nobody
 * finds by rmap what a device still maps, and the page can be reclaimed under it.
 *
 * mmap_lock by trylock for write, the page lock of the huge page, and from 6.1 on the lock of the file's mapping for write (in this series
 * it came with the section). The first page of the range stands for the huge page. Left out: the huge page itself, and 6.6's way with
 * mmap_lock for read.
 */
import {
  atomically,
  type Body,
  downWrite,
  downWriteTrylock,
  eq,
  load,
  mark,
  minus,
  mutexLock,
  mutexUnlock,
  type Procedure,
  procedure,
  upWrite,
} from '@mmulab/model'
import { TABLE_TAKEN } from './collapse.ts'
import type { Kernel } from './kernel.ts'
import { entry, pageLockOf, type Vma } from './mm.ts'
import { range } from './range.ts'
import { closeSection, openSection } from './section.ts'
import { vmaEndWrite, vmaStartWrite } from './vma-lock.ts'
import { flushSecondaryTlbs } from './zap.ts'

/** mm/khugepaged.c:collapse_pte_mapped_thp of a VMA. */
export function collapsePteMappedThpProcedure(kernel: Kernel): Procedure<[Vma], void> {
  const { mm, facts } = kernel

  /** The entries go, and with each the mapping's reference; the page cache keeps its own. */
  function* clearEntries(vma: Vma): Body<void> {
    for (const va of vma.pages) {
      const pte = entry(mm, va)
      yield* atomically({
        assign: [
          ...mm.pages.refs.map((refs, i) => [refs, minus(refs, eq(pte, i + 1))] as const),
          [pte, 0],
        ],
        label: `pte_clear(${pte.name}), drop the mapping's reference`,
      })
    }
    yield* mark(TABLE_TAKEN)
    if (facts.secondaryTlbs === 'arch-flush') yield* flushSecondaryTlbs(mm, vma.pages)
  }

  function* collapse(vma: Vma): Body<void> {
    if (!facts.collapseNotifies) {
      yield* clearEntries(vma)
      return
    }
    yield* downWrite(mm.rmapLock)
    const r = range('CLEAR', vma.pages, { blockable: true })
    yield* openSection(kernel, r)
    yield* clearEntries(vma)
    yield* closeSection(kernel, r)
    yield* upWrite(mm.rmapLock)
  }

  return procedure(
    'collapse_pte_mapped_thp',
    { at: 'mm/khugepaged.c:collapse_pte_mapped_thp', versions: '5.4..6.5' },
    function* (vma) {
      if (!(yield* downWriteTrylock(mm.mmapLock))) return
      const huge = yield* load(mm.cache?.[vma.pages[0] ?? 0] ?? entry(mm, vma.pages[0] ?? 0))
      if (huge && (yield* load(vma.mapped))) {
        yield* vmaStartWrite(vma)
        const lock = pageLockOf(mm, huge)
        yield* mutexLock(lock)
        yield* collapse(vma)
        yield* mutexUnlock(lock)
        yield* vmaEndWrite(vma)
      }
      yield* upWrite(mm.mmapLock)
    },
  )
}
