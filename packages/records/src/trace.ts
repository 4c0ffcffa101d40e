/**
 * The kernel's own function trace (ftrace, tracer "function") of the notifier core and its callbacks, with a return probe on
 * `__mmu_notifier_invalidate_range_start`:
 *
 *     init-1  [001] ...1.  3.413101: __mmu_notifier_invalidate_range_start <-__oom_reap_task_mm
 *     init-1  [001] .....  3.413134: kvm_mmu_notifier_invalidate_range_start <-__mmu_notifier_invalidate_range_start
 *     init-1  [001] .....  3.415307: start_ret: (... <- __mmu_notifier_invalidate_range_start) ret=-11
 *
 * It tells less than the module does. What each callback answered is not in it, only what the core returned, so the judge
 * may choose answers as long as the core's return comes out. Two notifiers with one callback function look alike. Nobody is
 * seen to register: the list is what the first walk calls. Ranges come from KVM's tracepoint, and the caller tells
 * whether a section may block (the reaper's may not).
 */
import { recordError } from './errors.ts'
import { headOf, linesOf } from './head.ts'
import type { KernelRecord, RecordEvent } from './record.ts'

const START = '__mmu_notifier_invalidate_range_start'
const END = '__mmu_notifier_invalidate_range_end'
const RELEASE = '__mmu_notifier_release'
/** Callers of the non-blockable wrapper, 4.19 to 7.x. */
const NONBLOCK = /^(__oom_reap_task_mm|oom_reap_task_mm)\b/

const LINE = /^\s*(?<comm>.+)-(?<tid>\d+)\s+\[\d+\]\s+\S+\s+[\d.]+:\s+(?<what>\S.*)$/
const COUNT = /^# entries-in-buffer\/entries-written: (\d+)\/(\d+)/
const RANGE = /^\w+: mmu notifier unmap range: 0x0*([0-9a-f]+) -- 0x0*([0-9a-f]+)$/
const RETURNED = new RegExp(`^\\w+: \\(.* <- ${START}\\) ret=(-?\\d+)$`)
const CALLED = /^(?<callee>\S+) <-(?<caller>\S+)$/

export const isTrace = (text: string): boolean => /^# tracer: /m.test(text)

type Draft = { -readonly [K in keyof RecordEvent]: RecordEvent[K] }

export function parseTrace(text: string, file: string): KernelRecord {
  const { lines, cut } = linesOf(text)
  const head = headOf(lines)
  if (!head)
    throw recordError('RECORD_FOREIGN', 'This is a trace, but not one of a recorded run.', file)
  const body = lines.flatMap((line, i) =>
    line === '' || line.startsWith('#') ? [] : [{ line, number: i + 1 }],
  )
  checkCount(lines, body.length, cut, file)
  const drafts = body.flatMap(({ line, number }) => {
    const f = LINE.exec(line)?.groups
    if (!f) throw recordError('RECORD_MALFORMED', 'Line is not one of a trace.', file, number)
    return [{ line: number, tid: Number(f.tid), comm: f.comm ?? '', what: f.what ?? '' }]
  })
  const events = eventsOf(drafts)
  const list = listOf(events)
  return {
    format: 'function trace',
    ...head,
    events: [...list, ...withReleases(events, list)].map((e, seq) => ({
      ...e,
      seq,
      place: `line ${e.line}`,
    })),
    notes: [
      'a function trace: what each callback answered, and which of several notifiers with one callback it was, is inferred from what the core returned',
    ],
  }
}

function checkCount(lines: readonly string[], found: number, cut: boolean, file: string): void {
  if (cut)
    throw recordError(
      'RECORD_TRUNCATED',
      'The last line of the trace is cut off.',
      file,
      lines.length,
    )
  const count = lines.map((line) => COUNT.exec(line)).find((m) => m !== null)
  if (!count) return
  const [, held, written] = count
  if (Number(held) !== found)
    throw recordError(
      'RECORD_TRUNCATED',
      `The trace says that it has ${held} entries; there are ${found}.`,
      file,
    )
  if (held !== written)
    throw recordError(
      'RECORD_TRUNCATED',
      `The trace has lost entries: ${written} were written, ${held} were kept.`,
      file,
    )
}

