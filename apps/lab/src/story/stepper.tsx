/** Forward and back through a story, and straight to the places that matter in it. */
import type { Story } from '@mmulab/compare'
import { useId } from 'preact/hooks'

export interface StepperProps {
  /** Moves that have been made. */
  readonly step: number
  /** Where going forward and back stops. */
  readonly stops: readonly number[]
  readonly schedule: Story['schedule']
  readonly goto: (step: number) => void
}

export function Stepper({ step, stops, schedule, goto }: StepperProps) {
  const id = useId()
  const { pointOfNoReturn, prefix, loop } = schedule
  const at = stops.indexOf(step)
  const by = (n: number): void => {
    const next = stops[at + n]
    if (next !== undefined) goto(next)
  }
  return (
    <div class="stepper">
      <button type="button" aria-disabled={at <= 0} onClick={() => by(-1)}>
        ‹ Back <kbd>k</kbd>
      </button>
      <button type="button" aria-disabled={at === stops.length - 1} onClick={() => by(1)}>
        Forward <kbd>j</kbd> ›
      </button>
      <input
        id={id}
        type="range"
        aria-label="Step"
        aria-valuetext={`step ${step}`}
        min={0}
        max={stops.length - 1}
        value={at}
        onInput={(e) => goto(stops[e.currentTarget.valueAsNumber] ?? 0)}
      />
      <output for={id}>
        step {step} of {stops.at(-1)}
      </output>
      <span class="jumps">
        {pointOfNoReturn !== undefined && (
          <button type="button" onClick={() => goto(pointOfNoReturn + 1)}>
            Point of no return
          </button>
        )}
        {loop === undefined ? (
          <button type="button" onClick={() => goto(prefix)}>
            Broken here
          </button>
        ) : (
          <button type="button" onClick={() => goto(loop + 1)}>
            Loop
          </button>
        )}
      </span>
    </div>
  )
}
