/**
 * What a record says about itself. The recording module counts, under the lock that orders the lines, each notifier's starts
 * that said yes minus its ends (`cnt`), and writes totals when asked (`stat`); a reader asks about the number that it has got. A record whose lines do not add up to its own
 * counts was made by no kernel.
 */
import type { RecordEvent } from './record.ts'

export interface Contradiction {
  readonly event: RecordEvent
  /** A sentence without its subject: "says ...". */
  readonly says: string
  readonly counted: string
}

interface Totals {
  starts: number
  ends: number
  fails: number
}

const TOTALS = /^starts=(?<starts>\d+) ends=(?<ends>\d+) fails=(?<fails>\d+)$/

/** The first line that contradicts those before it. */
export function contradictionIn(events: readonly RecordEvent[]): Contradiction | undefined {
  const totals = new Map<string, Totals>()
  const gone = new Set<string>()
  const begun = new Map<string, number | undefined>()
  for (const event of events) {
    if (event.n === '-') continue
    const key = `${event.mm} ${event.n}`
    const reader = `${key} ${event.tid}`
    if (event.cb === 'rd_begin') begun.set(reader, event.aux)
    if (event.cb === 'rd_retry' && event.aux !== begun.get(reader))
      return {
        event,
        says: `aux=${event.aux?.toString(16)}`,
        counted: `the task has begun with ${begun.get(reader)?.toString(16) ?? 'nothing'}`,
      }
    // One that is registered again counts from 0 again. Before its first registration is written down it may have been called already.
    const again = event.cb === 'register' && gone.delete(key)
    const t = (!again && totals.get(key)) || { starts: 0, ends: 0, fails: 0 }
    totals.set(key, t)
    if (event.cb === 'unregister') gone.add(key)
    if (event.cb === 'start' && event.ret !== undefined) t[event.ret === 0 ? 'starts' : 'fails']++
    if (event.cb === 'end') t.ends++
    const counts = event.cb === 'start' || event.cb === 'end' || event.cb === 'release'
    if (counts && event.cnt !== undefined && event.cnt !== t.starts - t.ends)
      return {
        event,
        says: `cnt=${event.cnt}`,
        counted: `${event.n} has had ${t.starts} starts that said yes and ${t.ends} ends`,
      }
    const stat = event.cb === 'stat' ? TOTALS.exec(event.text ?? '')?.groups : undefined
    if (stat && (['starts', 'ends', 'fails'] as const).some((k) => Number(stat[k]) !== t[k]))
      return {
        event,
        says: event.text ?? '',
        counted: `the lines before it show starts=${t.starts} ends=${t.ends} fails=${t.fails}`,
      }
  }
  return undefined
}
