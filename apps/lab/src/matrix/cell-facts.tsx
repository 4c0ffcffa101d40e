/** One line about the cell under the pointer or the focus: its size, and the verdict of every promise. */
import type { CellName } from '@mmulab/compare'
import { CLAIMS } from '@mmulab/model'
import { count, MARKS, verdictWords } from '@mmulab/report'
import { lab } from '../plugins.ts'
import type { Outcome } from '../run/runner.ts'
import { standpoint, summaryOf } from '../standing.ts'

export interface CellFactsProps {
  readonly name: CellName
  readonly outcome: Outcome | undefined
}

export function CellFacts({ name, outcome }: CellFactsProps) {
  const result = summaryOf(outcome)?.result
  const otherwise =
    outcome && 'problem' in outcome ? outcome.problem.message : standpoint(outcome).word
  return (
    <p class="facts">
      <span class="which">
        {name.policy} · {name.drivers.join('+')} · {name.scenario}
      </span>
      <span class="states">
        {result
          ? `${count(result.states, 'state')}, ${count(result.transitions, 'transition')}${result.reductions?.states === result.states ? ', reduced' : ''}`
          : otherwise}
      </span>
      {result && (
        <span class="verdicts">
          {CLAIMS.map((claim) => {
            const { verdict } = result.claims[claim]
            return (
              <span key={claim} class={`tag ${verdict}`}>
                <span aria-hidden="true">{MARKS[verdict]}</span> {claim}
                <span class="unseen">
                  {' '}
                  {verdictWords(result.claims[claim], lab.policy(name.policy))}
                </span>
              </span>
            )
          })}
        </span>
      )}
    </p>
  )
}
