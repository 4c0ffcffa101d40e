/** Makes the cell of everything that is broken smaller, as long as it breaks in the same way. */
import { allBroken, type CellReport, type Lab, type Smallest, smallest } from '@mmulab/compare'
import type { Io } from './io.ts'
import type { Limits } from './limits.ts'
import { progressLine } from './progress.ts'

/** Ctrl-C leaves what was reached so far, which is smaller than the cell but perhaps not the smallest. */
export async function shrink(
  lab: Lab,
  reports: readonly CellReport[],
  how: { readonly limits: Limits; readonly quiet?: boolean | undefined },
  io: Io,
): Promise<Smallest[]> {
  let interrupted = false
  const stopListening = io.onInterrupt(() => {
    interrupted = true
  })
  const line = progressLine(io, !how.quiet)
  const found: Smallest[] = []
  const broken = reports.flatMap((report) => allBroken(report).map((b) => ({ report, ...b })))
  // The time limit is for the cell itself.
  const { maxTime: _, pairs: __, all: ___, ...options } = how.limits
  const shouldStop = (): boolean => interrupted
  try {
    for (const [i, { report, ...b }] of broken.entries()) {
      const slices = smallest(lab, report, b, { ...options, shouldStop })
      let slice = slices.next()
      while (!slice.done) {
        line.show(i + 1, broken.length, `the smallest cell that breaks ${b.claim}`, slice.value)
        await io.pause()
        slice = slices.next()
      }
      found.push(slice.value)
    }
  } finally {
    stopListening()
    line.clear()
  }
  return found
}

/** The stories of the smallest cells take the place of those of the cell. */
export function withSmaller(
  report: CellReport,
  smaller: readonly Smallest[] | undefined,
): CellReport {
  if (!smaller) return report
  const tokens = new Map(report.tokens)
  const otherTokens = new Map(report.otherTokens)
  let { fairToken } = report
  const seen = new Set<string>()
  for (const { claim, fair, token } of smaller) {
    if (token === undefined) continue
    if (fair) fairToken = token
    else if (!seen.has(claim)) tokens.set(claim, token)
    else otherTokens.set(claim, [...(otherTokens.get(claim) ?? []).slice(1), token])
    if (!fair) seen.add(claim)
  }
  return { ...report, tokens, otherTokens, ...(fairToken !== undefined && { fairToken }) }
}
