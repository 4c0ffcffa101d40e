/** Makes the cell of each broken promise smaller, as long as it breaks in the same way. */
import { type CellReport, type Lab, type Smallest, smallest } from '@mmulab/compare'
import type { ClaimId } from '@mmulab/model'
import type { Io } from './io.ts'
import type { Limits } from './limits.ts'
import { progressLine } from './progress.ts'

/** Ctrl-C leaves what was reached so far, which is smaller than the cell but perhaps not the smallest. */
export async function shrink(
  lab: Lab,
  reports: readonly CellReport[],
  how: { readonly limits: Limits; readonly quiet?: boolean | undefined },
  io: Io,
): Promise<Map<ClaimId, Smallest>> {
  let interrupted = false
  const stopListening = io.onInterrupt(() => {
    interrupted = true
  })
  const line = progressLine(io, !how.quiet)
  const found = new Map<ClaimId, Smallest>()
  const broken = reports.flatMap((report) =>
    [...report.tokens.keys()].map((claim) => ({ report, claim })),
  )
  const claims = broken.filter(({ claim }) => claim !== 'bound')
  // The time limit is for the cell itself.
  const { maxTime: _, pairs: __, all: ___, ...options } = how.limits
  const shouldStop = (): boolean => interrupted
  try {
    for (const [i, { report, claim }] of claims.entries()) {
      const slices = smallest(lab, report, claim, { ...options, shouldStop })
      let slice = slices.next()
      while (!slice.done) {
        line.show(i + 1, claims.length, `the smallest cell that breaks ${claim}`, slice.value)
        await io.pause()
        slice = slices.next()
      }
      found.set(claim, slice.value)
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
  smaller: ReadonlyMap<ClaimId, Smallest> | undefined,
): CellReport {
  if (!smaller) return report
  const tokens = new Map(report.tokens)
  for (const { claim, report: left } of smaller.values()) {
    const token = left.tokens.get(claim)
    if (token !== undefined) tokens.set(claim, token)
  }
  return { ...report, tokens }
}
