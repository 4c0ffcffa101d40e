/** A section as the mm sees it: start, the page-table edits of the caller, end. */
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
