/**
 * A story the way kernel people draw it: a column per CPU, time downwards, calls indented, the broken promise under it. A line
 * may run over the columns to its right: at any moment only one of them is written in.
 */

import { StoryLines } from './story-lines.tsx'
import { Move, RuleLine } from './story-move.tsx'
import type { Telling } from './telling.ts'

export interface StoryViewProps {
  readonly telling: Telling
  readonly step: number
  readonly goto: (step: number) => void
}

export function StoryView({ telling, step, goto }: StoryViewProps) {
  const { story, rows } = telling
  const { loop } = story.schedule
  const drawn = [...new Set(rows.flatMap((r) => (r.kind === 'move' ? [r.task] : [])))]
  const idle = story.tasks.filter((_, task) => !drawn.includes(task))
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
    <section class="story-scroll" tabIndex={0} aria-label="Story, time downwards">
      <table class="story" style={{ '--columns': drawn.length }}>
        <thead>
          <tr>
            <th scope="col" class="number">
              step
            </th>
            {drawn.map((task, cpu) => (
              <th key={task} scope="col">
                CPU{cpu} ({story.tasks[task]})
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row, i) =>
            row.kind === 'rule' ? (
              <RuleLine
                key={i}
                row={row}
                width={drawn.length + 1}
                current={row.step === step && rows.every((r) => r === row || r.step !== step)}
                goto={goto}
              />
            ) : (
              <Move
                key={i}
                step={row.step}
                again={rows[i - 1]?.kind === 'move' && rows[i - 1]?.step === row.step}
                current={step === row.step}
                looping={loop !== undefined && row.step > loop}
                goto={goto}
              >
                {drawn.map((task) => (
                  <td key={task}>{task === row.task && <StoryLines lines={row.lines} />}</td>
                ))}
              </Move>
            ),
          )}
        </tbody>
      </table>
      {idle.length > 0 && <p class="quiet">Without a word here: {idle.join(', ')}.</p>}
    </section>
  )
}
