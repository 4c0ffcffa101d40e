/** How a story ends: the promise that is broken in the state it leads to, and where the tasks are stuck. */
import type { Story } from '@mmulab/compare'
import { closeExpr, closeOther, evaluate, type Step, type Variable } from '@mmulab/model'
import { listed } from './text.ts'

/** What is wrong with the state, for promises about states; undefined for those about moves and futures. */
export function brokenWords(story: Story, read: (v: Variable) => number): string | undefined {
  const { invariants, tasks } = story.cell.world
  const broken = invariants.find(
    (i) => i.claim === story.claim && evaluate(closeExpr(i.holds, 0, tasks.length), read) === 0,
  )
  return broken?.message
}

export interface Ending {
  readonly task: number
  readonly text: string
}

/** Tasks that wait at the end: for what, and for whom. */
export function endings(story: Story, holders: (lock: string) => readonly string[]): Ending[] {
  const { end, claim, schedule, cell } = story
  if (claim !== 'progress' && claim !== 'deadlock') return []
  return cell.world.tasks.flatMap((spec, task) => {
    const op = end.at(task)
    if (op?.kind !== 'step' || end.enabled(task)) return []
    if (spec.daemon && task !== schedule.stuck) return []
    // On a fair loop others wait only for their turn.
    if (schedule.fair && story.scenes.slice(schedule.loop).some((s) => s.task === task)) return []
    return [{ task, text: waitWords(story, task, op, holders) }]
  })
}

function waitWords(
  story: Story,
  task: number,
  op: Step,
  holders: (lock: string) => readonly string[],
): string {
  const holder = op.waits?.holder
  const tasks = story.tasks.length
  const bound = holder
    ? story.tasks.filter((_, other) =>
        evaluate(closeExpr(closeOther(holder, other), task, tasks), story.end.read),
      )
    : []
  const held = [...new Set(bound.length || !op.lock ? bound : holders(op.lock.info.name))]
  return `waits for ever for ${op.waits?.on ?? op.label}${whoHolds(story, task, held)}`
}

function whoHolds(story: Story, task: number, held: readonly string[]): string {
  if (held.length === 0) return ''
  if (held.includes(story.tasks[task] ?? '')) return ', which it holds itself'
  const gone = held.filter((name) => story.end.finished(story.tasks.indexOf(name)))
  if (gone.length) return `, which ${listed(gone)} took and never released`
  return `, which ${listed(held)} ${held.length > 1 ? 'hold' : 'holds'}`
}
