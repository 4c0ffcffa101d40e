/**
 * struct rw_semaphore with the kernel's fairness: a reader that arrives while a writer waits, waits too, even if its own task
 * holds the lock for reading already. This is what makes recursive read locks illegal.
 *
 * A waiting writer may take the lock before a reader that has waited longer (the kernel lets writers steal it), so the
 * order among waiters is left open. Nested read holds of one task are counted up to `depth`.
 */
import {
  and,
  anyTask,
  type Expr,
  eq,
  mine,
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

export interface Rwsem {
  readonly info: LockInfo
  readonly writer: Variable
  /** How often each task holds it for reading. */
  readonly readers: PerTask
  /** Writers in the queue. */
  readonly waiting: PerTask
}

export const rwsem = (name: string, depth = 1): Rwsem => ({
  info: { name, cls: name, sleeps: true },
  writer: variable(name, { max: MAX_TASKS }),
  readers: perTask(`${name}.readers`, depth),
  waiting: perTask(`${name}.waiting`, 1),
})

const readable = (l: Rwsem): Expr => and(eq(l.writer, 0), not(anyTask(ne(theirs(l.waiting), 0))))
const free = (l: Rwsem): Expr => and(eq(l.writer, 0), not(anyTask(ne(theirs(l.readers), 0))))

/** Holds when some task holds the lock for reading. */
export const heldForRead = (l: Rwsem): Expr => anyTask(ne(theirs(l.readers), 0))

export const downRead = (l: Rwsem): Body<number> =>
  atomically({
    guard: readable(l),
    assign: [[l.readers, plus(mine(l.readers), 1)]],
    label: `down_read(&${l.info.name})`,
    lock: { info: l.info, mode: 'read', event: 'acquire' },
    mightSleep: `down_read(&${l.info.name})`,
    waits: { on: l.info.name, holder: or(eq(l.writer, OTHER), ne(theirs(l.waiting), 0)) },
  })

/** Answers 1 if taken: no writer holds the lock and none is queued (the kernel may be more generous). */
export const downReadTrylock = (l: Rwsem): Body<number> =>
  atomically({
    assign: [[l.readers, plus(mine(l.readers), readable(l))]],
    answer: readable(l),
    label: `down_read_trylock(&${l.info.name})`,
    lock: { info: l.info, mode: 'read', event: 'try' },
  })

export const upRead = (l: Rwsem): Body<number> =>
  atomically({
    assign: [[l.readers, when(ne(mine(l.readers), 0), minus(mine(l.readers), 1), 0)]],
    label: `up_read(&${l.info.name})`,
    lock: { info: l.info, mode: 'read', event: 'release' },
  })

export function* downWrite(l: Rwsem): Body<void> {
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
    waits: { on: l.info.name, holder: or(eq(l.writer, OTHER), ne(theirs(l.readers), 0)) },
  })
}

export const downWriteTrylock = (l: Rwsem): Body<number> =>
  atomically({
    assign: [[l.writer, when(free(l), SELF, l.writer)]],
    answer: free(l),
    label: `down_write_trylock(&${l.info.name})`,
    lock: { info: l.info, mode: 'write', event: 'try' },
  })

export const upWrite = (l: Rwsem): Body<number> =>
  atomically({
    assign: [[l.writer, 0]],
    label: `up_write(&${l.info.name})`,
    lock: { info: l.info, mode: 'write', event: 'release' },
  })

/** Write lock to read lock without a gap; readers that waited may join. */
export function* downgradeWrite(l: Rwsem): Body<void> {
  yield* atomically({
    assign: [
      [l.writer, 0],
      [l.readers, plus(mine(l.readers), 1)],
    ],
    label: `downgrade_write(&${l.info.name})`,
    lock: { info: l.info, mode: 'write', event: 'downgrade' },
  })
}
