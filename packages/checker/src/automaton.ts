/**
 * What the checker really runs: each task as a finite graph of ops whose expressions are closed (they speak of variables
 * and numbers only). Produced by `link`; a search needs nothing else.
 */
import type {
  CallOut,
  ClaimId,
  Expr,
  Goal,
  Invariant,
  LockInfo,
  LockMode,
  Measure,
  Variable,
  World,
} from '@mmulab/model'

/** Something that happens together with a transition. */
export type Flag =
  | { readonly kind: 'violate'; readonly claim: ClaimId; readonly message: string }
  | { readonly kind: 'mark'; readonly name: string }

export interface Edge {
  /** The value of the step's answer, or the index of the choice, for which this edge is taken. */
  readonly answer: number
  /** Node reached; -1 when the kernel stops here (BUG). */
  readonly to: number
  readonly flags: readonly Flag[]
}

export interface Assignment {
  readonly to: Variable
  readonly value: Expr
}

export interface Node {
  /** `end`: the task has finished; no edges. */
  readonly kind: 'step' | 'choose' | 'end'
  /** The task waits until this is not 0. */
  readonly guard: Expr
  /** All at once, from the values before the step. */
  readonly assign: readonly Assignment[]
  readonly answer: Expr
  readonly edges: readonly Edge[]
  readonly label: string
  /** Set on a choice that something outside the model answers (see `callOut`). */
  readonly out?: CallOut
  /** What it waits for when the guard does not hold; `holder` speaks of `other`. */
  readonly waits: { readonly on: string; readonly holder?: Expr } | undefined
  /** Names of the procedures on the stack, outermost first, for one of the paths that lead here. */
  readonly stack: readonly string[]
  /** Kernel source of the innermost procedure. */
  readonly source: string
}

export interface Automaton {
  readonly name: string
  readonly daemon: boolean
  readonly nodes: readonly Node[]
  readonly start: number
  /** What happens before the task's first step. */
  readonly startFlags: readonly Flag[]
}

/** A variable with the range of values that the linked ops can give it (never wider than its domain). */
export interface LinkedVariable {
  readonly variable: Variable
  readonly min: number
  readonly max: number
}

/** Taken while `held` was held, in some task: an edge of the lock-order graph. */
export interface LockEdge {
  readonly held: LockInfo
  readonly taken: LockInfo
  readonly heldMode: LockMode
  readonly takenMode: LockMode
  /** The task, or the place in the kernel that told lockdep beforehand. */
  readonly task: string
  /** Where `taken` is taken: the stack of procedures, outermost first. */
  readonly stack: readonly string[]
  /** Inside a notifier callback. */
  readonly callback: boolean
  /** Kernel source of the procedure that takes it; empty where lockdep was told. */
  readonly source: string
}

export interface Linked {
  readonly world: World
  readonly automata: readonly Automaton[]
  /** Only those that some op can change; the others were folded into constants. */
  readonly variables: readonly LinkedVariable[]
  readonly invariants: readonly Invariant[]
  readonly goals: readonly Goal[]
  readonly sometimes: World['sometimes']
  readonly measures: readonly Measure[]
  readonly lockOrder: readonly LockEdge[]
  /** Classes of the locks that notifier callbacks take, over all tasks. */
  readonly callbackClasses: readonly string[]
  /** Equal worlds have equal fingerprints; a token made for another world is refused by it. */
  readonly fingerprint: string
  /** Nodes before minimisation, and how often a generator was run to record them. */
  readonly size: { readonly unminimised: number; readonly nodes: number; readonly runs: number }
}
