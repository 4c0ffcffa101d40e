/** What a check says: a verdict per claim, with a schedule for each broken one, and what was not covered. */
import type { ClaimId } from '@mmulab/model'
import type { ModeReport } from './mode.ts'
import type { ReductionName } from './reductions.ts'
import type { Judging } from './work.ts'

export type Verdict = 'holds' | 'violated' | 'not-claimed' | 'unfinished'

/** One step of one task; `answer` is the answer of the step, or the index of the choice. */
export interface Move {
  readonly task: number
  readonly answer: number
}

export interface Schedule {
  readonly claim: ClaimId
  readonly moves: readonly Move[]
  /** How many of the moves are the shortest way to the violation; what follows shows what comes of it. */
  readonly prefix: number
  /** Progress and deadlock: the move (index into `moves`) after which the stuck task cannot finish any more. */
  readonly pointOfNoReturn?: number
  /** From this move to the last one it goes round for ever. */
  readonly loop?: number
  /** The task (index) that is stuck, for progress and deadlock. */
  readonly stuck?: number
}

/** Who waits for whom: `task` cannot go on before `waitsFor` has acted. */
export interface WaitFor {
  readonly task: string
  readonly at: string
  readonly on: string
  readonly waitsFor: readonly string[]
}

export interface ClaimResult {
  readonly verdict: Verdict
  /** What is broken, or why nobody claims it, or why it is unfinished. */
  readonly message?: string
  readonly schedule?: Schedule
  /** Moves up to the violation. */
  readonly steps?: number
  /** False when no shortest schedule was looked for, or not to the end: the one that was found first may be longer. */
  readonly fewestSteps?: false
  /** Context switches in them. */
  readonly switches?: number
  /** False when the search was too large to choose among the shortest schedules. */
  readonly fewestSwitches?: boolean
  readonly waitFor?: readonly WaitFor[]
  /** lock-order: the cycle in words, as lockdep draws it. */
  readonly cycle?: readonly string[]
}

export interface SometimesResult {
  readonly name: string
  readonly reached: boolean
}

export interface MeasureResult {
  readonly name: string
  readonly claim: ClaimId
  readonly min: number | undefined
  readonly max: number | undefined
  readonly of: number | undefined
}

export interface CheckResult {
  readonly complete: boolean
  readonly states: number
  readonly transitions: number
  /** Longest of all shortest paths. */
  readonly depth: number
  /** 32-bit words per packed state, and bytes of table and states per stored state. */
  readonly words: number
  readonly bytesPerState: number
  readonly claims: Readonly<Record<ClaimId, ClaimResult>>
  readonly sometimes: readonly SometimesResult[]
  readonly measures: readonly MeasureResult[]
  /** Ops (label and stack) that no reachable state could run. */
  readonly neverReached: readonly string[]
  /**
   * Which reductions were on, and the size of the space that the verdicts are from. Where something is broken, `states` and
   * `transitions` above are those of the plain search for the shortest schedules, if it went to its end.
   */
  readonly reductions?: {
    readonly on: readonly ReductionName[]
    readonly states: number
    readonly transitions: number
    /** Reductions are not proved to keep shortest schedules: what is broken was looked for once more without any. */
    readonly plain?: { readonly claims: readonly ClaimId[]; readonly states: number }
  }
  /** Set when only a part was looked at, by a mode that was asked for; then `states` are those that it met. */
  readonly mode?: ModeReport
  /** Bounds, limits and whatever else the verdicts do not speak of. */
  readonly notCovered: readonly string[]
}

export interface Progress {
  readonly explored: number
  readonly waiting: number
  readonly depth: number
  /** Once all states are explored: what is being worked out of them. */
  readonly judging?: Judging
}
