/**
 * Signals, where a scenario has them: one may come for whoever looks for one. mm_take_all_locks() looks before each lock that it takes, and
 * waits that are killable (mmap_read_lock_killable()) end early. Whoever is interrupted answers -EINTR and has changed nothing.
 */
import { atomically, type Body, choose, mark, ne } from '@mmulab/model'
import type { Mm } from './mm.ts'

/** What scenarios ask whether it can happen. */
export const INTERRUPTED = 'a signal interrupts'

/** include/linux/sched/signal.h:signal_pending; never where the world has no signals. */
export function* signalPending({ signals }: Mm, where: string): Body<boolean> {
  if (!signals) return false
  if (!(yield* choose(`signal_pending(current) in ${where}`, ['no', 'yes']))) return false
  const taken = yield* atomically({
    assign: [[signals, 0]],
    answer: ne(signals, 0),
    label: `the signal is taken`,
  })
  if (taken) yield* mark(INTERRUPTED)
  return taken === 1
}
