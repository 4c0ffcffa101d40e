/** What a check says while it is under way. */
import type { Checkpoint } from './checkpoint.ts'
import type { Judging } from './work.ts'

export interface Progress {
  readonly explored: number
  readonly waiting: number
  readonly depth: number
  /** To be waited for before going on: somebody has to answer first. Only with workers that are sent messages. */
  readonly wait?: Promise<void> | undefined
  /** Of states and what finds them. */
  readonly bytes?: number
  /** In how many memories they are; one is enough below some 4 GiB. */
  readonly memories?: number
  /** How many states there may be; a walk or two is made for it. Undefined as long as nobody can tell, and with reductions. */
  readonly estimate?: () => Estimate | undefined
  /** The search is over, be it that a limit was met. */
  readonly isSearched?: boolean
  /** Where one can go on from here; good until the check is asked to go on. Modes have none. */
  readonly save?: () => Checkpoint
  /** Once all states are explored: what is being worked out of them. */
  readonly judging?: Judging
}

/** A guess at the number of states. */
export interface Estimate {
  readonly states: number
  /** It may be that many times larger or smaller. */
  readonly factor: number
}
