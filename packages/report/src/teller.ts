/** Tells the events of a replay one after another: headings, steps, marks, broken promises, returned errors. */
import type { Event } from '@mmulab/checker'
import type { Story } from '@mmulab/compare'
import type { ClaimId, Effect, Variable } from '@mmulab/model'
import { createStack, type Stack } from './stack.ts'
import { errno, stepWords } from './words.ts'

export interface Line {
  readonly kind: 'call' | 'step' | 'mark' | 'return' | 'broken' | 'state'
  readonly task: number
  readonly depth: number
  readonly text: string
  /** The move it belongs to; -1 before the first. */
  readonly move: number
  /** The promise that is broken, for rows that say so. */
  readonly claim?: ClaimId
}

/** Across all columns. */
export interface Rule {
  readonly kind: 'rule'
  readonly text: string
  readonly move: number
}

export type Row = Line | Rule

type Told<K extends Event['kind']> = Event & { readonly kind: K }

/** `fold`: only what is broken. `some`: without bookkeeping. `all`: every step. */
type HowMuch = 'fold' | 'some' | 'all'

export interface Teller {
  tell(event: Event, move: number, how?: HowMuch): void
  /** A row of the teller's own, where the task now stands. */
  line(kind: Line['kind'], task: number, text: string, move: number): Line
  /** A row that says that a promise is broken here. */
  broken(claim: ClaimId, task: number, message: string, move: number): void
  /** Values after all that was told. */
  readonly read: (v: Variable) => number
  /** Tasks that hold a lock now. */
  readonly holders: (lock: string) => string[]
}

export function createTeller(story: Story, full: boolean, emit: (row: Row) => void): Teller {
  const { tasks } = story
  const stacks = tasks.map(() => createStack(landmarks(story)))
  const values = new Map<Variable, number>()
  const held = new Map<string, readonly number[]>()
  const quiet = bookkeeping(story)
  /** Per task: what its last row returned, so that a chain of returns is told once. */
  const returned = new Map<number, string>()
  const read = (v: Variable): number => values.get(v) ?? v.init
  const holders = (lock: string): string[] =>
    (held.get(lock) ?? []).map((t) => tasks[t] ?? `task ${t}`)
  const stackOf = (task: number): Stack => {
    const stack = stacks[task]
    if (!stack) throw new RangeError(`there is no task ${task}`)
    return stack
  }
  const line = (kind: Line['kind'], task: number, text: string, move: number): Line => ({
    kind,
    task,
    depth: stackOf(task).depth(),
    text,
    move,
  })
  const headings = (task: number, move: number): void => {
    for (const { depth, text } of stackOf(task).headings())
      emit({ kind: 'call', task, depth, text, move })
    returned.delete(task)
  }
  const say = (kind: Line['kind'], task: number, text: string, move: number): void => {
    headings(task, move)
    emit(line(kind, task, text, move))
  }

  function broken(claim: ClaimId, task: number, message: string, move: number): void {
    const text = `!! ${claim === story.claim ? '' : `${claim}: `}${message}`
    headings(task, move)
    emit({ ...line('broken', task, text, move), claim })
  }

  function step(e: Told<'step'>, move: number, how: HowMuch): void {
    const { task, op, answer, changes } = e
    if (how === 'all' || full || (how === 'some' && !quiet(e)))
      say('step', task, stepWords(op, answer, changes, { task, tasks, read, holders }), move)
    for (const c of changes) values.set(c.variable, c.to)
    if (op.kind !== 'step' || !op.lock) return
    const { info, event } = op.lock
    const now = held.get(info.name) ?? []
    if (event === 'release') {
      const own = now.lastIndexOf(task)
      // Somebody else's, where a lock may be given back by another task than the one that took it.
      held.set(info.name, now.toSpliced(own < 0 ? now.length - 1 : own, 1))
    } else if (event === 'acquire' || (event === 'try' && answer === 1)) {
      held.set(info.name, [...now, task])
    }
  }

  function leave(e: Told<'leave'>, move: number, how: HowMuch): void {
    const depth = stackOf(e.task).leave()
    if (typeof e.value !== 'number' || e.value >= 0 || depth === undefined || how === 'fold') return
    const text = `return ${errno(e.value)}`
    if (returned.get(e.task) === text) return
    emit({ kind: 'return', task: e.task, depth, text, move })
    returned.set(e.task, text)
  }

  return {
    read,
    holders,
    line,
    broken,
    tell(e, move, how = 'some') {
      if (e.kind === 'enter') stackOf(e.task).enter(e.procedure, e.depth)
      else if (e.kind === 'leave') leave(e, move, how)
      else if (e.kind === 'step') step(e, move, how)
      else if (e.kind === 'violation') broken(e.claim, e.task, e.message, move)
      else if (e.kind === 'note' && how !== 'fold') {
        const text = noteWords(e.effect, story.claim)
        if (text) say('mark', e.task, text, move)
      }
    },
  }
}

/** What everybody looks for in a story is never left out of a chain of calls. */
const landmarks = (story: Story): ReadonlySet<unknown> => {
  const { procs } = story.cell.kernel
  const { invalidateRangeStart, invalidateRangeStartNonblock, invalidateRangeEnd } = procs
  return new Set([invalidateRangeStart, invalidateRangeStartNonblock, invalidateRangeEnd])
}

/** Steps that add nothing for a reader: SRCU read sections where nobody synchronises, and the count of open sections. */
function bookkeeping(story: Story): (e: Told<'step'>) => boolean {
  const { mm, srcu } = story.cell.kernel
  const synchronised = story.scenes.some((s) =>
    s.events.some((e) => e.kind === 'step' && e.op.label.startsWith('synchronize_srcu')),
  )
  const ghosts = new Set<unknown>(synchronised ? mm.open : [...mm.open, ...srcu.readers])
  return ({ op }) =>
    op.kind === 'step' && op.assign.length > 0 && op.assign.every((a) => ghosts.has(a.to))
}

/** Marks, and what has to do with the promise that the story is about. */
function noteWords(effect: Effect, claim: ClaimId): string {
  if (effect.type === 'mark') return `* ${effect.name}`
  if (effect.type === 'reclaims' && claim === 'context') return `* ${effect.what} may reclaim`
  const context = effect.type === 'context' && claim === 'context'
  return context && ['nonBlock', 'atomic', 'memalloc'].includes(effect.field) ? effect.label : ''
}
