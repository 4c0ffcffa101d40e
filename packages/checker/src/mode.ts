/**
 * Ways of looking at a part of a world, for worlds that are too large to be looked at as a whole. Each is asked for by name, and
 * nothing holds because of it: what it finds broken is broken, and everything else stays unfinished.
 */

export type Mode = RandomMode | PctMode | PreemptionsMode | BitstateMode

interface Walks {
  /** The same seed, the same walks. */
  readonly seed?: number | undefined
  readonly walks?: number | undefined
  /** Steps after which a walk is given up. */
  readonly steps?: number | undefined
}

/** In each state one of the tasks that can move moves, all with the same chance. */
export interface RandomMode extends Walks {
  readonly kind: 'random'
}

/** Probabilistic concurrency testing: random priorities, lowered at `depth` - 1 random steps. */
export interface PctMode extends Walks {
  readonly kind: 'pct'
  /** Of the bugs to be found: how many ordering constraints between steps make one. */
  readonly depth: number
}

/** All schedules in which a task that could go on is made to wait at most so many times. */
export interface PreemptionsMode {
  readonly kind: 'preemptions'
  readonly most: number
}

/** All states, as far as a few bits of each tell them apart. */
export interface BitstateMode {
  readonly kind: 'bitstate'
  /** Of the array of bits; rounded down to a power of two, and at most 512 MiB. */
  readonly bytes?: number | undefined
  readonly hashes?: 2 | 3 | undefined
}

/** What was done in a mode. */
export interface ModeReport {
  readonly name: Mode['kind']
  /** In a few words, such as "1,000 random walks (seed 1)". */
  readonly label: string
  /** What is known of what was missed, a sentence each. */
  readonly missed: readonly string[]
  /** The numbers in these words, by name. */
  readonly facts: Readonly<Record<string, number>>
}

export interface StopOptions {
  /** Asked now and then; when it says yes, or why, the check ends with what is known so far. */
  readonly shouldStop?: (() => boolean | string) | undefined
}

/** Why to stop now, if at all. */
export function whyStop(options: StopOptions): string | undefined {
  const why = options.shouldStop?.() ?? false
  return why === false ? undefined : why === true ? 'interrupted' : why
}

export const SEED = 1
export const WALKS = 1000
export const STEPS = 2000

/** 1234567 as 1,234,567. */
export const grouped = (n: number): string => n.toLocaleString('en-US')
