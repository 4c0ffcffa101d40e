/**
 * SRCU: read sections that may sleep, and synchronize_srcu(), which waits for those that were open when it began.
 * Two counters per task and an index that the synchroniser flips, as in kernel/rcu/srcutree.c; grace periods are
 * serialised by a lock of their own.
 */

import { inContext, violate } from '../context.ts'
import { anyTask, eq, mine, minus, ne, not, OTHER, plus, SELF, theirs } from '../expr.ts'
import type { Body, Procedure } from '../op.ts'
import { atomically } from '../ops.ts'
import { call, procedure } from '../procedure.ts'
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
        if (yield* inContext('srcu'))
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
  yield { kind: 'silent', effect: { type: 'context', field: 'srcu', delta: 1, label: '' } }
  return idx
}

export function* srcuReadUnlock(s: Srcu, idx: number): Body<void> {
  const readers = idx === 0 ? s.readers[0] : s.readers[1]
  yield* atomically({
    assign: [[readers, minus(mine(readers), 1)]],
    label: `srcu_read_unlock(&${s.name})`,
  })
  yield { kind: 'silent', effect: { type: 'context', field: 'srcu', delta: -1, label: '' } }
}

export const synchronizeSrcu = (s: Srcu): Body<void> => call(s.synchronize)
