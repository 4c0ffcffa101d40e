/**
 * One record against one policy. The judge walks through the events with every hypothesis that is still possible; the first
 * event that leaves none is what the policy cannot explain.
 */
import type { Policy } from '@mmulab/core'
import { changed, changesOf } from './changes.ts'
import {
  advanced,
  afterCall,
  distinct,
  HYPOTHESIS_LIMIT,
  type Hypothesis,
  hasSlot,
  initial,
  type Purposes,
  settled,
  TooManyWays,
  tidied,
} from './hypothesis.ts'
import { type Misfit, misfitAt, misfitAtEnd, misfitOfChange, type Situation } from './misfit.ts'
import { type Reader, readerOf } from './position.ts'
import { isVisible, type KernelRecord, natureOf, type RecordEvent } from './record.ts'
import { type Roster, rosterOf, withoutEnd } from './roster.ts'
import { showPlace } from './words.ts'
import { buildMachine } from './world.ts'

export type Outcome =
  | { readonly verdict: 'explained' }
  | { readonly verdict: 'refused'; readonly at: Misfit }
  | { readonly verdict: 'unsupported'; readonly reason: string }

/** Judges each mm of the record by itself; the earliest misfit counts. */
export function judgeUnder(record: KernelRecord, policy: Policy): Outcome {
  const mms = new Set(record.events.filter((e) => natureOf(e) !== 'user').map((e) => e.mm))
  const outcomes = [...mms].map((mm) => {
    // What a task does outside of sections counts for every mm.
    const events = record.events.filter((e) => e.mm === mm || natureOf(e) === 'user')
    return judgeMm(events, policy)
  })
  const refused = outcomes.flatMap((o) => (o.verdict === 'refused' ? [o] : []))
  const [first] = refused.sort((a, b) => a.at.seq - b.at.seq)
  return first ?? outcomes.find((o) => o.verdict === 'unsupported') ?? { verdict: 'explained' }
}

/**
 * That a notifier has an end operation is known only when it shows one. A misfit before that counts only if it is one for a
 * notifier without the operation too; so the reading that gets furthest names the event.
 */
function judgeMm(events: readonly RecordEvent[], policy: Policy): Outcome {
  let roster = rosterOf(events, policy.facts.interval)
  let outcome = judgeWith(events, roster, policy)
  for (let better = true; better; ) {
    better = false
    for (const { id, firstEnd } of roster.members) {
      if (outcome.verdict !== 'refused' || firstEnd === undefined) continue
      if ((events[firstEnd]?.seq ?? 0) <= outcome.at.seq) continue
      const other = withoutEnd(roster, id)
      const result = judgeWith(events, other, policy)
      if (result.verdict !== 'refused' || result.at.seq <= outcome.at.seq) continue
      roster = other
      outcome = result
      better = true
    }
  }
  return outcome
}

/**
 * When a task made its shared steps, beside those of others, no line tells. First each is taken to have made them right before the line that
 * needs them; only if the record cannot be read like that, every order is tried.
 */
function judgeWith(events: readonly RecordEvent[], roster: Roster, policy: Policy): Outcome {
  const soon = judgeIn(events, roster, policy, false)
  if (soon.verdict !== 'refused' || !roster.intervals) return soon
  try {
    return judgeIn(events, roster, policy, true)
  } catch (error) {
    if (!(error instanceof TooManyWays)) throw error
    return { verdict: 'unsupported', reason: `there are ${TOO_MANY}` }
  }
}

const TOO_MANY = `more than ${HYPOTHESIS_LIMIT} ways to read the record so far`

function judgeIn(
  events: readonly RecordEvent[],
  roster: Roster,
  policy: Policy,
  anyOrder: boolean,
): Outcome {
  const reader = readerFor(policy, roster)
  const changes = changesOf(events, roster)
  const tids = [...new Set(events.map((e) => e.tid))]
  const situation = (list: readonly Hypothesis[]): Situation => ({
    reader,
    list,
    events,
    policy,
  })
  let list: readonly Hypothesis[] = [initial(reader)]
  for (const [i, event] of events.entries()) {
    const before = changed(reader, list, changes, i)
    if (before.stuck) return refused(misfitOfChange(situation(before.list), before.stuck))
    const tooMany = limitAt(reader, before.list, event)
    if (tooMany)
      return { verdict: 'unsupported', reason: `at ${showPlace(event)} there are ${tooMany}` }
    const others = anyOrder ? tids.filter((tid) => tid !== event.tid) : []
    const purposes = purposesAt(events, i)
    const after = before.list.flatMap((h) =>
      advanced(reader, h, event.tid, purposes, others).flatMap((x) => step(reader, x, event)),
    )
    if (after.length === 0) return refused(misfitAt(situation(before.list), i))
    list = distinct(after.map((h) => tidied(reader, h)))
  }
  const last = changed(reader, list, changes, events.length)
  if (last.stuck) return refused(misfitOfChange(situation(last.list), last.stuck))
  // A record is a whole run: what was begun is over at its end.
  for (const tid of tids) {
    const before = list
    const others = anyOrder ? tids.filter((x) => x !== tid) : []
    list = distinct(
      before.flatMap((h) =>
        advanced(reader, h, tid, () => 'nothing', others).flatMap((x) => settled(reader, x, tid)),
      ),
    )
    if (list.length === 0) return refused(misfitAtEnd(situation(before), tid))
  }
  return { verdict: 'explained' }
}

/**
 * What each task shows from event number `at` on: nothing, if that line is written outside of every section. Whether to retry is
 * asked under the lock that the line is written under, so not before the line is due.
 */
function purposesAt(events: readonly RecordEvent[], at: number): Purposes {
  return (tid) => {
    const next = events.findIndex((e, i) => i >= at && e.tid === tid)
    const event = events[next]
    if (!event || !isVisible(event)) return 'nothing'
    return event.cb === 'rd_retry' && next > at ? 'nothing' : event
  }
}

/** Records of one kind have the same roster, and a policy does the same with it every time. */
const readers = new WeakMap<Policy, Map<string, Reader>>()

function readerFor(policy: Policy, roster: Roster): Reader {
  const known = readers.get(policy) ?? new Map<string, Reader>()
  readers.set(policy, known)
  const members = roster.members.map((m) => [m.label, m.id, m.hasEnd, m.answers])
  const intervals = roster.intervals?.members.map((m) => [m.label, m.id, m.answers])
  const { met = [], sections = 0 } = roster.intervals ?? {}
  const key = JSON.stringify([
    members,
    [...roster.probes].sort(),
    roster.slots,
    intervals,
    met,
    sections,
  ])
  const reader = known.get(key) ?? readerOf(buildMachine(policy, roster))
  known.set(key, reader)
  return reader
}

const refused = (at: Misfit): Outcome => ({ verdict: 'refused', at })

function step(reader: Reader, h: Hypothesis, event: RecordEvent): Hypothesis[] {
  if (isVisible(event)) return afterCall(reader, h, event)
  // Whoever writes such a line is in no section: its own walks and sections are over.
  return settled(reader, h, event.tid)
}

/** What there is too much of to go on. */
function limitAt(
  reader: Reader,
  list: readonly Hypothesis[],
  event: RecordEvent,
): string | undefined {
  if (list.length > HYPOTHESIS_LIMIT) return TOO_MANY
  if (isVisible(event) && list.some((h) => !hasSlot(reader, h, event.tid)))
    return `more than ${reader.machine.slots.length} tasks inside sections at once`
  return undefined
}
