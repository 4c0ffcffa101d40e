/** The state at a step: watched variables and where the tasks stand. What the step has changed shows both values. */
import type { Story } from '@mmulab/compare'
import { valueWords } from '@mmulab/report'
import { PolicyName } from '../policy-name.tsx'
import type { Moment } from './moments.ts'
import type { Telling } from './telling.ts'

export interface StatePanelProps {
  readonly telling: Telling
  /** Moves that have been made. */
  readonly step: number
}

export function StatePanel({ telling, step }: StatePanelProps) {
  const { story, moments, beside } = telling
  const right = beside?.right
  const scene = story.scenes[step - 1]
  const source = moments[step]?.procedure?.source
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, and must do so by keyboard
    <section class="state" aria-label="State at this step" tabIndex={0}>
      <p class="moment" aria-live="polite">
        {scene ? `After step ${step}, by ${story.tasks[scene.task]}` : 'At the start'}
      </p>
      <p class="source">
        {source ? source.at : ' '}
        {source?.versions && <span class="quiet"> {source.versions}</span>}
      </p>
      <Variables story={story} right={right} step={step} />
      <Tasks moment={moments[step]} title={right && story.name.policy} />
      {beside && <Tasks moment={beside.moments[step]} title={beside.right.name.policy} />}
    </section>
  )
}

const valueAt = (story: Story, step: number, index: number): number =>
  (story.scenes[step - 1]?.state ?? story.initial)[index] ?? 0

interface VariablesProps {
  readonly story: Story
  readonly right: Story | undefined
  readonly step: number
}

function Variables({ story, right, step }: VariablesProps) {
  return (
    <table class="variables">
      <thead>
        <tr>
          <th scope="col">variable</th>
          <th scope="col">{right ? <PolicyName name={story.name.policy} /> : 'value'}</th>
          {right && (
            <th scope="col">
              <PolicyName name={right.name.policy} />
            </th>
          )}
        </tr>
      </thead>
      <tbody>
        {story.watch.map((v, i) => {
          const differs = right !== undefined && valueAt(story, step, i) !== valueAt(right, step, i)
          return (
            <tr key={v.name} class={differs ? 'differs' : undefined}>
              <th scope="row">{v.name}</th>
              <Value story={story} step={step} index={i} differs={false} />
              {right && <Value story={right} step={step} index={i} differs={differs} />}
            </tr>
          )
        })}
      </tbody>
    </table>
  )
}

interface ValueProps {
  readonly story: Story
  readonly step: number
  readonly index: number
  readonly differs: boolean
}

function Value({ story, step, index, differs }: ValueProps) {
  const v = story.watch[index]
  if (!v) return <td />
  const now = valueAt(story, step, index)
  const before = step > 0 ? valueAt(story, step - 1, index) : now
  return (
    <td class={now === before ? undefined : 'changed'}>
      {differs && <span class="sign">≠ </span>}
      {now !== before && <span class="before">{valueWords(v, before)} → </span>}
      {valueWords(v, now)}
    </td>
  )
}

interface TasksProps {
  readonly moment: Moment | undefined
  readonly title: string | undefined
}

function Tasks({ moment, title }: TasksProps) {
  return (
    <table class="tasks">
      {title && <caption>{title}</caption>}
      <thead>
        <tr>
          <th scope="col">task</th>
          <th scope="col">what it does next</th>
        </tr>
      </thead>
      <tbody>
        {moment?.tasks.map(({ name, next, held, stack }) => (
          <tr key={name} title={stack.join(' > ')}>
            <th scope="row">{name}</th>
            <td>
              {next}
              {held.length > 0 && <div class="held">holds {held.join(', ')}</div>}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}
