/**
 * Reclaim of one mapped page, by kswapd or by the task whose allocation ran into direct reclaim: page lock by trylock,
 * the rmap lock for read, and a section per mapping. No mmap_lock, but possibly any lock of the allocating task.
 *
 * Left out: VM_LOCKED, writing the page out, pages that are in the swap cache already; that 6.1 and later look for pins once more after the
 * unmapping, since a pinned page has a reference and is not freed; MADV_PAGEOUT and compaction, which reclaim and migrate in the same way.
 */
import {
  and,
  atomically,
  type Body,
  call,
  choose,
  eq,
  FS_RECLAIM,
  GFP_KERNEL,
  type Gfp,
  lockMapAcquire,
  lockMapRelease,
  memallocRestore,
  memallocSave,
  mutexTrylock,
  mutexUnlock,
  ne,
  type Procedure,
  plus,
  procedure,
  read,
  type Variable,
  when,
} from '@mmulab/model'
import type { Kernel } from './kernel.ts'
import { entry, type Mm, pageLockOf } from './mm.ts'
import { isPinned, type PageNumber, putPage, refcountOf } from './pages.ts'
import { tryToUnmapProcedure } from './rmap.ts'

/** mm/vmscan.c:shrink_page_list for one page of the mm, whichever the LRU offers. */
export function shrinkPageListProcedure(kernel: Kernel): Procedure<[Gfp], void> {
  const { mm, facts } = kernel
  const tryToUnmap = tryToUnmapProcedure(kernel)
  return procedure('shrink_page_list', 'mm/vmscan.c:shrink_page_list', function* (gfp) {
    const va = yield* anyOf(mm.virtualPages, 'the page at the tail of the LRU')
    const page = yield* isolate(mm, entry(mm, va))
    if (!page) return
    const lock = pageLockOf(mm, page)
    if (yield* mutexTrylock(lock)) {
      const pinned =
        facts.reclaimSkipsPinned &&
        (yield* read(isPinned(mm.pages, page), `page_maybe_dma_pinned(page${page})`))
      if (!pinned && (yield* mayBeSwapped(page, gfp))) yield* call(tryToUnmap, page, va)
      yield* mutexUnlock(lock)
    }
    // Freed if this was the last reference; a page that somebody pins goes back to the LRU.
    yield* putPage(mm.pages, page)
  })
}

/** Without __GFP_IO an anonymous page is left alone, unless it is in the swap cache already: both are followed. */
function* mayBeSwapped(page: PageNumber, { io }: Gfp): Body<boolean> {
  if (io) return true
  return (yield* choose(`page${page}`, ['is in the swap cache', 'would need I/O'])) === 0
}

/** mm/vmscan.c:isolate_lru_page of what a page-table entry, or a page cache, has: with a reference of the caller's own. */
export const isolate = (mm: Mm, where: Variable): Body<number> =>
  atomically({
    assign: mm.pages.refs.map((refs, i) => [refs, plus(refs, eq(where, i + 1))] as const),
    answer: where,
    label: `isolate the page at ${where.name}`,
  })

/** One of the virtual pages, whichever; no choice where there is one. */
export function* anyOf(list: readonly number[], what: string): Body<number> {
  if (list.length === 1) return list[0] ?? 0
  const i = yield* choose(
    what,
    list.map((va) => `pte[${va}]`),
  )
  return list[i] ?? 0
}

/**
 * The same for a page of a file: it is unmapped if some entry has it, and leaves the page cache if nobody else has a reference. A page
 * without mappings is dropped without a section: nobody is taken to use it.
 */
function shrinkCachedPageProcedure(kernel: Kernel): Procedure<[Gfp], void> {
  const { mm } = kernel
  const tryToUnmap = tryToUnmapProcedure(kernel)
  /** mm/vmscan.c:__remove_mapping: the cache's reference and the caller's are the last two. */
  const removeMapping = (page: PageNumber, va: number, cached: Variable): Body<number> => {
    const refs = refcountOf(mm.pages, page)
    const last = and(eq(cached, page), ne(entry(mm, va), page), eq(refs, 2))
    return atomically({
      assign: [
        [cached, when(last, 0, cached)],
        [refs, when(last, 0, refs)],
      ],
      answer: last,
      label: `__remove_mapping(page${page})`,
    })
  }
  return procedure('shrink_page_list', 'mm/vmscan.c:shrink_page_list', function* () {
    const va = yield* anyOf(mm.virtualPages, 'the page at the tail of the LRU')
    const cached = mm.cache?.[va]
    if (!cached) throw new Error('there is no page cache here')
    const page = yield* isolate(mm, cached)
    if (!page) return
    const lock = pageLockOf(mm, page)
    if (yield* mutexTrylock(lock)) {
      if (yield* read(eq(entry(mm, va), page), `page_mapped(page${page})`))
        yield* call(tryToUnmap, page, va)
      const gone = yield* removeMapping(page, va, cached)
      yield* mutexUnlock(lock)
      if (gone) return
    }
    yield* putPage(mm.pages, page)
  })
}

/**
 * kswapd for one page; what a callback allocates there does not reclaim again (PF_MEMALLOC). It reclaims with __GFP_FS, and takes fs_reclaim
 * alone, without the map of sections: __fs_reclaim_acquire(). d92a8cfcb37e (4.14), which made a map of what had been a state of locks, lost
 * that until 93781325da6e (4.18); the state is the same map here.
 */
export function kswapdProcedure(kernel: Kernel): Procedure<[], void> {
  const { facts } = kernel
  const shrink = kernel.mm.cache
    ? shrinkCachedPageProcedure(kernel)
    : shrinkPageListProcedure(kernel)
  return procedure('kswapd', 'mm/vmscan.c:balance_pgdat', function* () {
    yield* memallocSave()
    if (facts.kswapdInFsReclaim) yield* lockMapAcquire(FS_RECLAIM)
    yield* call(shrink, GFP_KERNEL)
    if (facts.kswapdInFsReclaim) yield* lockMapRelease(FS_RECLAIM)
    yield* memallocRestore()
  })
}
