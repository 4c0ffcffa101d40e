/**
 * Work items. A queued item is run by a kworker task of its own; queueing a pending item does nothing, queueing a running
 * one runs it again. flush_work() waits for it, cancel_work_sync() takes it back and waits for a run that has begun.
 */
import { and, eq, ne, OTHER, SELF } from '../expr.ts'
import type { Body, Procedure } from '../op.ts'
import { atomically } from '../ops.ts'
import { call, jump, procedure } from '../procedure.ts'
import { flag, type Variable, variable } from '../variable.ts'
import { MAX_TASKS } from './spinlock.ts'

export interface Work {
  readonly name: string
  readonly pending: Variable
  /** The worker that runs it; 0 when it does not run. */
  readonly running: Variable
  /** What a kworker does, for ever; a world that queues the item has a task with it (`daemon: true`). */
  readonly worker: Procedure<[], void>
}

export function work(name: string, run: Procedure<[], unknown>): Work {
  const item: Work = {
    name,
    pending: flag(`${name}.pending`),
    running: variable(`${name}.running`, { max: MAX_TASKS }),
    worker: procedure('process_one_work', 'kernel/workqueue.c:process_one_work', function* () {
      yield* atomically({
        guard: eq(item.pending, 1),
        assign: [
          [item.pending, 0],
          [item.running, SELF],
        ],
        label: `run ${name}`,
        waits: { on: `work for ${name}` },
      })
      yield* call(run)
      yield* atomically({ assign: [[item.running, 0]], label: `${name} done` })
      return yield* jump(item.worker)
    }),
  }
  return item
}

/** Answers 1 if the item was not pending before. */
export const queueWork = (w: Work): Body<number> =>
  atomically({
    assign: [[w.pending, 1]],
    answer: eq(w.pending, 0),
    label: `queue_work(&${w.name})`,
  })

export const flushWork = (w: Work): Body<number> =>
  atomically({
    guard: and(eq(w.pending, 0), eq(w.running, 0)),
    label: `flush_work(&${w.name})`,
    mightSleep: `flush_work(&${w.name})`,
    waits: { on: w.name, holder: and(ne(w.running, 0), eq(w.running, OTHER)) },
  })

/** Answers 1 if the item was pending. */
export function* cancelWorkSync(w: Work): Body<number> {
  const was = yield* atomically({
    assign: [[w.pending, 0]],
    answer: w.pending,
    label: `cancel_work_sync(&${w.name})`,
    mightSleep: `cancel_work_sync(&${w.name})`,
  })
  yield* atomically({
    guard: eq(w.running, 0),
    label: `cancel_work_sync(&${w.name}): not running`,
    waits: { on: w.name, holder: eq(w.running, OTHER) },
  })
  return was
}
