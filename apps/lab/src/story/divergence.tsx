/** Where two policies part, what each does there, and what is known of the other one beyond this schedule. */
import { listed } from '@mmulab/report'
import type { Outcome } from '../run/runner.ts'
import { StandingTag } from '../standing-tag.tsx'
import { differenceAt } from './difference.ts'
import type { Beside, Telling } from './telling.ts'

export interface DivergenceProps {
  readonly telling: Telling
  readonly beside: Beside
  readonly outcome: Outcome | undefined
  readonly goto: (step: number) => void
}

export function Divergence({ telling, beside, outcome, goto }: DivergenceProps) {
  const { divergence, left, right, moments, broken } = beside
  const finished = right.tasks.filter((_, t) => right.end.finished(t))
  return (
    <div class="divergence">
      {divergence === undefined ? (
        <p>
          <strong>No difference:</strong> both do the same on this schedule, to its end.
        </p>
      ) : (
        <>
          <p>
            <strong>First difference: step {divergence + 1}</strong>,{' '}
            {left.tasks[left.scenes[divergence]?.task ?? 0]}.{' '}
            <button type="button" onClick={() => goto(divergence + 1)}>
              Go there
            </button>
          </p>
          <dl>
            {differenceAt(beside, divergence, [
              telling.moments[divergence + 1],
              moments[divergence + 1],
            ]).map((words, i) => (
              <div key={i ? 'right' : 'left'}>
                <dt>{(i ? right : left).name.policy}</dt>
                <dd>{words}</dd>
              </div>
            ))}
          </dl>
        </>
      )}
      <p>
        On this schedule {left.name.policy} breaks {left.claim}: {telling.narration.broken}.{' '}
        {right.name.policy} {broken ? `breaks it too: ${broken}` : `does not break ${left.claim}`}
        {finished.length > 0 && `; finished: ${listed(finished)}`}.
      </p>
      <p>
        Over all schedules, {right.name.policy}:{' '}
        {outcome ? (
          <StandingTag outcome={outcome} />
        ) : (
          'not checked; choose this policy in the selection to know'
        )}
      </p>
    </div>
  )
}
