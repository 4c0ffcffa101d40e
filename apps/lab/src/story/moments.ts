/**
 * Where every task of a story stands after each move, and which procedure made it. The scenes are run once more for it: a
 * schedule is short, and the live procedures know it exactly.
 */
import { type Event, type Replay, replay } from '@mmulab/checker'
import type { Story } from '@mmulab/compare'
import type { Procedure } from '@mmulab/model'

interface TaskState {
  readonly name: string
  /** Outermost first. */
  readonly stack: readonly string[]
  /** What it is about to do, or how it ended. */
  readonly next: string
  readonly held: readonly string[]
}

export interface Moment {
  readonly tasks: readonly TaskState[]
  /** The procedure that made the move before it; none at the start. */
  readonly procedure: Procedure<never[], unknown> | undefined
  /** Why that move could not be made, where the schedule comes from another world. */
  readonly missed: string | undefined
}

type Frames = readonly Procedure<never[], unknown>[]

/** One more than there are scenes: the first is the start. */
export function momentsOf(story: Story): Moment[] {
  const world = replay(story.cell.world)
  const frames: Frames[] = story.tasks.map(() => [])
  const follow = (e: Event): void => {
    const now = frames[e.task] ?? []
    // A retry loop leaves its frame without a word: the next call has the same depth.
    if (e.kind === 'enter') frames[e.task] = [...now.slice(0, e.depth), e.procedure]
    else if (e.kind === 'leave') frames[e.task] = now.slice(0, e.depth)
  }
  const look = (): TaskState[] => story.tasks.map((name, task) => stateOf(world, name, task))
  story.opening.forEach(follow)
  const moments: Moment[] = [{ tasks: look(), procedure: undefined, missed: undefined }]
  for (const scene of story.scenes) {
    const procedure = frames[scene.task]?.at(-1)
    const missed = scene.events.length > 0 ? undefined : whyNot(world, scene.task)
    for (const e of scene.events) if (e.kind === 'step') world.step(e.task, choiceOf(e))
    scene.events.forEach(follow)
    moments.push({ tasks: look(), procedure, missed })
  }
  return moments
}

const choiceOf = (e: Event & { kind: 'step' }): number | undefined =>
  e.op.kind === 'choose' ? e.answer : undefined

function stateOf(world: Replay, name: string, task: number): TaskState {
  const held = world
    .held(task)
    .map((h) => (h.mode === 'exclusive' ? h.info.name : `${h.info.name} (${h.mode})`))
  return { name, stack: world.stack(task), next: nextOf(world, task), held }
}

function nextOf(world: Replay, task: number): string {
  const op = world.at(task)
  if (!op) return 'finished'
  if (world.halted) return 'the kernel has stopped'
  if (!world.enabled(task)) return `waits at ${op.label}`
  return op.kind === 'step' && op.answer.k === 'var' && !op.assign.length
    ? `reads ${op.label}`
    : op.label
}

function whyNot(world: Replay, task: number): string {
  const op = world.at(task)
  if (world.halted) return 'the kernel has stopped'
  if (!op) return 'it has finished'
  return world.enabled(task) ? `no such alternative at ${op.label}` : `it waits at ${op.label}`
}
