/**
 * Two policies side by side: the same order of tasks, run in both worlds, and the first step at which they part.
 *
 * The schedule is followed by task: where it says that a task steps, the task of that name steps in the other world if it can.
 * After the parting the worlds need not line up any more; what the other one does with the rest of the order is shown as it comes.
 */
import { type Event, link, type Replay, replay } from '@mmulab/checker'
import { buildCell } from '@mmulab/core'
import type { CellName } from './cells.ts'
import type { Lab } from './lab.ts'
import { type Scene, type Story, watchOf } from './story.ts'

export interface SideBySide {
  readonly left: Story
  readonly right: Story
  /** Index of the first scene that differs; undefined when the two do the same to the end. */
  readonly divergence: number | undefined
}

export interface AlongsideOptions {
  /**
   * Where a task makes its last move of the schedule, let the other world's task go on until it stands no deeper in
   * its calls: another policy may need more steps to come as far. Its last scene then holds several steps.
   */
  readonly catchUp?: boolean
}

/** Runs the schedule of a story under another policy. */
export function alongside(
  lab: Lab,
  left: Story,
  policy: string,
  options: AlongsideOptions = {},
): SideBySide {
  const name: CellName = { ...left.name, policy }
  // The drivers stay what they are in the story, whichever the other kernel shipped.
  const cell = buildCell({ ...left.cell, policy: lab.policy(policy) })
  const { callbackClasses } = link(cell.world)
  const world = replay(cell.world, { callbackClasses })
  const watch = watchOf(cell)
  const look = (): number[] => watch.map((v) => world.read(v))
  const opening = [...world.events]
  const initial = look()
  const scenes: Scene[] = []
  let divergence: number | undefined
  for (const [i, scene] of left.scenes.entries()) {
    const choice = choiceIn(scene.events)
    const can = !world.halted && world.enabled(scene.task) && fits(world.at(scene.task), choice)
    const events = can ? [...world.step(scene.task, choice)] : []
    if (options.catchUp && left.scenes.findLastIndex((s) => s.task === scene.task) === i)
      events.push(...catchUp(world, scene.task, depthAtEnd(left, scene.task)))
    if (divergence === undefined && told(events) !== told(scene.events)) divergence = i
    scenes.push({ task: scene.task, events, state: look() })
  }
  const right: Story = {
    ...left,
    partlyKnown: cell.policy.partlyKnown,
    name,
    cell,
    opening,
    scenes,
    watch,
    initial,
    end: world,
  }
  return { left, right, divergence }
}

/** More steps than this are not what the schedule was about. */
const CATCH_UP = 200

function catchUp(world: Replay, task: number, depth: number): Event[] {
  const events: Event[] = []
  for (let n = 0; n < CATCH_UP && world.stack(task).length > depth; n++) {
    if (world.halted || !world.enabled(task)) break
    events.push(...world.step(task))
  }
  return events
}

/** A task that goes round for ever in one world should get out of it in the other, if it can. */
const depthAtEnd = (story: Story, task: number): number =>
  story.schedule.loop !== undefined && task === story.schedule.stuck
    ? 0
    : story.end.stack(task).length

const choiceIn = (events: readonly Event[]): number => {
  const step = events.find((e) => e.kind === 'step')
  return step?.kind === 'step' && step.op.kind === 'choose' ? step.answer : 0
}

const fits = (op: ReturnType<Story['end']['at']>, choice: number): boolean =>
  op !== undefined && (op.kind !== 'choose' || choice < op.count)

/**
 * What a scene says, for comparison: steps with their answers and changes, marks, broken promises. Not the names of
 * procedures: the same function was called differently in two kernels.
 */
const told = (events: readonly Event[]): string =>
  events
    .map(wordsOf)
    .filter((line) => line !== '')
    .join('\n')

function wordsOf(e: Event): string {
  switch (e.kind) {
    case 'step':
      return `${e.op.label}=${e.answer}:${e.changes.map((c) => `${c.variable.name}=${c.to}`).join()}`
    case 'enter':
    case 'leave':
      return ''
    case 'violation':
      return `${e.claim} ${e.message}`
    case 'note':
      return e.effect.type === 'mark' ? e.effect.name : ''
    case 'finish':
      return 'finish'
  }
}
