/** What a check says while it is under way. */
import type { Checkpoint } from './checkpoint.ts'
import type { Judging } from './work.ts'

export interface Progress {
  readonly explored: number
  readonly waiting: number
  readonly depth: number
  /** Of states and what finds them. */
  readonly bytes?: number
  /** Number of the first state of each depth. */
  readonly levels?: readonly number[]
  /** The search is over, be it that a limit was met. */
  readonly isSearched?: boolean
  /** Where one can go on from here; good until the check is asked to go on. Modes have none. */
  readonly save?: () => Checkpoint
  /** Once all states are explored: what is being worked out of them. */
  readonly judging?: Judging
}
