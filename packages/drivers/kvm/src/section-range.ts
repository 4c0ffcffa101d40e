/**
 * The range of hvas that is being invalidated (4a42d848db95, 5.12): that of the first open section, widened by every further
 * one, and not narrowed before the last is over. A fault outside of it need not wait for the sections.
 */
import type { Range } from '@mmulab/core'
import { and, type Expr, eq, le, lt, type Variable, variable, when } from '@mmulab/model'

export interface SectionRange {
  /** mmu_notifier_range_start and _end; [start, end) in virtual pages. */
  readonly start: Variable
  readonly end: Variable
  /** What a start over `range` does to it, given the count before that start. */
  widen(count: Variable, range: Range): (readonly [Variable, Expr])[]
  /** The hva is in the range; says something only while a section is open. */
  covers(va: number): Expr
}

export function sectionRange(label: string, pages: number): SectionRange {
  const start = variable(`${label}.mmu_notifier_range_start`, { max: pages })
  const end = variable(`${label}.mmu_notifier_range_end`, { max: pages })
  return {
    start,
    end,
    widen(count, range) {
      const first = Math.min(...range.pages)
      const past = Math.max(...range.pages) + 1
      const none = eq(count, 0)
      return [
        [start, when(none, first, when(le(first, start), first, start))],
        [end, when(none, past, when(le(end, past), past, end))],
      ]
    },
    covers: (va) => and(le(start, va), lt(va, end)),
  }
}
