/** A story, told from its token: by itself or beside another policy, with the state at the step that is looked at. */
import { alongside, formatCell, tellToken } from '@mmulab/compare'
import { isPartlyKnown, PARTLY_WORDS, REQUIRED } from '@mmulab/report'
import { useEffect, useMemo, useRef } from 'preact/hooks'
import { lab } from '../plugins.ts'
import { attempt } from '../problem.ts'
import { ProblemNote } from '../problem-note.tsx'
import type { Runner } from '../run/runner.ts'
import type { Place } from '../url.ts'
import { AgainstChoice } from './against-choice.tsx'
import { SideBySideView } from './side-by-side.tsx'
import { StatePanel } from './state-panel.tsx'
import { Stepper } from './stepper.tsx'
import { StoryView } from './story-view.tsx'
import { tell, tellBeside } from './telling.ts'
import { TokenBox } from './token-box.tsx'
import { useStepping } from './use-stepping.ts'

export interface StoryPaneProps {
  readonly token: string
  readonly runner: Runner
  readonly place: Place
  readonly amend: (place: Partial<Place>) => void
}

export function StoryPane({ token, runner, place, amend }: StoryPaneProps) {
  const { against, full = false } = place
  const story = useMemo(() => attempt(() => tellToken(lab, token)), [token])
  const both = useMemo(
    () =>
      against === undefined || 'problem' in story
        ? undefined
        : attempt(() => alongside(lab, story.value, against, { catchUp: true })),
    [story, against],
  )
  const telling = useMemo(() => {
    if ('problem' in story) return undefined
    if (both && 'value' in both) return tellBeside(both.value)
    return tell(story.value, full)
  }, [story, both, full])

  const stops = telling?.stops ?? [0]
  const wanted = place.step ?? telling?.story.schedule.prefix ?? 0
  const step = stops.findLast((s) => s <= wanted) ?? 0
  const pane = useRef<HTMLElement>(null)
  const goto = (next: number): void => amend({ step: next })
  useStepping(pane, stops, step, goto)
  useEffect(() => {
    if (place.step === undefined) return
    pane.current?.querySelector('[aria-current="step"]')?.scrollIntoView({ block: 'nearest' })
  }, [place.step])

  if ('problem' in story) return <ProblemNote problem={story.problem} />
  if (!telling) return null
  const { claim, name, schedule } = telling.story
  return (
    <section class="story-pane" aria-labelledby="story-title" ref={pane}>
      <h3 id="story-title">
        <span class="tag violated">
          <span aria-hidden="true">✗</span> {claim}
        </span>{' '}
        {telling.narration.broken}
      </h3>
      <p class="required">[Required: {REQUIRED[claim]}]</p>
      {isPartlyKnown(telling.story) && <p class="required">{PARTLY_WORDS}</p>}
      <TokenBox token={token} />
      <div class="controls">
        <Stepper step={step} stops={stops} schedule={schedule} goto={goto} />
        {!telling.beside && (
          <label class="full">
            <input
              type="checkbox"
              checked={full}
              onChange={(e) => amend({ full: e.currentTarget.checked })}
            />{' '}
            Every step
          </label>
        )}
        <AgainstChoice
          own={name.policy}
          against={against}
          selected={place.selection.policies}
          choose={(policy) => amend({ against: policy })}
        />
      </div>
      {both && 'problem' in both && <ProblemNote problem={both.problem} />}
      <div class="story-body">
        {telling.beside ? (
          <SideBySideView
            telling={telling}
            beside={telling.beside}
            outcome={runner.results.get(formatCell(telling.beside.right.name))}
            step={step}
            goto={goto}
          />
        ) : (
          <StoryView telling={telling} step={step} goto={goto} />
        )}
        <StatePanel telling={telling} step={step} />
      </div>
    </section>
  )
}
