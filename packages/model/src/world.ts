/**
 * A world: the tasks of one cell and what must hold while they run. The variables are those that its tasks touch.
 */
import type { PreemptRt } from './context.ts'
import type { Expr } from './expr.ts'
import type { LockInfo, Procedure } from './op.ts'

/** The columns of a verdict. `bound` is the model's own: a variable left its domain. */
export const CLAIMS = [
  'memory',
  'coherence',
  'balance',
  'context',
  'deadlock',
  'progress',
  'oom',
  'warn',
  'lock-order',
  'bound',
] as const
export type ClaimId = (typeof CLAIMS)[number]

export interface TaskSpec {
  /** A kernel-style name: oom_reaper, vcpu0. Unique in its world. */
  readonly name: string
  readonly main: Procedure<never[], unknown>
  readonly args: readonly unknown[]
  /** Never finishes by design (a kworker): progress is not asked of it. */
  readonly daemon?: boolean
}

export interface Invariant {
  readonly claim: ClaimId
  /** Must hold in every reachable state. */
  readonly holds: Expr
  /** What is broken when it does not. */
  readonly message: string
}

/** From every reachable state, a state in which this holds must stay reachable. */
export interface Goal {
  readonly claim: ClaimId
  readonly holds: Expr
  /** What has become impossible when it is broken. */
  readonly message: string
}

/** Something that must be possible, or the world says nothing. */
export interface Sometimes {
  readonly name: string
  /** A state, or the name of a mark. */
  readonly when: Expr | { readonly mark: string }
}

/** A number worth knowing where everybody has finished: its smallest and largest value over all schedules. */
export interface Measure {
  readonly name: string
  readonly claim: ClaimId
  readonly value: Expr
  readonly of?: number
  /** Only states in which this holds count; by default those in which all tasks have finished. */
  readonly when?: Expr
}

/** Something taken while something else is held, known without any task of the world doing it. */
export interface PrimedOrder {
  readonly held: LockInfo
  readonly taken: LockInfo
  /** Where the kernel does it. */
  readonly by: string
}

export interface World {
  readonly name: string
  readonly tasks: readonly TaskSpec[]
  readonly invariants: readonly Invariant[]
  readonly goals?: readonly Goal[]
  readonly sometimes: readonly Sometimes[]
  readonly measures: readonly Measure[]
  /** Whether the kernel is one in which spinlocks sleep; not, by default. */
  readonly preemptRt?: PreemptRt
  /** What lockdep was told beforehand. */
  readonly primed?: readonly PrimedOrder[]
  /** Claims that nobody makes here, with the reason; every other claim gets a verdict. */
  readonly notClaimed: Readonly<Partial<Record<ClaimId, string>>>
}

export function task<A extends unknown[]>(
  name: string,
  main: Procedure<A, unknown>,
  args: A,
  options: { readonly daemon?: boolean } = {},
): TaskSpec {
  return { name, main: main as unknown as Procedure<never[], unknown>, args, ...options }
}
