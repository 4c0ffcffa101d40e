/** An open cell: the verdict of every promise, what was not covered, and the story of the broken one that was chosen. */
import { type CellName, formatCell } from '@mmulab/compare'
import { count } from '@mmulab/report'
import { useEffect, useRef } from 'preact/hooks'
import { lab } from '../plugins.ts'
import { ProblemNote } from '../problem-note.tsx'
import type { Runner } from '../run/runner.ts'
import { standpoint, summaryOf } from '../standing.ts'
import { StoryPane } from '../story/story-pane.tsx'
import type { Navigation } from '../use-place.ts'
import { useTitle } from '../use-title.ts'
import { ClaimsTable } from './claims-table.tsx'
import { NotCovered } from './not-covered.tsx'
import { RowStrip } from './row-strip.tsx'

export interface CellDetailProps {
  readonly name: CellName
  readonly runner: Runner
  readonly navigation: Navigation
  /** Set when the story was opened from its token alone. */
  readonly token: string | undefined
  readonly close: () => void
}

export function CellDetail({ name, runner, navigation, token, close }: CellDetailProps) {
  const { place, go, amend } = navigation
  const key = formatCell(name)
  const outcome = runner.results.get(key)
  const summary = summaryOf(outcome)
  const tokens = summary?.tokens ?? new Map()
  const asked = place.claim && tokens.has(place.claim) ? place.claim : undefined
  const claim = asked ?? [...tokens.keys()].at(-1)
  const told = token ?? (claim && tokens.get(claim))

  const heading = useRef<HTMLHeadingElement>(null)
  // Another cell is another page to whoever cannot see it.
  useEffect(() => heading.current?.focus({ preventScroll: true }), [key])
  useTitle(`${name.drivers.join('+')} under ${name.policy}, ${name.scenario}`)
  useEffect(() => {
    const leave = (e: KeyboardEvent): void => {
      if (e.key === 'Escape') close()
    }
    addEventListener('keydown', leave)
    return () => removeEventListener('keydown', leave)
  }, [close])

  const open = (cell: CellName, more: { against?: string } = {}): void =>
    go({ cell, token: undefined, claim: undefined, step: undefined, against: undefined, ...more })

  return (
    <section class="detail" aria-labelledby="cell-title">
      <p class="back">
        <button type="button" onClick={close}>
          ‹ Matrix <kbd>Esc</kbd>
        </button>
      </p>
      <h2 id="cell-title" ref={heading} tabIndex={-1}>
        <code>{name.drivers.join('+')}</code> under <code>{name.policy}</code> in{' '}
        <code>{name.scenario}</code>
      </h2>
      <p class="lead">
        {lab.scenario(name.scenario).title}. Under {name.policy}, {lab.policy(name.policy).title}.
      </p>
      <RowStrip name={name} policies={place.selection.policies} runner={runner} open={open} />
      <div class="overview">
        {summary ? (
          <ClaimsTable
            summary={summary}
            chosen={token ? undefined : claim}
            tell={(t) => go({ cell: name, token: t, claim: undefined, step: undefined })}
            choose={(c) =>
              (token ? go : amend)({ cell: name, token: undefined, claim: c, step: undefined })
            }
          />
        ) : outcome && 'problem' in outcome ? (
          <ProblemNote problem={outcome.problem} />
        ) : token ? (
          <p class="quiet">
            This story comes from its token; the cell itself has not been checked here.{' '}
            <button type="button" onClick={() => open(name)}>
              Check it
            </button>
          </p>
        ) : (
          <p class="quiet" aria-busy="true">
            {runner.running?.key === key
              ? `Running: ${count(runner.running.explored, 'state')} so far`
              : standpoint(outcome).word}
          </p>
        )}
        <NotCovered name={name} summary={summary} />
      </div>
      {told && <StoryPane key={told} token={told} runner={runner} place={place} amend={amend} />}
    </section>
  )
}
