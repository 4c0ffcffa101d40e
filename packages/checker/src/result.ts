/** What a check says: a verdict per claim, with a schedule for each broken one, and what was not covered. */
import type { ClaimId } from '@mmulab/model'
import type { ModeReport } from './mode.ts'
import type { ReductionName } from './reductions.ts'

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
  /** The loop gives everybody a turn: the stuck task could finish, and does not. */
  readonly fair?: true
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
  /** Where all causes were asked for: what else breaks it, each with a schedule of its own; nearest first. */
  readonly others?: readonly ClaimResult[]
  /** lock-order: the cycle in words, as lockdep draws it. */
  readonly cycle?: readonly string[]
}

/** A task that could finish and does not, on a fair run that goes round for ever. */
export interface Starved {
  readonly task: string
  /** It never moves on the loop; otherwise it goes round itself. */
  readonly waits: boolean
  /** Tasks that change what it looks at. */
  readonly by: readonly string[]
  /** What it waits for; or the variables that it looks at and `by` change. */
  readonly on: readonly string[]
}

/** A fair run that starves somebody: the shortest way into it, and the loop. */
export interface Starving {
  readonly message: string
  readonly schedule: Schedule
  readonly steps: number
  readonly switches: number
  readonly fewestSwitches: boolean
  /** No fair loop where it is entered, in which as few tasks move, has fewer steps; false where that was not found out. */
  readonly shortestLoop: boolean
  /** The stuck task of the schedule first. */
  readonly starved: readonly Starved[]
}

/** The second strength of progress: under strong fairness every task does finish. */
export interface FairResult extends Partial<Starving> {
  /** `message` alone, without a schedule, where a reduced search found that there is such a run and no whole one could tell it. */
  readonly verdict: Verdict
  /** It holds because no choice always goes the same way; this run does not let it. */
  readonly unless?: Starving
}

/** Two functions of two tasks, and how many of their pairs of ops were possible in one state. */
export interface Together {
  readonly tasks: readonly [string, string]
  /** Kernel sources of the functions, such as `mm/oom_kill.c:oom_reap_task_mm`. */
  readonly functions: readonly [string, string]
  readonly together: number
  readonly of: number
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
  /** Set when one memory was not enough: in how many the states are. */
  readonly memories?: number
  readonly claims: Readonly<Record<ClaimId, ClaimResult>>
  /** Whether every task does finish, on every run that is strongly fair to tasks and to the alternatives of choices. */
  readonly fair: FairResult
  readonly sometimes: readonly SometimesResult[]
  readonly measures: readonly MeasureResult[]
  /** Ops (label and stack) that no reachable state could run. */
  readonly neverReached: readonly string[]
  /** Where it was asked for and all interleavings were looked at: each pair of functions of two tasks. */
  readonly together?: readonly Together[]
  /**
   * Which reductions were on, and the size of the space that the verdicts are from. Where something is broken, `states` and
   * `transitions` above are those of the plain search for the shortest schedules, if it went to its end.
   */
  readonly reductions?: {
    readonly on: readonly ReductionName[]
    readonly states: number
    readonly transitions: number
    /** With symmetry: tasks that change places, all pairs of one exchange together; and those that look alike and are told apart by another. */
    readonly symmetry?: {
      readonly exchanges: readonly (readonly (readonly [string, string])[])[]
      readonly apart: readonly { readonly tasks: readonly [string, string]; readonly by?: string }[]
    }
    /** Reductions do not keep shortest schedules: what is broken, or starves somebody, was looked for once more without any. */
    readonly plain?: { readonly claims: readonly ClaimId[]; readonly states: number }
  }
  /** Set when only a part was looked at, by a mode that was asked for; then `states` are those that it met. */
  readonly mode?: ModeReport
  /** Bounds, limits and whatever else the verdicts do not speak of. */
  readonly notCovered: readonly string[]
}
