/**
 * Which orders a real kernel allowed. A record of forced schedules has, for every order, the line that asks for it, the callbacks of
 * the two tasks that were held back until it was their turn, and how it ended:
 *
 *     np seq=27 ... cb=mark ... text=script to=100 A+1 B+1 A-1 B-1 A+2 B+2 A-2 B-2
 *     np seq=28 ... tag=1 ... n=A cb=start ...
 *     np seq=36 ... cb=endscript ... ret=0
 *
 * ret=-35 (-EDEADLK): whoever was due could not come, because the other one held a lock while it was held back.
 */
import { recordError } from './errors.ts'
import type { Order } from './lattice.ts'
import { isCall, type KernelRecord, type RecordEvent } from './record.ts'

export interface RecordedOrders {
  /** The operations of task 1 and task 2, as the scenario's name has them. */
  readonly first: string
  readonly second: string
  readonly kernel: string
  /** Every order that was asked for. */
  readonly asked: readonly Order[]
  readonly allowed: readonly Order[]
}

const SCRIPT = /^script(?: to=\d+)?(?<order>(?: [A-Z][+-]\d)+)$/
const SCENARIO = /^sched_(?<first>[a-z]+)_(?<second>[a-z]+)_disjoint$/
const EDEADLK = -35

/** Undefined for a record of something else. @throws LabError RECORD_MALFORMED when it contradicts itself */
export function recordedOrders(record: KernelRecord, file = 'record'): RecordedOrders | undefined {
  const { first, second } = SCENARIO.exec(record.scenario)?.groups ?? {}
  if (first === undefined || second === undefined) return undefined
  const asked: Order[] = []
  const allowed: Order[] = []
  let current: { readonly order: Order; readonly done: string[] } | undefined
  const wrong = (what: string, { line }: RecordEvent): Error =>
    recordError('RECORD_MALFORMED', `The script here ${what}.`, file, line)
  for (const event of record.events) {
    const order = SCRIPT.exec(event.text ?? '')?.groups?.order?.trim()
    if (order !== undefined) {
      if (current) throw wrong('begins before the one before it has ended', event)
      current = { order, done: [] }
    } else if (current && event.tag && isCall(event)) {
      current.done.push(`${event.n}${event.cb === 'start' ? '+' : '-'}${event.tag}`)
    } else if (event.cb === 'endscript') {
      if (!current) throw wrong('ends and has not begun', event)
      const kept = current.done.join(' ') === current.order
      if (event.ret !== 0 && event.ret !== EDEADLK) throw wrong(`ends with ${event.ret}`, event)
      if (kept !== (event.ret === 0))
        throw wrong(
          `ends with ${event.ret}, but the calls came as ${current.done.join(' ')}`,
          event,
        )
      asked.push(current.order)
      if (kept) allowed.push(current.order)
      current = undefined
    }
  }
  return asked.length ? { first, second, kernel: record.kernel, asked, allowed } : undefined
}
