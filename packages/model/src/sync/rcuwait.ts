/**
 * struct rcuwait: one task at most waits, and decides under a lock of its own whether it has to. It says that it will sleep before it gives
 * the lock back, so a wake-up that comes between that and schedule() is not lost.
 */
import { eq } from '../expr.ts'
import type { Body } from '../op.ts'
import { atomically } from '../ops.ts'
import { flag, type Variable } from '../variable.ts'

export interface Rcuwait {
  readonly name: string
  /** The waiter has said that it will sleep, and nobody has woken it since. */
  readonly asleep: Variable
}

export const rcuwait = (name: string): Rcuwait => ({ name, asleep: flag(`${name}.asleep`) })

/** set_current_state(TASK_UNINTERRUPTIBLE) of the one waiter. */
export const rcuwaitPrepare = (w: Rcuwait): Body<number> =>
  atomically({
    assign: [[w.asleep, 1]],
    label: `set_current_state(TASK_UNINTERRUPTIBLE) for ${w.name}`,
  })

/** Sleeps unless it has been woken already; who waits has to look again. */
export const rcuwaitSchedule = (w: Rcuwait): Body<number> =>
  atomically({
    guard: eq(w.asleep, 0),
    label: `schedule() until ${w.name} is woken`,
    mightSleep: `schedule() for ${w.name}`,
    waits: { on: `a wake-up of ${w.name}` },
  })

export const rcuwaitWakeUp = (w: Rcuwait): Body<number> =>
  atomically({ assign: [[w.asleep, 0]], label: `rcuwait_wake_up(&${w.name})` })
