/** What was left out of a cell, and what is left of it. */
import type { CellReport, Smallest } from '@mmulab/compare'
import type { Bounds } from '@mmulab/core'
import type { ClaimId } from '@mmulab/model'
import { isPartlyKnown, markOf } from './claims.ts'
import { count, indent, listed, wrap } from './text.ts'

type BySmallest = ReadonlyMap<ClaimId, Smallest>

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
}

export function smallestText(of: BySmallest, width: number): string[] {
  if (of.size === 0) return []
  const lines = [...of.values()].flatMap(({ claim, report, dropped }) => {
    const { steps = 0 } = report.result.claims[claim]
    const size = `${claim}${markOf(report.cell.policy)}: ${count(steps, 'step')} in ${count(report.result.states, 'state')}`
    const left = dropped.length ? `without ${listed(dropped)}` : 'nothing can be left out'
    return indent(wrap(`${size}, ${left}`, width - 4, 2), 2)
  })
  return ['Smallest cells that break in the same way', ...lines]
}

export const smallestJson = (of: BySmallest): Partial<Record<ClaimId, SmallestJson>> =>
  Object.fromEntries([...of.values()].map((s) => [s.claim, oneJson(s)]))

function oneJson({ claim, report, dropped }: Smallest): SmallestJson {
  const { name, cell, result, tokens }: CellReport = report
  const { steps, switches } = result.claims[claim]
  const token = tokens.get(claim)
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
