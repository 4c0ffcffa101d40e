/**
 * Where things are in the memory of a search: what has a fixed size first, then the states, which grow towards the table. When the
 * table is full a larger one is made beyond it, and the states grow on over the place where it was: nothing is ever copied.
 * Addresses and sizes are in bytes.
 */
import type { Linked } from '../automaton.ts'
import type { Layout } from '../layout.ts'

export interface MemoryMap {
  /** How many work on the search. */
  readonly workers: number
  /** Slots of a stripe, a power of two. */
  readonly stripe: number
  readonly live: number
  readonly hit: number
  readonly least: number
  readonly most: number
  /** Cells of `CONTROL`, and after them a row of `ROW` cells for each worker. */
  readonly control: number
  /**
   * The lists of successors to be looked up, one list after another, `capacity` in each: their hashes, their slots and their words.
   * A successor's number counts through all of them.
   */
  readonly capacity: number
  readonly hashes: number
  readonly slots: number
  readonly kept: number
  /** One region for each worker; the addresses in it count from its beginning. */
  readonly regions: number
  readonly regionBytes: number
  readonly region: {
    /** How many successors are on this worker's list, or how many states there are now; and how many successors were made for it. */
    readonly left: number
    readonly moves: number
    /** Number of reports, then the reports. */
    readonly log: number
    readonly succ: number
    readonly ends: number
    /** Per successor, with symmetry, which exchanges made it what it is. */
    readonly turned: number
    readonly recent: number
    /** Numbers of successors that are this worker's to look up. */
    readonly mine: number
    /** Where loads whose value nobody needs leave it. */
    readonly touched: number
  }
  /** What nodes do (`rows.ts`). */
  readonly rows: number
  /** What the decision who goes alone looks up (`alone-data.ts`). */
  readonly alone: number
  readonly states: number
  /** Numbers of things, for the views. */
  readonly lengths: {
    readonly live: number
    readonly hit: number
    readonly succ: number
    readonly log: number
    readonly batch: number
    readonly turned: number
    readonly rows: number
    readonly alone: number
  }
}

/** Slots of a stripe of the table. */
export const STRIPE: number = 1 << 12

/** Successors in a batch: enough to overlap cache misses, few enough to stay in the nearest caches. */
export const BATCH = 1024

/** Recent states that are kept at hand; as many as the nearest caches hold. */
export const RECENT_STATES: number = 1 << 12
/** The bytes of one, as a power of two. */
export const recentShift = (words: number): number => Math.ceil(Math.log2(words * 4))

/** Words of a report: its kind, state, number of site or watch, assignment, value. */
export const REPORT_WORDS = 5
/** Reports that may have been written before a state is expanded. */
export const REPORTS = 1024

/**
 * Of the cells by which workers meet: what is to be done counts up; how many are at work; whether one has failed; how many have come;
 * how many sleep until there is an order, or until all is done.
 */
// biome-ignore format: one cell after another
export const CONTROL = { order: 0, working: 1, failed: 2, ready: 3, idle: 4, waiting: 5, cells: 6 } as const
/** Of a worker's row: what to do, what came of it, and its arguments. */
export const ROW = { task: 0, result: 1, args: 2, cells: 16 } as const

/** Successors on a list where several work on the search. */
const LIST = 1 << 15

/** Words of what nodes do; and what a reduced search needs beside. */
export interface Sizes {
  readonly rows: number
  readonly aloneWords?: number | undefined
  readonly turns?: boolean
}

export function memoryMap(
  linked: Linked,
  layout: Layout,
  sites: number,
  watches: number,
  workers: number,
  stripe: number,
  { rows, aloneWords = 0, turns = false }: Sizes,
): MemoryMap {
  const { words } = layout
  const fanOut = linked.automata
    .map((a) => Math.max(1, ...a.nodes.map((n) => (n.kind === 'choose' ? n.edges.length : 1))))
    .reduce((a, b) => a + b, 0)
  const measures = linked.measures.length
  const batch = BATCH + fanOut
  const capacity = workers > 1 ? LIST + batch : batch
  const lengths = {
    live: sites + watches + measures,
    hit: sites,
    succ: batch * (words + 1),
    // Of one state: every watch and measure, and of every edge a flag and an end.
    log: 1 + (REPORTS + watches + measures + 2 * fanOut) * REPORT_WORDS,
    batch,
    turned: turns ? batch : 0,
    rows,
    alone: aloneWords,
  }
  const region = places(0)
  const inRegion = {
    left: region.take(4),
    moves: region.take(4),
    log: region.take(lengths.log * 4),
    succ: region.take(lengths.succ * 4),
    ends: region.take(BATCH * 4),
    turned: region.take(lengths.turned * 4),
    recent: region.take(RECENT_STATES << recentShift(words)),
    mine: region.take(BATCH * 4),
    touched: region.take(4),
  }
  const all = places(0)
  return {
    workers,
    stripe,
    live: all.take(lengths.live),
    // The byte after them belongs to rows of which nobody has to know whether they were reached.
    hit: all.take(lengths.hit + 1),
    least: all.take(measures * 4),
    most: all.take(measures * 4),
    control: all.take((CONTROL.cells + workers * ROW.cells) * 4),
    capacity,
    hashes: all.take(workers * capacity * 4),
    slots: all.take(workers * capacity * 4),
    kept: all.take(workers * capacity * words * 4),
    regions: all.take(workers * region.end()),
    regionBytes: region.end(),
    region: inRegion,
    rows: all.take(rows * 4),
    alone: all.take(aloneWords * 4),
    states: all.end(),
    lengths,
  }
}

/** Gives out one place after another, each at the beginning of a cache line. */
function places(begin: number): { take(bytes: number): number; end(): number } {
  let end = begin
  return {
    take(bytes) {
      const at = end
      end = Math.ceil((end + bytes) / 64) * 64
      return at
    },
    end: () => end,
  }
}
