/** One cell of the matrix: a symbol, the verdict in words, and which promises are broken. */
import { count } from '@mmulab/report'
import type { Outcome, Running } from '../run/runner.ts'
import { SYMBOL, standpoint } from '../standing.ts'

export interface MatrixCellProps {
  readonly id: string
  readonly outcome: Outcome | undefined
  readonly running: Running | undefined
  /** By Tab. */
  readonly reachable: boolean
  readonly open: () => void
  readonly focused: () => void
  readonly looked: (on: boolean) => void
}

export function MatrixCell(props: MatrixCellProps) {
  const { id, outcome, running, reachable, open, focused, looked } = props
  const { tone, word, broken, mark } = standpoint(outcome, running !== undefined)
  return (
    <td class={`cell ${tone}`} aria-busy={tone === 'running' || tone === 'waiting'}>
      <button
        type="button"
        data-key={id}
        tabIndex={reachable ? 0 : -1}
        onClick={open}
        onFocus={focused}
        onMouseEnter={() => looked(true)}
        onMouseLeave={() => looked(false)}
      >
        <span class="symbol" aria-hidden="true">
          {SYMBOL[tone]}
        </span>
        {broken.length > 0 && <span class="unseen">violated: </span>}
        <span class="word">
          {broken.join(', ') || word}
          {mark}
        </span>
        {running && running.explored > 0 && (
          <span class="so-far">{count(running.explored, 'state')}</span>
        )}
      </button>
    </td>
  )
}
