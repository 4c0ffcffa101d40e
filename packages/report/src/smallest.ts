/** What was left out of a cell, and what is left of it. */
import type { CellReport, Smallest } from '@mmulab/compare'
import type { Bounds } from '@mmulab/core'
import type { ClaimId } from '@mmulab/model'
import { FAIR_PROGRESS, isPartlyKnown, markOf } from './claims.ts'
import { count, indent, listed, wrap } from './text.ts'

export interface SmallestJson {
  readonly drivers: readonly string[]
  readonly bounds: Bounds
  /** Tasks that do not run. */
  readonly without: readonly string[]
  readonly dropped: readonly string[]
  readonly states: number
  /** The text of the policy is known in part. */
  readonly partlyKnown?: true
  readonly steps?: number
  readonly switches?: number
  readonly schedule?: string
  /** Where all causes were asked for. */
  readonly others?: readonly SmallestJson[]
}

export function smallestText(all: readonly Smallest[], width: number): string[] {
  if (all.length === 0) return []
  const lines = all.flatMap(({ claim, fair, report, found, dropped }) => {
    const what = `${fair ? FAIR_PROGRESS : claim}${markOf(report.cell.policy)}`
    const { states } = report.result
    // Lock order is seen in what tasks do, not in a run.
    const size = found.schedule
      ? `${count(found.steps ?? 0, 'step')} in ${count(states, 'state')}`
      : count(states, 'state')
    const left = dropped.length ? `without ${listed(dropped)}` : 'nothing can be left out'
    return indent(wrap(`${what}: ${size}, ${left}`, width - 4, 2), 2)
  })
  return ['Smallest cells that break in the same way', ...lines]
}

/** By claim, or `fair`. */
export function smallestJson(
  all: readonly Smallest[],
): Partial<Record<ClaimId | 'fair', SmallestJson>> {
  const by: Partial<Record<ClaimId | 'fair', SmallestJson>> = {}
  for (const s of all) {
    const key = s.fair ? 'fair' : s.claim
    const first = by[key]
    by[key] = first ? { ...first, others: [...(first.others ?? []), oneJson(s)] } : oneJson(s)
  }
  return by
}

function oneJson({ report, dropped, found, token }: Smallest): SmallestJson {
  const { name, cell, result }: CellReport = report
  const { steps, switches } = found
  return {
    drivers: name.drivers,
    bounds: cell.bounds,
    without: name.less?.without ?? [],
    dropped,
    states: result.states,
    ...(isPartlyKnown(cell.policy) && { partlyKnown: true as const }),
    ...(steps !== undefined && { steps }),
    ...(switches !== undefined && { switches }),
    ...(token !== undefined && { schedule: token }),
  }
}
