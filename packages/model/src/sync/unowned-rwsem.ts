/**
 * struct rw_semaphore whose read holds belong to nobody: down_read_non_owner(), up_read_non_owner(). Whoever comes first takes it, whoever is
 * last gives it back, in another task if need be; lockdep is told nothing of it. Writers are as in `rwsem.ts`, and so is the
 * fairness: a reader waits behind a writer that waits.
 */
import {
  and,
  anyTask,
  type Expr,
  eq,
  minus,
  ne,
  not,
  OTHER,
  or,
  plus,
  SELF,
  theirs,
  when,
} from '../expr.ts'
import type { Body, LockInfo } from '../op.ts'
import { atomically } from '../ops.ts'
import { type PerTask, perTask, type Variable, variable } from '../variable.ts'
import { MAX_TASKS } from './spinlock.ts'

export interface UnownedRwsem {
  readonly info: LockInfo
  readonly writer: Variable
  readonly readers: Variable
  /** Writers in the queue. */
  readonly waiting: PerTask
}

/** `holds`: how many read holds there may be at once. */
export const unownedRwsem = (name: string, holds = 1): UnownedRwsem => ({
  info: { name, cls: name, sleeps: true },
  writer: variable(name, { max: MAX_TASKS }),
  readers: variable(`${name}.readers`, { max: holds }),
  waiting: perTask(`${name}.waiting`, 1),
})

const readable = (l: UnownedRwsem): Expr =>
  and(eq(l.writer, 0), not(anyTask(ne(theirs(l.waiting), 0))))
const free = (l: UnownedRwsem): Expr => and(eq(l.writer, 0), eq(l.readers, 0))

export const downReadNonOwner = (l: UnownedRwsem): Body<number> =>
  atomically({
    guard: readable(l),
    assign: [[l.readers, plus(l.readers, 1)]],
    label: `down_read_non_owner(&${l.info.name})`,
    unowned: { info: l.info, event: 'acquire' },
    mightSleep: `down_read_non_owner(&${l.info.name})`,
    waits: { on: l.info.name, holder: or(eq(l.writer, OTHER), ne(theirs(l.waiting), 0)) },
  })

/** Answers 1 if taken. */
export const downReadTrylockNonOwner = (l: UnownedRwsem): Body<number> =>
  atomically({
    assign: [[l.readers, plus(l.readers, readable(l))]],
    answer: readable(l),
    label: `down_read_trylock(&${l.info.name})`,
    unowned: { info: l.info, event: 'try' },
  })

export const upReadNonOwner = (l: UnownedRwsem): Body<number> =>
  atomically({
    assign: [[l.readers, minus(l.readers, 1)]],
    label: `up_read_non_owner(&${l.info.name})`,
    unowned: { info: l.info, event: 'release' },
  })

/** Readers have no name, so who waits for them waits for whoever could give the lock back. */
export function* downWriteUnowned(l: UnownedRwsem): Body<void> {
  const label = `down_write(&${l.info.name})`
  const taken = yield* atomically({
    assign: [
      [l.writer, when(free(l), SELF, l.writer)],
      [l.waiting, not(free(l))],
    ],
    answer: free(l),
    label,
    lock: { info: l.info, mode: 'write', event: 'try' },
    mightSleep: label,
  })
  if (taken) return
  yield* atomically({
    guard: free(l),
    assign: [
      [l.writer, SELF],
      [l.waiting, 0],
    ],
    label: `${label}: its turn`,
    lock: { info: l.info, mode: 'write', event: 'acquire' },
    waits: { on: l.info.name },
  })
}

export const upWriteUnowned = (l: UnownedRwsem): Body<number> =>
  atomically({
    assign: [[l.writer, 0]],
    label: `up_write(&${l.info.name})`,
    lock: { info: l.info, mode: 'write', event: 'release' },
  })
