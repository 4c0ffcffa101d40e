/**
 * Reclaim of one mapped page, by kswapd or by the task whose allocation ran into direct reclaim: page lock by trylock,
 * the rmap lock for read, and a section per mapping. No mmap_lock, but possibly any lock of the allocating task.
 *
 * Left out: VM_LOCKED, writing the page out, pages that are in the swap cache already.
 */
import {
  atomically,
  type Body,
  call,
  choose,
  downRead,
  type Expr,
  eq,
  GFP_KERNEL,
  type Gfp,
  minus,
  mutexTrylock,
  mutexUnlock,
  type Procedure,
  plus,
  procedure,
  read,
  upRead,
} from '@mmulab/model'
import type { Kernel } from './kernel.ts'
import { entry, pageLockOf } from './mm.ts'
import { isPinned, type PageNumber, putPage, refcountOf } from './pages.ts'
import { range } from './range.ts'
import { closeSection, openSection } from './section.ts'
import { flushSecondaryTlbs } from './zap.ts'

export interface UnmapOptions {
  /** Pages whose mapping stays; by default none are. It is asked after start (VM_LOCKED in the kernel). */
  readonly mlocked?: (page: PageNumber) => Expr
}

/** mm/rmap.c:try_to_unmap_one for a page mapped at `va`. The caller holds the page lock, the rmap lock and a reference. */
export function tryToUnmapOneProcedure(
  kernel: Kernel,
  { mlocked }: UnmapOptions = {},
): Procedure<[PageNumber, number], void> {
  const { mm, facts } = kernel
  return procedure('try_to_unmap_one', 'mm/rmap.c:try_to_unmap_one', function* (page, va) {
    const r = range('CLEAR', [va], { blockable: true, mayFail: facts.unmapMayFail })
    yield* openSection(kernel, r)
    if (mlocked && (yield* read(mlocked(page), `is page${page} mlocked?`))) {
      yield* closeSection(kernel, r)
      return
    }
    const pte = entry(mm, va)
    const refs = refcountOf(mm.pages, page)
    const there = eq(pte, page)
    yield* atomically({
      assign: [
        [pte, { k: 'if', c: there, a: { k: 'num', n: 0 }, b: { k: 'var', v: pte } }],
        [refs, minus(refs, there)],
      ],
      label: `ptep_clear_flush(${pte.name}), drop the mapping's reference`,
    })
    if (facts.secondaryTlbs === 'arch-flush') yield* flushSecondaryTlbs(mm, [va])
    yield* closeSection(kernel, r)
  })
}

function tryToUnmapProcedure(kernel: Kernel): Procedure<[PageNumber, number], void> {
  const { mm } = kernel
  return procedure('try_to_unmap', 'mm/rmap.c:try_to_unmap', function* (page, va) {
    yield* downRead(mm.rmapLock)
    yield* call(kernel.procs.tryToUnmapOne, page, va)
    yield* upRead(mm.rmapLock)
  })
}

/** mm/vmscan.c:shrink_page_list for one page of the mm, whichever the LRU offers. */
export function shrinkPageListProcedure(kernel: Kernel): Procedure<[Gfp], void> {
  const { mm, facts } = kernel
  const tryToUnmap = tryToUnmapProcedure(kernel)
  return procedure('shrink_page_list', 'mm/vmscan.c:shrink_page_list', function* () {
    const va = yield* anyOf(mm.virtualPages)
    const pte = entry(mm, va)
    const page = yield* atomically({
      assign: mm.pages.refs.map((refs, i) => [refs, plus(refs, eq(pte, i + 1))] as const),
      answer: pte,
      label: `isolate the page at ${pte.name}`,
    })
    if (!page) return
    const lock = pageLockOf(mm, page)
    if (yield* mutexTrylock(lock)) {
      const pinned =
        facts.reclaimSkipsPinned &&
        (yield* read(isPinned(mm.pages, page), `page_maybe_dma_pinned(page${page})`))
      if (!pinned) yield* call(tryToUnmap, page, va)
      yield* mutexUnlock(lock)
    }
    // Freed if this was the last reference; a page that somebody pins goes back to the LRU.
    yield* putPage(mm.pages, page)
  })
}

function* anyOf(list: readonly number[]): Body<number> {
  if (list.length === 1) return list[0] ?? 0
  const i = yield* choose(
    'the page at the tail of the LRU',
    list.map((va) => `pte[${va}]`),
  )
  return list[i] ?? 0
}

/** kswapd for one page. */
export function kswapdProcedure(kernel: Kernel): Procedure<[], void> {
  const shrink = shrinkPageListProcedure(kernel)
  return procedure('kswapd', 'mm/vmscan.c:balance_pgdat', function* () {
    yield* call(shrink, GFP_KERNEL)
  })
}
