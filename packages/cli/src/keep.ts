/** Checkpoints while a cell is run: now and then, when the search is over, and when somebody ends it early. */
import type { Checkpoint, Progress } from '@mmulab/checker'
import { LabError } from '@mmulab/model'
import { writeCheckpoint } from './checkpoint.ts'
import { errorText } from './errors.ts'
import type { Io } from './io.ts'

export interface Keeping {
  /** The cell as `formatCell` writes it. */
  readonly cell: string
  /** Where they go now and then; without it, only what there is at Ctrl-C is kept. */
  readonly file?: string | undefined
  /** Where they go at Ctrl-C when no file was named; nowhere by default. */
  readonly fallback?: string | undefined
  /** Milliseconds between two. */
  readonly every?: number | undefined
}

export interface Keeper {
  /** The check has come this far; `ending`: it is about to be ended early, by Ctrl-C (true) or for a reason. */
  see(progress: Progress, ending: boolean | string): void
  /** The file with all that has been done so far. */
  readonly kept: string | undefined
  /** The last attempt to write failed. */
  readonly failed: boolean
}

const EVERY = 60_000
/** Writing may take no more than this part of the time. */
const SHARE = 20

export function createKeeper(io: Io, keeping: Keeping): Keeper {
  const { cell, file, fallback, every = EVERY } = keeping
  let last = io.now()
  let pause = every
  /** What was written last, and what could not be. */
  let written: Progress | undefined
  let kept: string | undefined
  let failed = false

  const write = (to: string, checkpoint: Checkpoint, progress: Progress): void => {
    const began = io.now()
    try {
      writeCheckpoint(io, to, { cell, checkpoint })
      kept = to
      failed = false
    } catch (error) {
      if (!(error instanceof LabError)) throw error
      if (!failed) io.err(errorText(error))
      failed = true
      kept = undefined
    }
    written = progress
    last = io.now()
    pause = Math.max(every, SHARE * (last - began))
  }

  const isWritten = (p: Progress): boolean =>
    written?.explored === p.explored && written.waiting === p.waiting && !failed

  return {
    get kept() {
      return kept
    },
    get failed() {
      return failed
    },
    see(progress, ending) {
      const to = file ?? (ending === true ? fallback : undefined)
      if (to === undefined || !progress.save || isWritten(progress)) return
      const due = io.now() - last >= pause
      if (ending !== false || due || (progress.isSearched && !progress.judging))
        write(to, progress.save(), progress)
    },
  }
}
