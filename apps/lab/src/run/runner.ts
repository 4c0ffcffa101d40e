/**
 * Keeps one worker busy with the cells that the page wants and has no results of yet. Results are kept as long as the page is
 * open: a change of the selection runs only what is new.
 */
import { type CellName, formatCell } from '@mmulab/compare'
import type { Problem } from '../problem.ts'
import type { Reply, Request } from './protocol.ts'
import type { CellSummary } from './summary.ts'

export type Outcome = { readonly summary: CellSummary } | { readonly problem: Problem }

export interface Running {
  readonly key: string
  readonly explored: number
  readonly milliseconds: number
}

export interface Runner {
  readonly results: ReadonlyMap<string, Outcome>
  readonly running: Running | undefined
  /** Told to stop; `resume` goes on. */
  readonly stopped: boolean
  /** These cells, in this order. A running cell that is not the first of them that is missing goes on if it is among them. */
  want(cells: readonly CellName[], urgent: CellName | undefined): void
  stop(): void
  resume(): void
}

/**
 * @param changed called whenever something above has changed
 * @param processors how many workers may be busy with a cell
 */
export function createRunner(
  start: () => Worker,
  changed: () => void,
  processors: number = 1,
): Runner {
  const results = new Map<string, Outcome>()
  let worker: Worker | undefined
  let running: Running | undefined
  let stopped = false
  let wanted: readonly CellName[] = []

  const missing = (): CellName[] => wanted.filter((c) => !results.has(formatCell(c)))

  const giveUp = (): void => {
    worker?.terminate()
    worker = undefined
    running = undefined
  }

  const settle = (key: string, outcome: Outcome): void => {
    results.set(key, outcome)
    running = undefined
    next()
  }

  function next(): void {
    const name = stopped || running ? undefined : missing()[0]
    if (name) {
      const key = formatCell(name)
      running = { key, explored: 0, milliseconds: 0 }
      worker ??= start()
      worker.onmessage = ({ data }: MessageEvent<Reply>) => {
        if (data.kind === 'progress') {
          running = { key, explored: data.explored, milliseconds: data.milliseconds }
          changed()
        } else settle(key, data)
      }
      worker.onerror = (e) => {
        giveUp()
        const message = `The worker of this page failed: ${e.message || 'it could not be loaded'}`
        settle(key, { problem: { message, known: [], hint: 'Reload the page.' } })
      }
      const request: Request = { name, processors }
      worker.postMessage(request)
    }
    changed()
  }

  return {
    results,
    get running() {
      return running
    },
    get stopped() {
      return stopped
    },
    want(cells, urgent) {
      wanted = urgent ? [urgent, ...cells] : cells
      const keys = missing().map(formatCell)
      const hurry = urgent && keys[0] === formatCell(urgent)
      if (running && (!keys.includes(running.key) || (hurry && keys[0] !== running.key))) giveUp()
      next()
    },
    stop() {
      stopped = true
      giveUp()
      changed()
    },
    resume() {
      stopped = false
      next()
    },
  }
}
