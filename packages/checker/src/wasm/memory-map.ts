/**
 * Where things are in the memory of a search: what has a fixed size first, then the states, which grow towards the table. When the
 * table is full a larger one is made beyond it, and the states grow on over the place where it was: nothing is ever copied.
 * Addresses and sizes are in bytes.
 */
import type { Linked } from '../automaton.ts'
import type { Layout } from '../layout.ts'

export interface MemoryMap {
  readonly live: number
  readonly hit: number
  readonly least: number
  readonly most: number
  /** Number of reports, then the reports. */
  readonly log: number
  readonly succ: number
  readonly ends: number
  readonly hashes: number
  readonly slots: number
  readonly places: number
  readonly recent: number
  /** Where loads whose value nobody needs leave it. */
  readonly touched: number
  readonly states: number
  /** Reports that may have been written before a state is expanded. */
  readonly reports: number
  /** Numbers of things, for the views. */
  readonly lengths: { readonly live: number; readonly hit: number; readonly succ: number }
}

/** Successors in a batch: enough to overlap cache misses, few enough to stay in the nearest caches. */
export const BATCH = 1024

/** Recent states that are kept at hand; as many as the nearest caches hold. */
export const RECENT_STATES: number = 1 << 12
/** The bytes of one, as a power of two. */
export const recentShift = (words: number): number => Math.ceil(Math.log2(words * 4))

/** Words of a report: its kind, state, number of site or watch, assignment, value. */
export const REPORT_WORDS = 5

const REPORTS = 1024

export function memoryMap(
  linked: Linked,
  layout: Layout,
  sites: number,
  watches: number,
): MemoryMap {
  const fanOut = linked.automata
    .map((a) => Math.max(1, ...a.nodes.map((n) => (n.kind === 'choose' ? n.edges.length : 1))))
    .reduce((a, b) => a + b, 0)
  const measures = linked.measures.length
  const capacity = BATCH + fanOut
  // Of one state: every watch, and of every edge a flag and an end.
  const most = REPORTS + watches + 2 * fanOut
  const lengths = {
    live: sites + watches + measures,
    hit: sites,
    succ: capacity * (layout.words + 1),
  }
  let end = 0
  const take = (bytes: number): number => {
    const at = end
    end = Math.ceil((end + bytes) / 64) * 64
    return at
  }
  return {
    live: take(lengths.live),
    hit: take(lengths.hit),
    least: take(measures * 4),
    most: take(measures * 4),
    log: take(4 + most * REPORT_WORDS * 4),
    succ: take(lengths.succ * 4),
    ends: take(BATCH * 4),
    hashes: take(capacity * 4),
    slots: take(capacity * 4),
    places: take(capacity * 4),
    recent: take(RECENT_STATES << recentShift(layout.words)),
    touched: take(4),
    states: end,
    reports: REPORTS,
    lengths,
  }
}
