/**
 * A section as the mm sees it: start, the page-table edits of the caller, end.
 *
 * Left out: paths that open sections and have no model. Uprobes, userfaultfd's MOVE and the scan of the pagemap edit entries as mprotect(), copy on
 * write, mremap() and clear_refs do, under mmap_lock for read or rmap locks, as others here. migrate_vma and device-exclusive entries
 * carry an owner (MIGRATE, EXCLUSIVE), whose driver leaves its own sections alone, and no driver here has memory of its own. What hugetlb does beside
 * migration widens its range for page tables that are shared, and none are shared here; munlock (to 5.x) unmaps nothing.
 */
import { atomically, type Body, call, minus, plus } from '@mmulab/model'
import type { Kernel } from './kernel.ts'
import type { Mm } from './mm.ts'
import type { Range } from './range.ts'
import { forgetStarts } from './subscription.ts'

/** Claims speak of moments in which no section is open: what is being opened or closed counts as open. */
export const countSection = (mm: Mm, range: Range, delta: 1 | -1, label: string): Body<number> =>
  atomically({
    assign: mm.open
      .filter((_, va) => range.pages.includes(va))
      .map((n) => [n, delta > 0 ? plus(n, 1) : minus(n, 1)] as const),
    label,
  })

export interface OpenOptions {
  /** Who is refused calls end all the same: no mainline kernel. */
  readonly endsRefused?: boolean
}

/** Opens a section; answers 0, or -EAGAIN for a non-blockable one, which then is not open. */
export function* openSection(
  kernel: Kernel,
  range: Range,
  { endsRefused = false }: OpenOptions = {},
): Body<number> {
  const { mm, procs } = kernel
  yield* countSection(mm, range, 1, `section over ${pagesOf(range)} begins`)
  if (range.blockable) {
    yield* call(procs.invalidateRangeStart, range)
    return 0
  }
  const refused = yield* call(procs.invalidateRangeStartNonblock, range)
  if (refused && !endsRefused) {
    yield* forgetStarts(kernel, range)
    yield* countSection(mm, range, -1, `no section over ${pagesOf(range)}`)
  }
  return refused
}

export function* closeSection(kernel: Kernel, range: Range): Body<void> {
  yield* call(kernel.procs.invalidateRangeEnd, range)
  // Who has left meanwhile is owed no end any more.
  yield* forgetStarts(kernel, range, (sub) => sub.hashed !== undefined)
  yield* countSection(kernel.mm, range, -1, `section over ${pagesOf(range)} is over`)
}

const pagesOf = (range: Range): string => `pte[${range.pages.join(',')}]`
