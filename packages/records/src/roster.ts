/**
 * Who takes part in a record of one mm: the notifiers on its list, which answers they gave, where the core was watched, and how
 * many tasks there are.
 */
import { type IntervalRoster, intervalsOf } from './intervals.ts'
import { isVisible, natureOf, type RecordEvent } from './record.ts'

/** One registration of a notifier. */
export interface Member {
  /** As the record calls it. */
  readonly label: string
  /** The label, with a number where it is registered once more. */
  readonly id: string
  /** Index of the line that tells of its registration. */
  readonly registered: number
  readonly hasEnd: boolean
  /** What its start may answer: what the record has. */
  readonly answers: readonly number[]
  /** Index of its first end, where its having an end operation is known from that. */
  readonly firstEnd: number | undefined
}

export interface Roster {
  /** In the order of registration: the last one is called first. */
  readonly members: readonly Member[]
  /** Probes that the record has lines of; one that was attached would have left lines. */
  readonly probes: ReadonlySet<string>
  /** Task slots: how many tasks can be inside sections at the same time. */
  readonly slots: number
  /** Where the record has interval notifiers, and the kernel in question too. */
  readonly intervals: IntervalRoster | undefined
}

/** More tasks than this inside sections at once are not followed. */
const SLOT_LIMIT = 16

export function rosterOf(events: readonly RecordEvent[], interval: boolean): Roster {
  const lines = events.flatMap((e, i) => (e.cb === 'register' && !e.ret ? [i] : []))
  const tasks = new Set(events.filter(isVisible).map((e) => e.tid))
  return {
    members: lines.map((at) => memberOf(events, lines, at)),
    probes: new Set(events.filter((e) => natureOf(e) === 'probe').map((e) => e.cb)),
    slots: Math.max(1, Math.min(SLOT_LIMIT, tasks.size)),
    intervals: interval ? intervalsOf(events) : undefined,
  }
}

function memberOf(events: readonly RecordEvent[], lines: readonly number[], at: number): Member {
  const { n: label, hasEnd } = events[at] as RecordEvent
  const same = lines.filter((i) => events[i]?.n === label)
  const turn = same.indexOf(at)
  const until = same[turn + 1] ?? events.length
  const end = events.findIndex((e, i) => e.cb === 'end' && e.n === label && i > at && i < until)
  // A record does not say which operations a notifier has. One that never shows an end is taken to have none: then nobody has to end
  // it, ever, so whatever a policy could explain with a silent end operation it explains without one.
  const inferred = hasEnd === undefined && end >= 0
  return {
    label,
    id: turn > 0 ? `${label}#${turn + 1}` : label,
    registered: at,
    hasEnd: hasEnd ?? inferred,
    answers: answersOf(events, label),
    firstEnd: inferred ? end : undefined,
  }
}

function answersOf(events: readonly RecordEvent[], label: string): number[] {
  const starts = events.filter((e) => e.cb === 'start' && e.n === label)
  // Where a format does not tell them, whatever the core returned is a possible answer.
  const core = starts.some((e) => e.ret === undefined)
    ? events.filter((e) => e.cb === 'core_start_rc')
    : []
  const told = [...starts, ...core].flatMap((e) => (e.ret === undefined ? [] : [e.ret]))
  return [...new Set([0, ...told])].sort((a, b) => b - a)
}

/**
 * The roster if this member had no end operation. Its first end cannot be explained then; but up to there it may be the
 * better reading, where a line has gone astray.
 */
export const withoutEnd = (roster: Roster, id: string): Roster => ({
  ...roster,
  members: roster.members.map((m) =>
    m.id === id ? { ...m, hasEnd: false, firstEnd: undefined } : m,
  ),
})
