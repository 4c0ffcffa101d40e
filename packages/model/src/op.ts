/**
 * Ops: what a procedure yields. Pure data.
 *
 * There is one op that touches shared state, the guarded command `Step`: *when* a condition holds, *assign*, and
 * *answer*, in one atomic step. Everything else steers control (choose, call, jump) or says something about
 * the task that costs no step (context, a broken promise, a mark, a barrier).
 */
import type { Expr } from './expr.ts'
import type { PerTask, Variable } from './variable.ts'

/** A lock as lock-order checking sees it: one class for all locks that play the same role. */
export interface LockInfo {
  readonly name: string
  /** The lock class with its subclass, as lockdep would key it. */
  readonly cls: string
  /** True for mutexes and rwsems, false for spinlocks. */
  readonly sleeps: boolean
}

export type LockMode = 'exclusive' | 'read' | 'write'

/** Assignment target: a variable, the running task's slot of a per-task one, or the slots of all tasks (wake_up_all). */
export type Target = Variable | PerTask | AllSlots

export interface AllSlots {
  readonly kind: 'all-slots'
  readonly of: PerTask
}

export interface Assign {
  readonly to: Target
  readonly value: Expr
}

export interface Step {
  readonly kind: 'step'
  /** The task waits until this holds. */
  readonly guard: Expr
  /** All at once, from the values before the step. */
  readonly assign: readonly Assign[]
  /** What `yield*` returns; the number 0 where there is nothing to tell. */
  readonly answer: Expr
  /** The op as a kernel developer would write it: `mutex_trylock(&umem_mutex)`. */
  readonly label: string
  readonly lock?: {
    readonly info: LockInfo
    readonly mode: LockMode
    /** `try` acquires when the answer is 1; `downgrade` turns a write hold into a read hold. */
    readonly event: 'acquire' | 'try' | 'release' | 'downgrade'
    /** Released by a task other than the one that took it, by design (up_read_non_owner). */
    readonly anyOwner?: boolean
  }
  /**
   * A read hold that belongs to no task (down_read_non_owner): lockdep is told nothing of it, and any task may give it back. Still nobody
   * writes meanwhile, which is what whoever looks for races goes by.
   */
  readonly unowned?: { readonly info: LockInfo; readonly event: 'acquire' | 'try' | 'release' }
  /** Set when the kernel's primitive may sleep here: what it is called in a complaint. */
  readonly mightSleep?: string
  /** For a step that can wait: what it waits for, and an expression over `other` that says who must act first. */
  readonly waits?: { readonly on: string; readonly holder?: Expr }
}

/** A free choice of the environment, the hardware or the scheduler; every alternative is explored. */
export interface Choose {
  readonly kind: 'choose'
  readonly count: number
  readonly label: string
  readonly names?: readonly string[]
  /** Set on calls out to something that a record answers for (see `callOut`). */
  readonly out?: CallOut
}

/** A call that leaves the model: which notifier, which callback, which argument. */
export interface CallOut {
  readonly subject: string
  readonly callback: string
  readonly detail: Readonly<Record<string, string | number | boolean>>
  /** The answers in the order of the choice. */
  readonly answers: readonly number[]
}

export interface Call {
  readonly kind: 'call'
  readonly procedure: Procedure<never[], unknown>
  readonly args: readonly unknown[]
}

/** A tail call: the running procedure is left for another, or for its own head (a retry loop). */
export interface Jump {
  readonly kind: 'jump'
  readonly procedure: Procedure<never[], unknown>
  readonly args: readonly unknown[]
}

/** Something about the task that needs no step of its own; it happens together with the op before it. */
export interface Silent {
  readonly kind: 'silent'
  readonly effect: Effect
}

/** Asks whether the task is in a context (1 or 0); answered while linking, costs no step. */
export interface Ask {
  readonly kind: 'ask'
  readonly field: ContextField
}

export type Op = Step | Choose | Call | Jump | Silent | Ask

/** What the kernel keeps about `current` and what forbids sleeping, waiting or reclaiming. */
export type ContextField =
  /** non_block_start() depth. */
  | 'nonBlock'
  /** Depth of anything that disables preemption; spinlocks count by themselves. */
  | 'atomic'
  /** PF_MEMALLOC: allocations by this task do not reclaim. */
  | 'memalloc'
  /** Inside a notifier callback. */
  | 'callback'
  /** Tears down an address space that nobody uses any more. */
  | 'exit'
  /** Read sections of the SRCU domain of this name; those of others are no concern of whoever waits for it. */
  | `srcu:${string}`

export type Effect =
  | {
      readonly type: 'context'
      readonly field: ContextField
      readonly delta: 1 | -1
      readonly label: string
    }
  /** A promise is broken here. `halts`: the kernel does not go on (BUG). */
  | {
      readonly type: 'violate'
      readonly claim: string
      readonly message: string
      readonly halts: boolean
    }
  | { readonly type: 'mark'; readonly name: string }
  /** No step under sequential consistency; kept so that a weaker memory model can give it one. */
  | { readonly type: 'barrier'; readonly name: string }
  /** Something lockdep would treat as a lock taken and dropped at once (fs_reclaim, the notifier map). */
  | {
      readonly type: 'pseudo-lock'
      readonly info: LockInfo
      /** `enter`: held from here on without having been waited for. */
      readonly event: 'acquire' | 'enter' | 'release'
      readonly label: string
    }
  /** A rule of context that is checked where it stands; `reclaims`: direct reclaim is entered here. */
  /**
   * A duty that the task takes on and has to discharge later on its own path. Discharging one that was never taken on
   * breaks `claim`; `forget` drops it without a word.
   */
  | {
      readonly type: 'duty'
      readonly event: 'take' | 'discharge' | 'forget'
      readonly name: string
      readonly claim: string
      readonly message: string
    }
  | { readonly type: 'might-sleep'; readonly what: string }
  | { readonly type: 'reclaims'; readonly what: string }

/** What a procedure's body is: yields ops, is answered with numbers (or a callee's value), returns `R`. */
// biome-ignore lint/suspicious/noExplicitAny: an op's answer has the type that its sugar declares
export type Body<R> = Generator<Op, R, any>

/** Where in the kernel a procedure comes from. */
export interface Source {
  /** `mm/mmu_notifier.c:mn_hlist_invalidate_range_start`; empty for what has no counterpart. */
  readonly at: string
  /** Versions for which that is so: `4.19..5.4`. */
  readonly versions?: string
  /** What is decided or left out here, and why. */
  readonly note?: string
}

export interface Procedure<A extends unknown[] = unknown[], R = unknown> {
  /** The kernel's name of the function. */
  readonly name: string
  readonly source: Source
  readonly body: (...args: A) => Body<R>
}
