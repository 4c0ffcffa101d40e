/** One schedule under two policies, step beside step; the first difference is a line across, and said in words. */

import { PolicyName } from '../policy-name.tsx'
import type { Outcome } from '../run/runner.ts'
import { Divergence } from './divergence.tsx'
import { StoryLines } from './story-lines.tsx'
import { Move, RuleLine } from './story-move.tsx'
import type { Beside, Telling } from './telling.ts'

export interface SideBySideViewProps {
  readonly telling: Telling
  readonly beside: Beside
  /** What the check says of the right cell, if it was run. */
  readonly outcome: Outcome | undefined
  readonly step: number
  readonly goto: (step: number) => void
}

export function SideBySideView(props: SideBySideViewProps) {
  const { telling, beside, outcome, step, goto } = props
  const { story, rows } = telling
  const { divergence, right } = beside
  const { loop } = story.schedule
  const parting = rows.findIndex((r) => divergence !== undefined && r.step > divergence)
  const taskOf = (i: number): number | undefined =>
    rows
      .slice(0, i)
      .flatMap((r) => (r.kind === 'move' ? [r.task] : []))
      .at(-1)
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
    <section class="story-scroll" tabIndex={0} aria-label="One schedule under two policies">
      <Divergence telling={telling} beside={beside} outcome={outcome} goto={goto} />
      <table class="story beside">
        <thead>
          <tr>
            <th scope="col" class="number">
              step
            </th>
            <th scope="col">task</th>
            <th scope="col">
              <PolicyName name={story.name.policy} />
            </th>
            <th scope="col">
              <PolicyName name={right.name.policy} />
            </th>
          </tr>
        </thead>
        <tbody>
          {rows.map((row, i) => [
            i === parting && (
              <tr key="parting" class="parting">
                <td colSpan={4}>≠ from here on they differ</td>
              </tr>
            ),
            row.kind === 'rule' ? (
              <RuleLine
                key={`rule${i}`}
                row={row}
                width={4}
                current={row.step === step && rows.every((r) => r === row || r.step !== step)}
                goto={goto}
              />
            ) : (
              <Move
                key={`move${i}`}
                step={row.step}
                again={false}
                current={row.step === step}
                looping={loop !== undefined && row.step > loop}
                kind={parting >= 0 && i >= parting ? 'parted' : undefined}
                goto={goto}
              >
                <td class="task">{taskOf(i) !== row.task && story.tasks[row.task]}</td>
                <td>
                  <StoryLines lines={row.lines} />
                </td>
                <td>
                  <StoryLines lines={row.twin} />
                </td>
              </Move>
            ),
          ])}
        </tbody>
      </table>
    </section>
  )
}
