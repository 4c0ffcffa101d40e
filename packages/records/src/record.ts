/**
 * A record: what one run of a real kernel did, as callbacks with their answers in one total order. `np.ts` reads the lines that a
 * recording module wrote, `trace.ts` the kernel's own function trace; what a format does not tell is left out of the event.
 */

/** What a line can be about. The key is the word in the line, the value says what that word means for a judge. */
export const CALLBACKS = {
  start: 'call',
  end: 'call',
  core_start: 'probe',
  core_start_rc: 'probe',
  core_end: 'probe',
  reap: 'probe',
  reap_rc: 'probe',
  register: 'list',
  unregister: 'list',
  release: 'list',
  stat: 'user',
  set: 'user',
  mark: 'user',
  endscript: 'user',
  block: 'user',
  unblock: 'user',
  hold: 'user',
  unhold: 'user',
  inval: 'interval',
  insert: 'interval',
  iremove: 'interval',
  iremove_done: 'interval',
  rd_call: 'interval',
  rd_begin: 'interval',
  rd_retry: 'interval',
} as const

export type Callback = keyof typeof CALLBACKS
/**
 * call: a list notifier is called. probe: the core itself was watched. list: a notifier comes or goes. user: the task was
 * outside of every section when it wrote this (in user space, or parked in the module). interval: an interval notifier is called, or
 * its owner calls the core.
 */
export type Nature = (typeof CALLBACKS)[Callback]

export interface RecordEvent {
  readonly seq: number
  /** Line of the file, from 1. */
  readonly line: number
  readonly tid: number
  readonly comm: string
  readonly mm: number
  /** The notifier, or `-`. */
  readonly n: string
  readonly cb: Callback
  /** The range [s, e), hexadecimal. */
  readonly s?: string
  readonly e?: string
  /** The range's event: UNMAP, CLEAR, ... */
  readonly ev?: string
  readonly blockable?: boolean
  /** What was answered. */
  readonly ret?: number
  /** Starts minus ends of this notifier, after this line. */
  readonly cnt?: number
  /** Of an interval notifier's call: the sequence number that it got, answered or asked about. */
  readonly aux?: number
  readonly text?: string
  /** How people find the line, where that is not by its seq. */
  readonly place?: string
  /** On a registration, where the format tells: whether the notifier has an end operation. */
  readonly hasEnd?: boolean
}

export interface KernelRecord {
  readonly format: 'callbacks' | 'function trace'
  readonly scenario: string
  readonly kernel: string
  /** Who recorded it and how; for people, no evidence. */
  readonly label: string
  readonly events: readonly RecordEvent[]
  /** What a reader of the verdict should know about this record. */
  readonly notes: readonly string[]
}

export const natureOf = (e: RecordEvent): Nature => CALLBACKS[e.cb]
export const isCall = (e: RecordEvent): boolean => natureOf(e) === 'call'
/** Something that the policy's own procedures do. */
export const isVisible = (e: RecordEvent): boolean =>
  isCall(e) || natureOf(e) === 'probe' || isInterval(e)
/** About an interval notifier; an insertion that failed has done nothing. */
export const isInterval = (e: RecordEvent): boolean =>
  natureOf(e) === 'interval' && !(e.cb === 'insert' && e.ret)
