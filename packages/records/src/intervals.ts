/**
 * Interval notifiers of a record: which there are, which of them a range meets, and what their owners do with them. Ranges of a
 * record are addresses; in the world each interval notifier has one virtual page, and a section covers the pages of those
 * that its range meets.
 */
import {
  createIntervals,
  type IntervalNode,
  type IntervalSub,
  type Intervals,
  intervalProcedures,
  type Kernel,
  mmuIntervalReadRetry,
  mmuIntervalSetSeq,
  type Range,
} from '@mmulab/core'
import { type Body, call, callOut, type Procedure, procedure, variable } from '@mmulab/model'
import { infer, metBy, OUTSIDE } from './calls.ts'
import type { RecordEvent } from './record.ts'

/** One insertion of an interval notifier. */
export interface IntervalMember {
  readonly label: string
  /** The label, with a number where it is inserted once more. */
  readonly id: string
  readonly first: bigint
  readonly end: bigint
  /** What its invalidate() may answer: 0 for yes, as the record has it. */
  readonly answers: readonly number[]
}

export interface IntervalRoster {
  /** In the order of the tree: by address. */
  readonly members: readonly IntervalMember[]
  /** For every kind of range in the record, the numbers of the members that it meets. */
  readonly met: readonly (readonly number[])[]
  /** How often the sequence number can have been made odd. */
  readonly sections: number
}

/** More sections that interval notifiers hear of than this make the model too large. */
export const INVAL_LIMIT = 400

/** Undefined where a record has no interval notifier. */
export function intervalsOf(events: readonly RecordEvent[]): IntervalRoster | undefined {
  const inserted = events.filter((e) => e.cb === 'insert' && !e.ret)
  if (inserted.length === 0) return undefined
  const sections = events.filter((e) => e.cb === 'inval').length + inserted.length + 1
  const members = inserted
    .map((e, i): IntervalMember => {
      const turn = inserted.slice(0, i).filter((x) => x.n === e.n).length
      const id = turn > 0 ? `${e.n}#${turn + 1}` : e.n
      return { label: e.n, id, ...spanOf(e), answers: answersOf(events, e.n) }
    })
    .sort((a, b) => (a.first < b.first ? -1 : a.first > b.first ? 1 : 0))
  const met = new Map<string, readonly number[]>([['', []]])
  for (const e of events) {
    if (e.blockable === undefined || e.s === undefined || e.e === undefined) continue
    const numbers = meets(members, e)
    met.set(numbers.join(), numbers)
  }
  return { members, met: [...met.values()], sections }
}

const spanOf = (e: RecordEvent): { first: bigint; end: bigint } => ({
  first: BigInt(`0x${e.s ?? 0}`),
  end: BigInt(`0x${e.e ?? 0}`),
})

const answersOf = (events: readonly RecordEvent[], label: string): number[] => {
  const told = events.flatMap((e) => (e.cb === 'inval' && e.n === label && e.ret ? [e.ret] : []))
  return [0, ...new Set(told)]
}

/** The numbers of the members that an event's range meets. */
export function meets(members: readonly IntervalMember[], e: RecordEvent): number[] {
  const { first, end } = spanOf(e)
  return members.flatMap((m, i) => (m.first < end && first < m.end ? [i] : []))
}

/** The virtual pages of a section that meets these. */
export const pagesOf = (met: readonly number[]): number[] => [0, ...met.map((i) => i + OUTSIDE)]

/** The intervals of the world, none of them in the tree. Every open section counts as active, seen or not. */
export function intervalsFor(
  roster: IntervalRoster,
  open: number,
  made: () => Intervals | undefined,
): Intervals {
  const subs = roster.members.map((member, i) => ({
    name: member.id,
    sub: intervalSub(member, i, made),
    inserted: false,
    changes: true,
    leaves: false,
  }))
  return {
    ...createIntervals(subs, roster.sections),
    active: variable('active_invalidate_ranges', { min: -open, max: open }),
  }
}

/** A notifier whose answers are the record's. What refuses has changed nothing; what agrees tells its readers first. */
const intervalSub = (
  member: IntervalMember,
  i: number,
  made: () => Intervals | undefined,
): IntervalSub => ({
  pages: [i + OUTSIDE],
  invalidate: procedure(`${member.id}.inval`, 'the record', function* (r: Range, seq: number) {
    const ret = yield* callOut({
      subject: member.label,
      callback: 'inval',
      detail: {
        id: member.id,
        blockable: r.blockable,
        met: metBy(r.pages),
        seq,
        ...((r.event === 'RELEASE' || r.mayFail) && { event: r.event }),
      },
      answers: member.answers,
    })
    if (ret !== 0) return 0
    yield* mmuIntervalSetSeq(nodeOf(made(), member), seq)
    return 1
  }),
})

function nodeOf(intervals: Intervals | undefined, { id }: IntervalMember): IntervalNode {
  const node = intervals?.nodes.find((n) => n.name === id)
  if (!node) throw new Error(`there is no interval ${id}`)
  return node
}

/** What the owner of an interval notifier does with it, by the line with which it begins. */
export type OwnerCall = 'insert' | 'iremove' | 'rd_call' | 'rd_retry'
export const OWNER_CALLS: readonly OwnerCall[] = ['insert', 'iremove', 'rd_call', 'rd_retry']

export function ownerProcedure(
  kernel: Kernel,
  member: IntervalMember,
  what: OwnerCall,
): Procedure<[], void> {
  const { mm, intervals } = kernel
  if (!intervals) throw new Error('there are no intervals')
  const node = nodeOf(intervals, member)
  const own = intervalProcedures(mm, intervals, node)
  const say = (callback: string, ret = 0, seq?: number): Body<number> =>
    callOut({
      subject: member.label,
      callback,
      detail: { id: member.id, ...(seq !== undefined && { seq }) },
      answers: [ret],
    })
  const bodies: Readonly<Record<OwnerCall, () => Body<void>>> = {
    *insert() {
      // The line may be written before or after the fact.
      const before = yield* infer('insert', 2)
      if (before) yield* say('insert')
      yield* call(own.insert)
      if (!before) yield* say('insert')
    },
    *iremove() {
      yield* say('iremove')
      yield* call(own.remove)
      yield* say('iremove_done')
    },
    *rd_call() {
      yield* say('rd_call')
      yield* say('rd_begin', 0, yield* call(own.readBegin))
    },
    *rd_retry() {
      // The number is one that mmu_interval_read_begin() can answer: an odd one.
      const seq = 1 + 2 * (yield* infer('rd_retry', intervals.seq.max >> 1))
      yield* say('rd_retry', yield* mmuIntervalReadRetry(node, seq), seq)
    },
  }
  return procedure(`${member.id}.${what}`, 'the record', bodies[what])
}
