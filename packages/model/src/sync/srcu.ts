/**
 * SRCU: read sections that may sleep, and synchronize_srcu(), which waits for those that were open when it began.
 * Two counters per task and an index that the synchroniser flips, as in kernel/rcu/srcutree.c; grace periods are
 * serialised by a lock of their own.
 *
 * call_srcu() hands something to a task of its own, which waits for a grace period and then does it. Nothing orders it with
 * other grace periods: who has waited for one of his own does not know whether it has been done. srcu_barrier() does.
 */

import { inContext, violate } from '../context.ts'
import {
  all,
  and,
  anyTask,
  type Expr,
  eq,
  mine,
  minus,
  ne,
  not,
  OTHER,
  plus,
  SELF,
  theirs,
} from '../expr.ts'
import type { Body, Procedure } from '../op.ts'
import { atomically, store } from '../ops.ts'
import { call, jump, procedure } from '../procedure.ts'
import { flag, type PerTask, perTask, type Variable, variable } from '../variable.ts'
import { MAX_TASKS } from './spinlock.ts'

export interface Srcu {
  readonly name: string
  readonly idx: Variable
  readonly readers: readonly [PerTask, PerTask]
  /** The task whose grace period is running. */
  readonly grace: Variable
  readonly synchronize: Procedure<[], void>
}

/** `depth`: how many read sections one task may nest. */
export function srcu(name: string, depth = 1): Srcu {
  const domain: Srcu = {
    name,
    idx: flag(`${name}.idx`),
    readers: [perTask(`${name}.readers[0]`, depth), perTask(`${name}.readers[1]`, depth)],
    grace: variable(`${name}.grace`, { max: MAX_TASKS }),
    synchronize: procedure(
      'synchronize_srcu',
      'kernel/rcu/srcutree.c:synchronize_srcu',
      function* () {
        if (yield* inContext(`srcu:${name}`))
          yield* violate('context', `synchronize_srcu(&${name}) inside its own read section`)
        yield* atomically({
          guard: eq(domain.grace, 0),
          assign: [
            [domain.grace, SELF],
            [domain.idx, minus(1, domain.idx)],
          ],
          label: `synchronize_srcu(&${name})`,
          mightSleep: `synchronize_srcu(&${name})`,
          waits: { on: `${name} grace period`, holder: eq(domain.grace, OTHER) },
        })
        yield* atomically({
          // Only readers of the index that was in force before the flip are waited for.
          guard: not(anyTask(ne(oldReaders(domain), 0))),
          assign: [[domain.grace, 0]],
          label: `synchronize_srcu(&${name}): grace period over`,
          waits: { on: `${name} readers`, holder: ne(oldReaders(domain), 0) },
        })
      },
    ),
  }
  return domain
}

const oldReaders = (s: Srcu) => ({
  k: 'if' as const,
  c: eq(s.idx, 1),
  a: theirs(s.readers[0]),
  b: theirs(s.readers[1]),
})

/** Returns the index to hand to `srcuReadUnlock`. */
export function* srcuReadLock(s: Srcu): Body<number> {
  const idx = yield* atomically({
    assign: [
      [s.readers[0], plus(mine(s.readers[0]), eq(s.idx, 0))],
      [s.readers[1], plus(mine(s.readers[1]), eq(s.idx, 1))],
    ],
    answer: s.idx,
    label: `srcu_read_lock(&${s.name})`,
  })
  yield {
    kind: 'silent',
    effect: { type: 'context', field: `srcu:${s.name}`, delta: 1, label: '' },
  }
  return idx
}

/**
 * srcu_dereference() inside a read section: what the variable says is looked at by this task until `srcuReadUnlock` gives `held` up. Costs no
 * state: it tells with the step what the place of a reader tells anyway.
 */
export const srcuDereference = (held: PerTask, value: Variable): Body<number> =>
  atomically({
    assign: [[held, plus(value, 1)]],
    answer: value,
    label: `srcu_dereference(${value.name})`,
  })

/** Somebody looks at something else than this value: it must not go yet. */
export const looksAtOther = (held: PerTask, value: number): Expr =>
  anyTask(and(ne(theirs(held), 0), ne(theirs(held), value + 1)))

/** `own`: what only the reader had, and gives up with it. */
export function* srcuReadUnlock(
  s: Srcu,
  idx: number,
  own: readonly (readonly [Variable | PerTask, number])[] = [],
): Body<void> {
  const readers = idx === 0 ? s.readers[0] : s.readers[1]
  yield* atomically({
    assign: [[readers, minus(mine(readers), 1)], ...own],
    label: `srcu_read_unlock(&${s.name})`,
  })
  yield {
    kind: 'silent',
    effect: { type: 'context', field: `srcu:${s.name}`, delta: -1, label: '' },
  }
}

export const synchronizeSrcu = (s: Srcu): Body<void> => call(s.synchronize)

/** struct rcu_head of something that is to be done after a grace period. */
export interface SrcuHead {
  readonly name: string
  readonly pending: Variable
  /** What does it, for ever; a world that queues it has a task with it (`daemon: true`). */
  readonly worker: Procedure<[], void>
}

export function srcuHead(s: Srcu, name: string, run: Procedure<[], unknown>): SrcuHead {
  const head: SrcuHead = {
    name,
    pending: flag(`${name}.rcu`),
    worker: procedure(
      'srcu_invoke_callbacks',
      'kernel/rcu/srcutree.c:srcu_invoke_callbacks',
      function* () {
        yield* atomically({
          guard: eq(head.pending, 1),
          label: `a grace period for ${name}`,
          waits: { on: `call_srcu() of ${name}` },
        })
        yield* call(s.synchronize)
        yield* call(run)
        yield* store(head.pending, 0)
        return yield* jump(head.worker)
      },
    ),
  }
  return head
}

/** kernel/rcu/srcutree.c:call_srcu. Never waits. */
export const callSrcu = (head: SrcuHead): Body<number> =>
  atomically({ assign: [[head.pending, 1]], label: `call_srcu(${head.name})` })

/** kernel/rcu/srcutree.c:srcu_barrier: until all of these have been done. */
export const srcuBarrier = (heads: readonly SrcuHead[]): Body<number> =>
  atomically({
    guard: all(heads, (h) => eq(h.pending, 0)),
    label: 'srcu_barrier()',
    mightSleep: 'srcu_barrier()',
    waits: { on: 'what call_srcu() has queued' },
  })
