/** What is said when no hypothesis is left: which event does not fit, and what the policy would have done instead. */
import type { Policy } from '@mmulab/core'
import type { Change } from './changes.ts'
import { type Hypothesis, nextCalls } from './hypothesis.ts'
import { type Reader, visibleAt, type Where } from './position.ts'
import { isCall, isInterval, isVisible, natureOf, type RecordEvent } from './record.ts'
import {
  either,
  refusalOf,
  showCall,
  showEvent,
  showPlace,
  showSection,
  showTask,
} from './words.ts'

/** The first event that does not fit, or the first place where something that had to happen did not. */
export interface Misfit {
  readonly kind: 'cannot happen' | 'had to happen before'
  readonly seq: number
  readonly line: number
  /** What is recorded there. */
  readonly what: string
  /** What the policy would have done instead. */
  readonly expected: string
  /** All of it as one sentence. */
  readonly text: string
}

/** What the judge knew when the event came. */
export interface Situation {
  readonly reader: Reader
  readonly list: readonly Hypothesis[]
  readonly events: readonly RecordEvent[]
  readonly policy: Policy
}

interface Expected {
  /** Calls for sections that have begun. */
  readonly open: readonly string[]
  /** Calls with which another section would begin. */
  readonly first: readonly string[]
  /** Those sections that have begun. */
  readonly sections: readonly Where[]
}

function expectedOf({ reader, list }: Situation, tid: number): Expected {
  const open = new Set<string>()
  const first = new Set<string>()
  const sections: Where[] = []
  for (const h of list)
    for (const { frame, automaton, isNew, offset } of nextCalls(reader, h, tid)) {
      const out = visibleAt(automaton, frame)
      if (!out) continue
      const begun = !isNew && (frame.where !== undefined || out.callback === 'reap_rc')
      ;(begun ? open : first).add(showCall(out, frame, offset))
      if (begun && frame.where) sections.push(frame.where)
    }
  return { open: [...open], first: [...first], sections }
}

/** Event number `at` is possible under no hypothesis. */
export function misfitAt(situation: Situation, at: number): Misfit {
  const {
    events,
    policy: { name: policy, facts },
  } = situation
  const event = events[at] as RecordEvent
  const { open, first, sections } = expectedOf(situation, event.tid)
  const before = events.slice(0, at)
  const why = whyOf(before, event.tid, sections)
  if (!isVisible(event)) {
    const what = `${showTask(event)} is outside of every section (${event.cb})`
    return missing(event, what, open, `${policy}${why}`)
  }
  const another = sections.every((w) => w.s !== event.s || w.e !== event.e)
  if (open.length && !first.length && another)
    return missing(event, showEvent(event), open, `${policy}${why}`)
  const what = showEvent(event)
  const expected = either([
    ...open,
    ...(first.length ? [`${either(first)} of another section`] : []),
  ])
  const reason =
    (event.cb === 'end' && refused(before, event)) || absent(before, event, facts.interval)
  const text = `${showPlace(event)}: ${what}${reason} cannot happen under ${policy}; expected: ${expected}`
  return { kind: 'cannot happen', ...placeOf(event), what, expected, text }
}

/** The record is over, and this task is not. */
export function misfitAtEnd(situation: Situation, tid: number): Misfit {
  const {
    events,
    policy: { name: policy },
  } = situation
  const last = events.at(-1) as RecordEvent
  const own = events.findLast((e) => e.tid === tid) ?? last
  const { open, sections } = expectedOf(situation, tid)
  const what = `the record ends with ${showTask(own)} inside a section`
  return missing(last, what, open, `${policy}${whyOf(events, tid, sections)}`)
}

/** The list cannot have changed when the record says that it did. */
export function misfitOfChange(
  { list, policy: { name: policy } }: Situation,
  { event, joins, id }: Change,
): Misfit {
  const what = showEvent(event)
  const open = list.flatMap((h) =>
    [...h.tasks].flatMap(([tid, { stack }]) =>
      stack.map((f) => `${showSection(f.where ?? {})} of tid ${tid}`),
    ),
  )
  const expected = joins
    ? `${either([...new Set(open)])} to be over first, because mm_take_all_locks() keeps sections out`
    : `nobody still to call ${id}, because synchronize_srcu() waits for the walks`
  const text = `${showPlace(event)}: ${what} cannot happen under ${policy}; expected: ${expected}`
  return { kind: 'cannot happen', ...placeOf(event), what, expected, text }
}

const placeOf = ({ seq, line }: RecordEvent): { seq: number; line: number } => ({ seq, line })

function missing(event: RecordEvent, what: string, open: readonly string[], under: string): Misfit {
  const expected = either(open)
  const text = `${showPlace(event)}: ${what}, but under ${under} ${expected} had to happen before`
  return { kind: 'had to happen before', ...placeOf(event), what, expected, text }
}

/** `, where B refused the section at seq=16,` if that is what makes the difference. */
function whyOf(before: readonly RecordEvent[], tid: number, sections: readonly Where[]): string {
  const [refusal] = sections.flatMap((w) => refusalOf(before, tid, w) ?? [])
  return refusal ? `, since ${refusal.n} refused that section at ${showPlace(refusal)},` : ''
}

function refused(before: readonly RecordEvent[], e: RecordEvent): string {
  const refusal = refusalOf(before, e.tid, e)
  return refusal ? `, for a section that ${refusal.n} refused at ${showPlace(refusal)},` : ''
}

/** Why a notifier is not called at all. */
function absent(before: readonly RecordEvent[], e: RecordEvent, interval: boolean): string {
  if (isInterval(e) && !interval) return ', of an interval notifier, which came with 5.5,'
  if (!isCall(e)) return ''
  const last = before.findLast((x) => x.n === e.n && natureOf(x) === 'list')
  if (!last) return `, which nobody has registered,`
  return last.cb === 'register' ? '' : `, which was gone after ${showPlace(last)},`
}
