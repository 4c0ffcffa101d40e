/** How far the run is. Spoken aloud only when it is over: numbers that change all the time would drown everything else. */
import { type CellName, formatCell } from '@mmulab/compare'
import { count, grouped } from '@mmulab/report'
import type { Runner } from './runner.ts'

export interface ProgressLineProps {
  readonly cells: readonly CellName[]
  readonly runner: Runner
}

export function ProgressLine({ cells, runner }: ProgressLineProps) {
  const outcomes = cells.flatMap((c) => runner.results.get(formatCell(c)) ?? [])
  const summaries = outcomes.flatMap((o) => ('summary' in o ? [o.summary] : []))
  const { running, stopped } = runner
  const states = summaries.reduce((n, s) => n + s.result.states, running?.explored ?? 0)
  const spent = summaries.reduce((n, s) => n + s.milliseconds, running?.milliseconds ?? 0)
  const seconds = spent / 1000
  const done = outcomes.length === cells.length
  const rate = seconds > 0 ? Math.round(states / seconds / 1000) * 1000 : 0
  return (
    <div class="progress">
      <progress value={outcomes.length} max={Math.max(1, cells.length)} aria-label="Cells done" />
      <span class="numbers">
        {outcomes.length} of {count(cells.length, 'cell')} · {count(states, 'state')} ·{' '}
        {grouped(rate)} states/s · {seconds.toFixed(1)} s
      </span>
      {!done && (
        <button type="button" onClick={() => (stopped ? runner.resume() : runner.stop())}>
          {stopped ? 'Go on' : 'Stop'}
        </button>
      )}
      <span role="status" class="unseen">
        {done ? `All ${count(cells.length, 'cell')} are done` : ''}
      </span>
    </div>
  )
}
