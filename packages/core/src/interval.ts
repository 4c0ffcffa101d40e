/**
 * struct mmu_interval_notifier, and what struct mmu_notifier_subscriptions keeps for it (5.5+): a sequence number that is odd
 * while a section hits some interval, the number of sections that are open anywhere, and a tree that may only change
 * while the number is even. A change that comes at another time is deferred to the end of the last section.
 *
 * subscriptions->lock covers a few statements at a time, none of which waits: each such stretch is one step here. Left out:
 * lost wake-ups (invalidate_seq moves before wake_up_all()).
 */
import {
  any,
  type Body,
  type Expr,
  eq,
  flag,
  or,
  type Procedure,
  type Variable,
  variable,
} from '@mmulab/model'
import { overlap, type Range } from './range.ts'

/** The answer of `invalidateStart` that has `invalidateFinish` called once every node has been asked. */
export const FINISH_QUEUED = 2

/** struct mmu_interval_notifier_ops, and the interval it is for. */
export interface IntervalSub {
  /** The virtual pages it covers, ascending. */
  readonly pages: readonly number[]
  /**
   * Called before the page tables change, with the number to hand to mmu_interval_set_seq(). Answers 1; or 0, which only a
   * non-blockable range allows, and then nothing may have changed.
   */
  readonly invalidate: Procedure<[Range, number], number>
  /** 7.x: what is called in place of `invalidate`; may answer FINISH_QUEUED to have `invalidateFinish` called later. */
  readonly invalidateStart?: Procedure<[Range, number], number>
  readonly invalidateFinish?: Procedure<[Range], void>
  /** The driver inserts it itself in a world in which it starts cold; or in every world, whenever it needs it for a while. */
  readonly insertedByDriver?: boolean | 'for-a-while'
}

/** A driver's subscription, and where it stands. */
export interface IntervalNode extends IntervalSub {
  readonly name: string
  /** interval_sub->invalidate_seq: that of the section which hit it last. */
  readonly seq: Variable
  /** Whether it is in the tree; undefined for one that is from beginning to end. */
  readonly inTree: Variable | undefined
  /** 1 once remove() has returned, where it may be called: no callback may run any more. */
  readonly gone: Variable | undefined
  /** deferred_item: to be inserted or removed when the last section ends. */
  readonly deferred: Variable
}

export interface Intervals {
  /** has_itree: set by the first insertion, never cleared. */
  readonly hasItree: Variable
  /** invalidate_seq. */
  readonly seq: Variable
  /** active_invalidate_ranges: open sections of any range; unsigned in the kernel, where it would wrap. */
  readonly active: Variable
  /** In the order of the tree: by their first page. */
  readonly nodes: readonly IntervalNode[]
}

export interface IntervalOptions {
  readonly name: string
  readonly sub: IntervalSub
  /** In the tree when the world begins. */
  readonly inserted: boolean
  /** Inserted or removed while the world runs. */
  readonly changes: boolean
  /** Removed while the world runs. */
  readonly leaves: boolean
}

const IDLE = 2

/** Every maximal stretch in which sections are open makes the number odd once and even once. */
export function createIntervals(subs: readonly IntervalOptions[], sections: number): Intervals {
  const max = IDLE + 2 * sections
  const nodes = subs.map(({ name, sub, inserted, changes, leaves }) => ({
    ...sub,
    name,
    seq: variable(`${name}.invalidate_seq`, { max, init: IDLE - 1 }),
    inTree: changes ? flag(`${name}.in_tree`, inserted ? 1 : 0) : undefined,
    gone: leaves ? flag(`${name}.removed`) : undefined,
    deferred: flag(`${name}.deferred`),
  }))
  return {
    hasItree: flag('has_itree', subs.some((s) => s.inserted) ? 1 : 0),
    seq: variable('invalidate_seq', { max, init: IDLE }),
    active: variable('active_invalidate_ranges', { min: -sections, max: sections }),
    nodes: nodes.sort((a, b) => (a.pages[0] ?? 0) - (b.pages[0] ?? 0)),
  }
}

/** mn_itree_is_invalidating(): invalidate_seq is odd. */
export function isInvalidating({ seq }: Intervals): Expr {
  const values = Array.from({ length: seq.max - seq.min + 1 }, (_, i) => seq.min + i)
  return or(...values.filter((n) => n % 2 === 1).map((n) => eq(seq, n)))
}

/** Those whose interval the range meets. */
export const hitBy = (s: Intervals, range: Range): IntervalNode[] =>
  s.nodes.filter((node) => overlap(range, node.pages).length > 0)

/** Some of these is in the tree. */
export const someInTree = (nodes: readonly IntervalNode[]): Expr =>
  any(nodes, (node) => node.inTree ?? 1)

/** What a driver does with its own subscription. */
export interface IntervalHelpers {
  /** mmu_interval_read_begin: waits for sections that hit it, answers the number to ask `readRetry` about. */
  readBegin(): Body<number>
  /** mmu_interval_read_retry: 1 if a section has hit it since. Under the lock that `setSeq` is called under. */
  readRetry(seq: number): Body<number>
  /** mmu_interval_set_seq: what invalidate() does first, under the driver's lock. */
  setSeq(seq: number): Body<number>
  /** mmu_interval_notifier_insert. */
  insert(): Body<void>
  /** mmu_interval_notifier_remove: not from a callback, nor under a lock that callbacks take. */
  remove(): Body<void>
}

export interface IntervalProcedures {
  readonly readBegin: Procedure<[], number>
  readonly insert: Procedure<[], void>
  readonly remove: Procedure<[], void>
}
