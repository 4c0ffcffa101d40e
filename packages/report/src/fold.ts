/**
 * What can be told in one line: the moves that others make after the violation, until only the stuck task is left. What
 * they come to for that task (the variables that it looks at) is told; how they got there is not.
 */
import type { Change } from '@mmulab/checker'
import type { Story } from '@mmulab/compare'
import { closeExpr, type Expr, type Variable, variablesOf } from '@mmulab/model'
import { count, listed } from './text.ts'
import { changeWords } from './words.ts'

export interface Fold {
  readonly moves: readonly number[]
  /** Empty where nothing came of them. */
  readonly text: string
}

export function foldOf(story: Story): Fold[] {
  const { loop, stuck } = story.schedule
  if (stuck === undefined || story.claim !== 'progress' || story.schedule.fair) return []
  const groups: number[][] = [[]]
  for (let move = foldableFrom(story, stuck); move < (loop ?? story.scenes.length); move++) {
    const scene = story.scenes[move]
    if (!scene) break
    const foldable = mayGoOn(story, scene.task) && !breaksMore(story, move)
    const group = groups.at(-1)
    if (foldable) group?.push(move)
    // A group that changes nothing is told with the next one.
    else if (group && netChanges(story, group).length) groups.push([])
  }
  return groups.map((moves) => ({ moves, text: foldWords(story, moves, stuck) }))
}

/**
 * The first move that need not be told: the promise is broken, what keeps the stuck task from finishing has happened,
 * and the function in which that was has returned.
 */
function foldableFrom(story: Story, stuck: number): number {
  const { prefix, loop } = story.schedule
  const decisive = looksOf(story, stuck, loop ?? story.scenes.length)
  const causes = [...decisive].filter((v) => story.end.read(v) !== v.init)
  const changes = (m: number, v: Variable): boolean =>
    story.scenes[m]?.task !== stuck &&
    stepsIn(story, m).some((e) => e.changes.some((c) => c.variable === v))
  const first = causes.map((v) => story.scenes.findIndex((_, m) => changes(m, v)))
  // The loop's own changes come later than anything that is folded.
  const last = Math.max(prefix - 1, ...first.filter((m) => m < (loop ?? Number.POSITIVE_INFINITY)))
  const task = story.scenes[last]?.task
  let from = last + 1
  const returns = (m: number): boolean => !!story.scenes[m]?.events.some((e) => e.kind === 'leave')
  while (last >= 0 && story.scenes[from]?.task === task && !returns(from - 1)) from++
  return from
}

/** The variables on which it depends what a task does from a move on, and whether it can go on at the end. */
function looksOf(story: Story, task: number, from: number): Set<Variable> {
  const looks = new Set<Variable>()
  const tasks = story.tasks.length
  const look = (e: Expr): unknown => variablesOf(closeExpr(e, task, tasks), looks)
  for (const [move, scene] of story.scenes.entries())
    if (move >= from && scene.task === task)
      for (const { op } of stepsIn(story, move))
        if (op.kind === 'step') {
          look(op.guard)
          look(op.answer)
          // What it counts up itself decides nothing; what it makes of other values may.
          for (const { to, value } of op.assign)
            for (const v of variablesOf(closeExpr(value, task, tasks))) if (v !== to) looks.add(v)
        }
  const op = story.end.at(task)
  if (op?.kind === 'step') look(op.guard)
  return looks
}

type StepEvent = Story['scenes'][number]['events'][number] & { readonly kind: 'step' }

const stepsIn = (story: Story, move: number): StepEvent[] =>
  (story.scenes[move]?.events ?? []).flatMap((e) => (e.kind === 'step' ? [e] : []))

/** A promise is broken in a way that was not told before. */
function breaksMore(story: Story, move: number): boolean {
  const before = story.scenes.slice(0, move).flatMap((s) => s.events)
  return (story.scenes[move]?.events ?? []).some(
    (e) =>
      e.kind === 'violation' &&
      !before.some((b) => b.kind === 'violation' && b.message === e.message),
  )
}

/** Not the stuck task, and none that the stuck one may be waiting for. */
function mayGoOn(story: Story, task: number): boolean {
  if (task === story.schedule.stuck) return false
  return (
    story.end.finished(task) || story.end.enabled(task) || !!story.cell.world.tasks[task]?.daemon
  )
}

/** Locks that are free again and sections that are closed again are as they were. */
function netChanges(story: Story, moves: readonly number[]): Change[] {
  const first = new Map<Variable, number>()
  const last = new Map<Variable, number>()
  const passing = new Set<Variable>(story.cell.kernel.mm.open)
  for (const move of moves)
    for (const e of stepsIn(story, move)) {
      for (const c of e.changes) {
        if (!first.has(c.variable)) first.set(c.variable, c.from)
        last.set(c.variable, c.to)
        if (e.op.kind === 'step' && (e.op.lock || /^srcu_read/.test(e.op.label)))
          passing.add(c.variable)
      }
    }
  return [...first].flatMap(([variable, from]) => {
    const to = last.get(variable) ?? from
    const same = to === from || (passing.has(variable) && to === variable.init)
    return same ? [] : [{ variable, from, to }]
  })
}

function foldWords(story: Story, moves: readonly number[], stuck: number): string {
  const acting = [...new Set(moves.map((m) => story.scenes[m]?.task ?? 0))]
  const name = (task: number): string => story.tasks[task] ?? `task ${task}`
  const done = new Set(
    moves.flatMap((m) =>
      (story.scenes[m]?.events ?? []).flatMap((e) => (e.kind === 'finish' ? [e.task] : [])),
    ),
  )
  const finish = acting.filter((t) => done.has(t))
  const others = acting.filter((t) => !done.has(t))
  const who = [
    ...(finish.length
      ? [`${listed(finish.map(name))} ${finish.length > 1 ? 'finish' : 'finishes'}`]
      : []),
    ...(others.length
      ? [`${listed(others.map(name))} ${others.length > 1 ? 'go' : 'goes'} on`]
      : []),
  ].join(', ')
  const changes = netChanges(story, moves)
  if (changes.length === 0 && done.size === 0) return ''
  const looks = looksOf(story, stuck, story.schedule.prefix)
  const told = changes.filter((c) => looks.has(c.variable)).map((c) => changeWords(c, story.tasks))
  const rest = changes.length - told.length
  const beside = `${count(rest, 'value')} that ${name(stuck)} does not look at`
  const words = [...told, ...(rest ? [`${beside} ${rest > 1 ? 'change' : 'changes'}`] : [])]
  return `${count(moves.length, 'more step')}: ${[who, ...words].join('; ')}`
}
