/** spinlock_t: who waits spins; preemption is off while it is held, so nothing under it may sleep. */
import { eq, OTHER, SELF } from '../expr.ts'
import type { Body, LockInfo } from '../op.ts'
import { atomically } from '../ops.ts'
import { type Variable, variable } from '../variable.ts'

/** More tasks than this in one world are refused when it is linked. */
export const MAX_TASKS = 31

export interface Spinlock {
  readonly info: LockInfo
  /** The number of the task that holds it; 0 when free. */
  readonly owner: Variable
}

export const spinlock = (name: string): Spinlock => ({
  info: { name, cls: name, sleeps: false },
  owner: variable(name, { max: MAX_TASKS }),
})

export const spinLock = (l: Spinlock): Body<number> =>
  atomically({
    guard: eq(l.owner, 0),
    assign: [[l.owner, SELF]],
    label: `spin_lock(&${l.info.name})`,
    lock: { info: l.info, mode: 'exclusive', event: 'acquire' },
    waits: { on: l.info.name, holder: eq(l.owner, OTHER) },
  })

export const spinUnlock = (l: Spinlock): Body<number> =>
  atomically({
    assign: [[l.owner, 0]],
    label: `spin_unlock(&${l.info.name})`,
    lock: { info: l.info, mode: 'exclusive', event: 'release' },
  })
