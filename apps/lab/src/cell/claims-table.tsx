/** Every promise of a cell with its verdict; the broken ones can be chosen, their story is told below. */
import type { ClaimResult } from '@mmulab/checker'
import { CLAIMS, type ClaimId } from '@mmulab/model'
import {
  count,
  FAIR_PROGRESS,
  FAIR_REQUIRED,
  MARKS,
  measureWords,
  REQUIRED,
  verdictWords,
} from '@mmulab/report'
import { lab } from '../plugins.ts'
import type { CellSummary } from '../run/summary.ts'

export interface ClaimsTableProps {
  readonly summary: CellSummary
  readonly chosen: ClaimId | undefined
  readonly choose: (claim: ClaimId) => void
  /** Opens a story from its token. */
  readonly tell: (token: string) => void
}

export function ClaimsTable({ summary, chosen, choose, tell }: ClaimsTableProps) {
  const { result, tokens, milliseconds, helpers } = summary
  const { claims, states, transitions, depth, measures } = result
  return (
    <div class="claims">
      <table>
        <caption>
          {count(states, 'state')}, {count(transitions, 'transition')}, depth {depth},{' '}
          {Math.max(1, Math.round(milliseconds))} ms
          {helpers > 0 && `, helped by ${count(helpers, 'worker')}`}
        </caption>
        <thead>
          <tr>
            <th scope="col">promise</th>
            <th scope="col">verdict</th>
            <th scope="col">what is promised, or how it is broken</th>
          </tr>
        </thead>
        <tbody>
          {CLAIMS.map((claim) => {
            const c = claims[claim]
            return [
              <tr key={claim} class={claim === chosen ? 'chosen' : undefined}>
                <th scope="row">{claim}</th>
                <td>
                  <span class={`tag ${c.verdict}`}>
                    <span aria-hidden="true">{MARKS[c.verdict]}</span>{' '}
                    {verdictWords(c, lab.policy(summary.name.policy))}
                  </span>
                </td>
                <td class={c.message ? undefined : 'quiet'}>
                  {c.message ?? REQUIRED[claim]}
                  <Causes result={c} />
                  {tokens.has(claim) && (
                    <button
                      type="button"
                      aria-pressed={claim === chosen}
                      onClick={() => choose(claim)}
                    >
                      Story<span class="unseen"> of {claim}</span>: {sizeOf(c)}
                    </button>
                  )}
                </td>
              </tr>,
              claim === 'progress' && <FairRow key="fair" summary={summary} tell={tell} />,
            ]
          })}
        </tbody>
      </table>
      {measures.map((m) => (
        <p key={m.name}>
          Over all schedules, {m.name}: {measureWords(m)}
        </p>
      ))}
    </div>
  )
}

/** The second strength of progress: every task does finish, if everybody gets a turn. */
function FairRow({ summary, tell }: Pick<ClaimsTableProps, 'summary' | 'tell'>) {
  const { result, fairToken } = summary
  const { fair } = result
  const { schedule } = fair.unless ?? fair
  const unless = fair.unless
    ? `Unless a choice always goes the same way: ${fair.unless.message}`
    : ''
  const words = unless || fair.message
  return (
    <tr>
      <th scope="row">… fairly</th>
      <td>
        <span class={`tag ${fair.verdict}`}>
          <span aria-hidden="true">{MARKS[fair.verdict]}</span>{' '}
          {verdictWords(fair, lab.policy(summary.name.policy))}
        </span>
      </td>
      <td class={words ? undefined : 'quiet'}>
        {words || FAIR_REQUIRED}
        {fairToken !== undefined && schedule?.loop !== undefined && (
          <button type="button" onClick={() => tell(fairToken)}>
            Story<span class="unseen"> of {FAIR_PROGRESS}</span>: {count(schedule.prefix, 'step')},
            then a loop of {schedule.moves.length - schedule.loop}
          </button>
        )}
      </td>
    </tr>
  )
}

function sizeOf({ steps, switches, fewestSwitches }: ClaimResult): string {
  const parts = steps === undefined ? [] : [count(steps, 'step')]
  if (switches !== undefined)
    parts.push(
      `${count(switches, 'switch', 'switches')}${fewestSwitches === false ? ' or fewer' : ''}`,
    )
  return parts.join(', ') || 'from the start'
}

/** Who waits for whom, or the cycle of locks. */
function Causes({ result: { waitFor, cycle } }: { readonly result: ClaimResult }) {
  const lines = [
    ...(waitFor ?? []).map(
      (w) => `${w.task} waits for ${w.on}${w.waitsFor.length ? `: ${w.waitsFor.join(', ')}` : ''}`,
    ),
    ...(cycle ?? []),
  ]
  if (!lines.length) return null
  return (
    <ul class="causes">
      {lines.map((line) => (
        <li key={line}>{line}</li>
      ))}
    </ul>
  )
}
