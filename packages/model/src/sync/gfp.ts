/**
 * Allocation contexts. An allocation that may reclaim directly can, when memory is short, run the reclaim path of the mm inside the
 * allocating task, under whatever locks it holds. PF_MEMALLOC (set by reclaim itself) keeps it from nesting.
 */
import {
  inContext,
  lockMapAcquire,
  lockMapRelease,
  memallocRestore,
  memallocSave,
  mightSleep,
} from '../context.ts'
import { minus, ne } from '../expr.ts'
import type { Body, LockInfo, Procedure } from '../op.ts'
import { atomically, choose, read } from '../ops.ts'
import { call } from '../procedure.ts'
import type { Variable } from '../variable.ts'

export interface Gfp {
  readonly name: string
  readonly directReclaim: boolean
  readonly io: boolean
  readonly fs: boolean
}

const gfp = (name: string, directReclaim: boolean, io: boolean, fs: boolean): Gfp => ({
  name,
  directReclaim,
  io,
  fs,
})

export const GFP_KERNEL: Gfp = gfp('GFP_KERNEL', true, true, true)
export const GFP_NOFS: Gfp = gfp('GFP_NOFS', true, true, false)
export const GFP_NOIO: Gfp = gfp('GFP_NOIO', true, false, false)
export const GFP_NOWAIT: Gfp = gfp('GFP_NOWAIT', false, false, false)
export const GFP_ATOMIC: Gfp = gfp('GFP_ATOMIC', false, false, false)

/** lockdep's pseudo lock for "may enter direct reclaim" with __GFP_FS (mm/page_alloc.c:fs_reclaim_acquire). */
export const FS_RECLAIM: LockInfo = { name: 'fs_reclaim', cls: 'map:fs_reclaim', sleeps: true }

export interface Allocator {
  /** How often memory may still be short in this world; undefined where every allocation succeeds at once. */
  readonly shortages: Variable | undefined
  /** What direct reclaim does. */
  readonly directReclaim: Procedure<[Gfp], unknown>
  /** A map that fs_reclaim_acquire() takes and drops whenever direct reclaim is allowed, __GFP_FS or not. */
  readonly reclaimMap?: LockInfo | undefined
}

/** mm/page_alloc.c:fs_reclaim_acquire. */
function* fsReclaimAcquire(a: Allocator, flags: Gfp): Body<void> {
  if (flags.fs) yield* lockMapAcquire(FS_RECLAIM)
  if (!a.reclaimMap) return
  yield* lockMapAcquire(a.reclaimMap)
  yield* lockMapRelease(a.reclaimMap)
}

function* fsReclaimRelease(flags: Gfp): Body<void> {
  if (flags.fs) yield* lockMapRelease(FS_RECLAIM)
}

/** mm/page_alloc.c:__alloc_pages_slowpath: the allocation itself always succeeds in the end; what matters is what it runs. */
export function* alloc(a: Allocator, flags: Gfp, what: string): Body<void> {
  if (!flags.directReclaim) return
  if (yield* inContext('memalloc')) return
  yield* mightSleep(`${what} (${flags.name})`)
  yield* fsReclaimAcquire(a, flags)
  yield* fsReclaimRelease(flags)
  if (!a.shortages) return
  if (!(yield* read(ne(a.shortages, 0), 'is memory short?'))) return
  const short = yield* choose(`${what} (${flags.name})`, ['a free page', 'direct reclaim'])
  if (!short) return
  // Another task may have had the last shortage meanwhile; then there is memory after all.
  const taken = yield* atomically({
    assign: [[a.shortages, minus(a.shortages, ne(a.shortages, 0))]],
    answer: ne(a.shortages, 0),
    label: `${a.shortages.name}--`,
  })
  if (!taken) return
  yield { kind: 'silent', effect: { type: 'reclaims', what: `${what} (${flags.name})` } }
  yield* memallocSave()
  yield* fsReclaimAcquire(a, flags)
  yield* call(a.directReclaim, flags)
  yield* fsReclaimRelease(flags)
  yield* memallocRestore()
}
