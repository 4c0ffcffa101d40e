/** Runs cells one after another, in slices, so that Ctrl-C is heard and progress is seen. */

import type { Checkpoint } from '@mmulab/checker'
import { type CellName, type CellReport, formatCell, type Lab, runCell } from '@mmulab/compare'
import { CLAIMS, LabError } from '@mmulab/model'
import { grouped, type MatrixCell, standing, starves } from '@mmulab/report'
import { errorText } from './errors.ts'
import { EXIT } from './exit.ts'
import type { Io } from './io.ts'
import { createKeeper, type Keeping } from './keep.ts'
import { type Limits, timeWords } from './limits.ts'
import { progressLine } from './progress.ts'

export interface Ran {
  readonly cells: readonly MatrixCell[]
  readonly reports: readonly CellReport[]
  /** A checkpoint could not be written when it was needed. */
  readonly lost?: boolean
  /** Ctrl-C: the cell that was running is unfinished, the others have not been run. */
  readonly interrupted: boolean
}

export interface HowToRun {
  readonly limits: Limits
  readonly quiet?: boolean | undefined
  /** Lines of progress though stderr is no terminal. */
  readonly progress?: boolean | undefined
  /** Of one cell only. */
  readonly keep?: Keeping | undefined
  readonly resume?: Checkpoint | undefined
}

export async function runCells(
  lab: Lab,
  names: readonly CellName[],
  { limits, quiet = false, progress: plain = false, keep, resume }: HowToRun,
  io: Io,
): Promise<Ran> {
  let interrupted = false
  const stopListening = io.onInterrupt(() => {
    interrupted = true
  })
  const line = progressLine(io, !quiet, plain)
  const keeper = keep && createKeeper(io, keep)
  const cells: MatrixCell[] = []
  let stopped = false
  try {
    for (const [i, name] of names.entries()) {
      if (interrupted) {
        cells.push({ name, report: undefined })
        continue
      }
      const what = `${name.policy} ${name.drivers.join('+')} ${name.scenario}`
      line.show(i + 1, names.length, what)
      const { maxTime = Number.POSITIVE_INFINITY, ...options } = limits
      const { maxBytes = Number.POSITIVE_INFINITY } = limits
      const began = io.now()
      const reason = (): boolean | string =>
        interrupted ||
        (io.now() - began >= maxTime && `the time limit of ${timeWords(maxTime)} was met`) ||
        (io.memory() > maxBytes && memoryWords(maxBytes, io.memory()))
      // Decided here and nowhere else, so that nothing ends before its checkpoint is written.
      let why = reason()
      const slices = runCell(lab, name, { ...options, shouldStop: () => why, resume })
      let slice = slices.next()
      while (!slice.done) {
        line.show(i + 1, names.length, what, slice.value)
        await slice.value.wait
        await io.pause()
        why = reason()
        keeper?.see(slice.value, why)
        slice = slices.next()
      }
      stopped ||= why !== false
      cells.push({ name, report: slice.value })
    }
  } finally {
    stopListening()
    line.clear()
  }
  const reports = cells.flatMap((c) => (c.report ? [c.report] : []))
  const isWhole = !stopped && reports.every((r) => r.result.complete)
  if (keeper?.kept !== undefined && !isWhole) io.err(goOnWords(keeper.kept))
  return { cells, reports, interrupted, ...(keeper?.failed && !isWhole && { lost: true }) }
}

/** The limit is for all that the process takes; states and what finds them are kept below it beforehand. */
const memoryWords = (limit: number, taken: number): string =>
  `the memory limit of ${mebibytes(limit)} was met: the process takes ${mebibytes(taken)}`

const mebibytes = (n: number): string => `${grouped(Math.round(n / 2 ** 20))} MiB`

const goOnWords = (file: string): string =>
  `mmulab: Not finished. To go on from here:\n  mmulab check --resume ${file}\n`

/**
 * The exit status of what was run. A broken promise counts more than an unfinished search, but whoever interrupts a run knows
 * that it is not the whole. A variable that left its domain is nobody's broken promise: the plugin that declared it
 * has to give it more room, and is told so.
 */
export function conclude({ cells, reports, interrupted, lost }: Ran, io: Io): number {
  const cramped = reports.filter((r) => r.result.claims.bound.verdict === 'violated')
  for (const report of cramped) io.err(errorText(boundExceeded(report)))
  if (lost) return EXIT.output
  if (interrupted) return EXIT.unfinished
  if (reports.some(isBroken)) return EXIT.violated
  if (cramped.length > 0) return EXIT.plugin
  const holds = reports.every((r) => standing(r.result) === 'holds')
  return holds && reports.length === cells.length ? EXIT.holds : EXIT.unfinished
}

const isBroken = ({ result }: CellReport): boolean =>
  starves(result) ||
  CLAIMS.some((claim) => claim !== 'bound' && result.claims[claim].verdict === 'violated')

const boundExceeded = ({ name, result }: CellReport): LabError =>
  new LabError({
    code: 'BOUND_EXCEEDED',
    kind: 'plugin',
    message: `A domain is too small: ${result.claims.bound.message}.`,
    where: formatCell(name),
    hint: 'Give the variable a larger domain where the plugin declares it; what comes after was not explored.',
  })
