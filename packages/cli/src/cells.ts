/** Runs cells one after another, in slices, so that Ctrl-C is heard and progress is seen. */
import type { CheckOptions } from '@mmulab/checker'
import { type CellName, type CellReport, type Lab, runCell } from '@mmulab/compare'
import { type MatrixCell, standing } from '@mmulab/report'
import { EXIT } from './exit.ts'
import type { Io } from './io.ts'
import { progressLine } from './progress.ts'

export type Limits = Pick<CheckOptions, 'maxBytes' | 'maxStates'>

export interface Ran {
  readonly cells: readonly MatrixCell[]
  readonly reports: readonly CellReport[]
  /** Ctrl-C: the cell that was running is unfinished, the others have not been run. */
  readonly interrupted: boolean
}

export async function runCells(
  lab: Lab,
  names: readonly CellName[],
  { limits, quiet = false }: { readonly limits: Limits; readonly quiet?: boolean | undefined },
  io: Io,
): Promise<Ran> {
  let interrupted = false
  const stopListening = io.onInterrupt(() => {
    interrupted = true
  })
  const line = progressLine(io, !quiet)
  const cells: MatrixCell[] = []
  try {
    for (const [i, name] of names.entries()) {
      if (interrupted) {
        cells.push({ name, report: undefined })
        continue
      }
      const what = `${name.policy} ${name.drivers.join('+')} ${name.scenario}`
      line.show(i + 1, names.length, what)
      const slices = runCell(lab, name, { ...limits, shouldStop: () => interrupted })
      let slice = slices.next()
      while (!slice.done) {
        line.show(i + 1, names.length, what, slice.value)
        await io.pause()
        slice = slices.next()
      }
      cells.push({ name, report: slice.value })
    }
  } finally {
    stopListening()
    line.clear()
  }
  const reports = cells.flatMap((c) => (c.report ? [c.report] : []))
  return { cells, reports, interrupted }
}

/** A broken promise counts more than an unfinished search, but whoever interrupts a run knows that it is not the whole. */
export function statusOf({ cells, reports, interrupted }: Ran): number {
  if (interrupted) return EXIT.unfinished
  const standings = reports.map((r) => standing(r.result))
  if (standings.includes('violated')) return EXIT.violated
  return standings.every((s) => s === 'holds') && reports.length === cells.length
    ? EXIT.holds
    : EXIT.unfinished
}
