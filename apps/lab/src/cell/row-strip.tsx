/** The same drivers in the same scenario under the other policies: the row of the matrix that the open cell stands in. */
import { type CellName, formatCell, isCell } from '@mmulab/compare'
import { lab } from '../plugins.ts'
import type { Runner } from '../run/runner.ts'
import { standpoint } from '../standing.ts'
import { StandingTag } from '../standing-tag.tsx'

export interface RowStripProps {
  readonly name: CellName
  readonly policies: readonly string[]
  readonly runner: Runner
  readonly open: (name: CellName) => void
}

export function RowStrip({ name, policies, runner, open }: RowStripProps) {
  const known = policies.includes(name.policy) ? policies : [name.policy, ...policies]
  const all = known.filter((policy) => isCell(lab, { ...name, policy }))
  return (
    <nav class="strip" aria-label="The same under other policies">
      {all.map((policy) => {
        const cell = { ...name, policy }
        const outcome = runner.results.get(formatCell(cell))
        return (
          <button
            key={policy}
            type="button"
            class={standpoint(outcome).tone}
            aria-current={policy === name.policy ? 'page' : undefined}
            onClick={() => open(cell)}
          >
            <code>{policy}</code> <StandingTag outcome={outcome} />
          </button>
        )
      })}
    </nav>
  )
}
