/** Runs cases: is the bug found where it was, and is its fixed twin clean? */
import { type CellName, type CellReport, finish, type Lab, runCell } from '@mmulab/compare'
import type { ClaimId } from '@mmulab/model'
import type { HistoryCase, Place } from './case.ts'

export type Status = 'found' | 'not found'
export type Twin = 'clean' | 'not clean' | 'not modelled'

export interface CaseResult {
  readonly case: HistoryCase
  readonly status: Status
  readonly fixedTwin: Twin
  /** Expected to break and did not, or expected to hold in the twin and did not. */
  readonly differs: readonly string[]
  readonly bug: CellReport
  readonly twin?: CellReport
  /** The story of the first broken promise. */
  readonly token: string | undefined
}

export function runCase(lab: Lab, c: HistoryCase): CaseResult {
  const bug = explore(lab, c.bug)
  const twin = c.fixed && explore(lab, c.fixed)
  const missing = c.breaks.filter((claim) => verdict(bug, claim) !== 'violated')
  const left = twin ? c.breaks.filter((claim) => verdict(twin, claim) !== 'holds') : []
  const differs = [
    ...missing.map((claim) => `${claim} is not broken in ${c.bug.policy}`),
    ...left.map((claim) => `${claim} does not hold in ${c.fixed?.policy}`),
  ]
  if (c.reapsNothing && mostReaped(bug) !== 0) differs.push(`pages are reaped in ${c.bug.policy}`)
  if (c.reapsNothing && twin && mostReaped(twin) === 0)
    differs.push(`nothing is reaped in ${c.fixed?.policy}`)
  if (c.starves && fairly(bug) !== 'violated') differs.push(`everybody finishes in ${c.bug.policy}`)
  if (c.starves && twin && fairly(twin) !== 'holds')
    differs.push(`somebody need not finish in ${c.fixed?.policy}`)
  const bugDiffers =
    missing.length > 0 ||
    (c.reapsNothing && mostReaped(bug) !== 0) ||
    (c.starves && fairly(bug) !== 'violated')
  const twinDiffers =
    left.length > 0 ||
    (c.reapsNothing && twin && mostReaped(twin) === 0) ||
    (c.starves && twin && fairly(twin) !== 'holds')
  const [first] = c.breaks
  return {
    case: c,
    status: bugDiffers ? 'not found' : 'found',
    fixedTwin: twin ? (twinDiffers ? 'not clean' : 'clean') : 'not modelled',
    differs,
    bug,
    ...(twin && { twin }),
    token: first ? bug.tokens.get(first) : bug.fairToken,
  }
}

const explore = (lab: Lab, p: Place): CellReport => finish(runCell(lab, nameOf(p)))

export const nameOf = (p: Place): CellName => ({
  policy: p.policy,
  drivers: p.drivers.split('+'),
  scenario: p.scenario,
  size: p.size ?? 'small',
})

const verdict = (r: CellReport, claim: ClaimId): string => r.result.claims[claim].verdict

const fairly = (r: CellReport): string => r.result.fair.verdict

const mostReaped = (r: CellReport): number | undefined =>
  r.result.measures.find((m) => m.claim === 'oom')?.max
