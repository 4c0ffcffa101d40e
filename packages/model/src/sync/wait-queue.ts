/**
 * Wait queues. wait_event() is a loop of queue, test, sleep with the wake-up a step of its own, so a wake-up
 * that comes between the test and the sleep is not lost, and one that never comes is found.
 */

import { mightSleep } from '../context.ts'
import { type Expr, eq, mine } from '../expr.ts'
import type { Body, Procedure } from '../op.ts'
import { atomically, read } from '../ops.ts'
import { call, jump, procedure } from '../procedure.ts'
import { type PerTask, perTask } from '../variable.ts'

export interface WaitQueue {
  readonly name: string
  /** 1 for each task that is queued and has not been woken. */
  readonly queued: PerTask
}

export const waitQueue = (name: string): WaitQueue => ({
  name,
  queued: perTask(`${name}.queued`, 1),
})

/** The procedure `wait_event(wq, condition)`; made once per place, called with `call`. */
export function waitEvent(wq: WaitQueue, condition: Expr, words: string): Procedure<[], void> {
  const self: Procedure<[], void> = procedure(
    'wait_event',
    'include/linux/wait.h:wait_event',
    function* () {
      yield* mightSleep(`wait_event(${wq.name})`)
      yield* atomically({ assign: [[wq.queued, 1]], label: `prepare_to_wait(&${wq.name})` })
      if (yield* read(condition, words)) {
        yield* atomically({ assign: [[wq.queued, 0]], label: `finish_wait(&${wq.name})` })
        return
      }
      yield* atomically({
        guard: eq(mine(wq.queued), 0),
        label: `schedule() until ${wq.name} is woken`,
        waits: { on: `a wake-up of ${wq.name}` },
      })
      return yield* jump(self)
    },
  )
  return self
}

export const waitOn = (p: Procedure<[], void>): Body<void> => call(p)

export const wakeUpAll = (wq: WaitQueue): Body<number> =>
  atomically({
    assign: [[{ kind: 'all-slots', of: wq.queued }, 0]],
    label: `wake_up_all(&${wq.name})`,
  })
