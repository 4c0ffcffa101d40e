/** struct mutex: owned by a task, sleeps. `subclass` is lockdep's: it keeps nested uses of one class apart. */
import { eq, OTHER, SELF, when } from '../expr.ts'
import type { Body, LockInfo } from '../op.ts'
import { atomically } from '../ops.ts'
import { type Variable, variable } from '../variable.ts'
import { MAX_TASKS } from './spinlock.ts'

export interface Mutex {
  readonly info: LockInfo
  readonly owner: Variable
}

export const mutex = (name: string): Mutex => ({
  info: { name, cls: name, sleeps: true },
  owner: variable(name, { max: MAX_TASKS }),
})

const classOf = (l: Mutex, subclass: number): LockInfo =>
  subclass === 0 ? l.info : { ...l.info, cls: `${l.info.cls}/${subclass}` }

export const mutexLockNested = (l: Mutex, subclass: number): Body<number> =>
  atomically({
    guard: eq(l.owner, 0),
    assign: [[l.owner, SELF]],
    label: `mutex_lock${subclass ? '_nested' : ''}(&${l.info.name})`,
    lock: { info: classOf(l, subclass), mode: 'exclusive', event: 'acquire' },
    mightSleep: `mutex_lock(&${l.info.name})`,
    waits: { on: l.info.name, holder: eq(l.owner, OTHER) },
  })

export const mutexLock = (l: Mutex): Body<number> => mutexLockNested(l, 0)

/** Answers 1 if the mutex was taken. Never sleeps; a trylock adds no lock-order edge. */
export const mutexTrylock = (l: Mutex): Body<number> =>
  atomically({
    assign: [[l.owner, when(eq(l.owner, 0), SELF, l.owner)]],
    answer: eq(l.owner, 0),
    label: `mutex_trylock(&${l.info.name})`,
    lock: { info: l.info, mode: 'exclusive', event: 'try' },
  })

export const mutexUnlock = (l: Mutex): Body<number> =>
  atomically({
    assign: [[l.owner, 0]],
    label: `mutex_unlock(&${l.info.name})`,
    lock: { info: l.info, mode: 'exclusive', event: 'release' },
  })
