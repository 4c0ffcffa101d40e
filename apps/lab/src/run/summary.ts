/** The result of a cell without its world, which cannot be sent: procedures are code. */
import type { CellReport } from '@mmulab/compare'

export interface CellSummary
  extends Pick<CellReport, 'name' | 'result' | 'tokens' | 'fairToken' | 'notCovered'> {
  readonly milliseconds: number
  /** Workers that the checker started, beside its own. */
  readonly helpers: number
}

export function summarise(report: CellReport, milliseconds: number, helpers: number): CellSummary {
  const { name, result, tokens, fairToken, notCovered } = report
  return {
    name,
    result,
    tokens,
    ...(fairToken !== undefined && { fairToken }),
    notCovered,
    milliseconds,
    helpers,
  }
}
