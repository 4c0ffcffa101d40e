/**
 * Who is on the list when. A record tells when somebody wrote "registered" or "released", not the instant at which the list
 * changed; but a task does nothing else meanwhile, so that instant lies between its lines before and after. Within that
 * window the judge tries every place. Growing needs an instant without any section (mm_take_all_locks); shrinking does not, but
 * it is over only when nobody is about to call who has left (synchronize_srcu).
 */
import { ahead, distinct, type Hypothesis, isAbout, settled } from './hypothesis.ts'
import { isEnd, type Reader, reach } from './position.ts'
import { type Callback, natureOf, type RecordEvent } from './record.ts'
import type { Member, Roster } from './roster.ts'
import { joins, leaves } from './world.ts'

export interface Change {
  readonly index: number
  /** Who joins or leaves: the member's id. */
  readonly id: string
  readonly joins: boolean
  readonly answer: number
  /** The line that tells of it. */
  readonly event: RecordEvent
  /** It may happen before any of these events. */
  readonly may: (gap: number) => boolean
  /** Before this one it has happened; undefined when the record ends first. */
  readonly must: number | undefined
}

export function changesOf(events: readonly RecordEvent[], roster: Roster): Change[] {
  const changes: Omit<Change, 'index'>[] = []
  for (const [k, member] of roster.members.entries()) {
    const next = roster.members.find((m, i) => i > k && m.label === member.label)
    const until = next?.registered ?? events.length
    changes.push(joining(events, member.registered, member.id, joins(k)))
    // Two of one name on the list at the same time (a trace has such) leave together.
    const leaving = [until, events.length]
      .map((to) => linesOfLeaving(events, member, to))
      .find((lines) => lines.length)
    for (const i of leaving ?? []) changes.push(leavingAt(events, i, member.id, leaves(k)))
  }
  return changes.map((c, index) => ({ ...c, index }))
}

/** Releases, or where there is none the line "unregister". */
function linesOfLeaving(events: readonly RecordEvent[], member: Member, to: number): number[] {
  const lines = (cb: Callback): number[] =>
    events.flatMap((e, i) =>
      e.cb === cb && e.n === member.label && i > member.registered && i < to ? [i] : [],
    )
  const released = lines('release')
  return released.length ? released : lines('unregister')
}

function joining(
  events: readonly RecordEvent[],
  at: number,
  id: string,
  answer: number,
): Omit<Change, 'index'> {
  const { tid } = events[at] as RecordEvent
  const before = events.findLastIndex((e, i) => i < at && e.tid === tid)
  const after = events.findIndex((e, i) => i > at && e.tid === tid)
  return windowed(events, at, { from: before, to: after }, { id, answer, joins: true })
}

/**
 * release() is called while the notifier is still on the list, by somebody who then takes it off before doing anything else
 * but releasing others. Where a record has no release of it, the line "unregister" stands before or after the fact.
 */
function leavingAt(
  events: readonly RecordEvent[],
  at: number,
  id: string,
  answer: number,
): Omit<Change, 'index'> {
  const { tid, cb } = events[at] as RecordEvent
  const before = cb === 'release' ? at : events.findLastIndex((e, i) => i < at && e.tid === tid)
  const after = events.findIndex((e, i) => i > at && e.tid === tid && e.cb !== 'release')
  return windowed(events, at, { from: before, to: after }, { id, answer, joins: false })
}

function windowed(
  events: readonly RecordEvent[],
  at: number,
  { from, to }: { from: number; to: number },
  what: Pick<Change, 'id' | 'answer' | 'joins'>,
): Omit<Change, 'index'> {
  const event = events[at] as RecordEvent
  const must = to < 0 ? undefined : to
  const last = must ?? events.length
  const quiet = events
    .slice(from + 1, last)
    .every((e) => e.tid === event.tid || natureOf(e) === 'user')
  // Where nobody else does anything in the window, one place in it is as good as another.
  if (quiet) return { ...what, event, may: (gap) => gap === at + 1, must: at + 1 }
  return { ...what, event, may: (gap) => gap > from && gap <= last, must }
}

/** The hypotheses before event number `gap`, with what may or must have happened to the list by then. */
export function changed(
  reader: Reader,
  list: readonly Hypothesis[],
  changes: readonly Change[],
  gap: number,
): { readonly list: readonly Hypothesis[]; readonly stuck?: Change } {
  let current = list
  for (const change of changes) {
    if (!change.may(gap)) continue
    const must = change.must === gap
    const next = current.flatMap((h) => {
      if (h.done.has(change.index)) return [h]
      const after = apply(reader, h, change)
      return must ? after : [h, ...after]
    })
    const over = must && !change.joins ? next.filter((h) => !isAbout(reader, h, change.id)) : next
    if (over.length === 0 && current.length > 0) return { list: current, stuck: change }
    current = over === current ? current : distinct(over)
  }
  return { list: current }
}

function apply(reader: Reader, h: Hypothesis, change: Change): Hypothesis[] {
  const { list } = reader.machine
  // Before it grows everybody has to be out of their sections; when it shrinks they may have looked at it or not.
  const move = change.joins ? settled : ahead
  let ready = [h]
  for (const tid of h.tasks.keys()) ready = ready.flatMap((x) => move(reader, x, tid))
  const edge = list.nodes[list.start]?.edges.find((e) => e.answer === change.answer)
  if (!edge) throw new Error(`the list has no change ${change.answer}`)
  return ready.flatMap((x) => {
    const frame = { node: edge.to, where: undefined, since: -1 }
    const end = reach(reader, list, { frame, store: x.store }).find((p) => isEnd(list, p.frame))
    return end ? [{ ...x, store: end.store, done: new Set([...x.done, change.index]) }] : []
  })
}