interface Line {
  readonly line: number
  readonly tid: number
  readonly comm: string
  readonly what: string
}

function eventsOf(lines: readonly Line[]): Draft[] {
  const events: Draft[] = []
  /** What is being called in each task: the events of the walk that runs, so that a range can be put on all of them. */
  const walks = new Map<number, Draft[]>()
  const add = (l: Line, event: Pick<Draft, 'n' | 'cb'> & Partial<Draft>): void => {
    const blockable = walks.get(l.tid)?.[0]?.blockable
    const whole: Draft = {
      seq: 0,
      line: l.line,
      tid: l.tid,
      comm: l.comm,
      mm: 0,
      ...(blockable !== undefined && { blockable }),
      ...event,
    }
    events.push(whole)
    walks.get(l.tid)?.push(whole)
  }
  for (const l of lines) {
    const range = RANGE.exec(l.what)
    const returned = RETURNED.exec(l.what)
    const { callee = '', caller = '' } = CALLED.exec(l.what)?.groups ?? {}
    if (range)
      for (const e of walks.get(l.tid) ?? []) Object.assign(e, { s: range[1], e: range[2] })
    else if (returned) add(l, { n: '-', cb: 'core_start_rc', ret: Number(returned[1]) })
    else if (callee === START || callee === END) {
      walks.set(l.tid, [])
      const cb = callee === START ? 'core_start' : 'core_end'
      add(l, { n: '-', cb, ret: 0, blockable: !NONBLOCK.test(caller) })
    } else if (caller === START || caller === END) {
      const op = /^(?<n>.+?)(?:_invalidate_range)?_(?<cb>start|end)$/.exec(callee)?.groups
      if (op?.n) add(l, { n: op.n, cb: op.cb === 'start' ? 'start' : 'end' })
    } else if (caller === RELEASE) {
      walks.delete(l.tid)
      add(l, { n: '-', cb: 'release' })
    }
  }
  return events
}

/** The list as the first walk shows it, oldest first, registered before everything else. */
function listOf(events: readonly Draft[]): Draft[] {
  const first = events.find((e) => e.cb === 'start')
  if (!first) return []
  const walk = walkFrom(events, events.indexOf(first))
  const most = (n: string): number =>
    Math.max(...events.map((e, i) => (e.cb === 'end' ? endsOf(walkFrom(events, i), n) : 0)))
  const seen = new Map<string, number>()
  const called = walk
    .filter((e) => e.cb === 'start')
    .map((e): Draft => {
      // Of several with one callback function, it does not matter which have the end operation: they look alike.
      const earlier = seen.get(e.n) ?? 0
      seen.set(e.n, earlier + 1)
      const { line, tid, comm } = events[0] ?? e
      return { seq: 0, line, tid, comm, mm: 0, n: e.n, cb: 'register', hasEnd: earlier < most(e.n) }
    })
  return called.reverse()
}

const endsOf = (walk: readonly Draft[], n: string): number =>
  walk.filter((e) => e.cb === 'end' && e.n === n).length

/** From one call on, the calls of the same task until the core is entered or left. */
function walkFrom(events: readonly Draft[], from: number): Draft[] {
  const own = events.slice(from).filter((e) => e.tid === events[from]?.tid)
  const end = own.findIndex((e) => e.cb !== 'start' && e.cb !== 'end')
  return end < 0 ? own : own.slice(0, end)
}

/** __mmu_notifier_release() releases everybody on the list, whoever of them was traced. */
const withReleases = (events: readonly Draft[], list: readonly Draft[]): Draft[] =>
  events.flatMap((e) => (e.cb === 'release' ? list.map((r) => ({ ...e, n: r.n })) : [e]))
