/** What the judge has to say, in words fit to print. */
import type { CallOut } from '@mmulab/model'
import { CORE } from './calls.ts'
import type { Frame, Where } from './position.ts'
import { isCall, type RecordEvent } from './record.ts'

/** Where in the record: `seq=17`. */
export const showPlace = (e: RecordEvent): string => e.place ?? `seq=${e.seq}`

export const showTask = ({ comm, tid }: RecordEvent): string => `${comm} (tid ${tid})`

/** ` of [400000, 401000)`; nothing where a record does not tell the range. */
const over = (word: 'of' | 'for', { s, e }: Where): string =>
  s === undefined || e === undefined ? '' : ` ${word} [${s}, ${e})`

export const showSection = (w: Where): string => `the section${over('of', w)}`

/** As in a record: hexadecimal. */
const numbered = (seq: number | undefined): string =>
  seq === undefined ? '' : ` with sequence number ${seq.toString(16)}`

const core = (cb: string): string =>
  `__mmu_notifier_invalidate_range_${cb.replace(/^core_/, '').replace(/_rc$/, '')}()`

/** An event of a record: `A.end of [400000, 401000) by oom_reaper (tid 9)`. */
export function showEvent(e: RecordEvent): string {
  const by = `by ${showTask(e)}`
  switch (e.cb) {
    case 'start':
    case 'end':
      return `${e.n}.${e.cb}${over('of', e)}${e.ret ? ` answering ${e.ret}` : ''} ${by}`
    case 'inval':
      return `${e.n}.inval${over('of', e)}${numbered(e.aux)}${e.ret ? ` answering ${e.ret}` : ''} ${by}`
    case 'rd_begin':
    case 'rd_retry':
      return `${e.n}.${e.cb}${numbered(e.aux)} answering ${e.ret} ${by}`
    case 'core_start':
    case 'core_end':
      return `${core(e.cb)}${over('for', e)} ${by}`
    case 'core_start_rc':
      return `the return of ${e.ret} from ${core(e.cb)}${over('for', e)} ${by}`
    case 'reap':
      return `an attempt to reap ${by}`
    case 'reap_rc':
      return `the end of an attempt to reap with ${e.ret} ${by}`
    default:
      return `${e.n === '-' ? '' : `${e.n}.`}${e.cb} ${by}`
  }
}

/** A call that a task could make: `A.end of [400000, 401000)`. */
export function showCall(out: CallOut, { where = {} }: Frame, offset = 0): string {
  const { seq } = out.detail
  const number = typeof seq === 'number' ? numbered(seq + offset) : ''
  const ret = out.callback === 'rd_retry' ? ` answering ${out.answers[0]}` : ''
  if (out.subject !== CORE)
    return `${out.subject}.${out.callback}${over('of', where)}${number}${ret}`
  const [answer] = out.answers
  switch (out.callback) {
    case 'core_start_rc':
      return `the return of ${answer} from ${core(out.callback)}${over('for', where)}`
    case 'reap':
      return 'an attempt to reap'
    case 'reap_rc':
      return `the end of the attempt to reap with ${answer}`
    default:
      return `${core(out.callback)}${over('for', where)}`
  }
}

/** Who refused a section of a task in the walk that was the last to start it. */
export function refusalOf(
  events: readonly RecordEvent[],
  tid: number,
  where: Where,
): RecordEvent | undefined {
  const same = (x: RecordEvent): boolean => x.s === where.s && x.e === where.e
  const own = events.filter((x) => x.tid === tid && isCall(x))
  const last = own.findLastIndex((x) => x.cb === 'start' && same(x))
  const begin = own.findLastIndex((x, i) => i < last && !(x.cb === 'start' && same(x)))
  return own.slice(begin + 1, last + 1).find((x) => x.ret !== undefined && x.ret !== 0)
}

/** `a`, `a or b`, `a, b or c`. */
export const either = (list: readonly string[]): string =>
  list.length < 2 ? (list[0] ?? 'nothing') : `${list.slice(0, -1).join(', ')} or ${list.at(-1)}`
