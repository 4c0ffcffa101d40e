/**
 * A world that is one large loop: tasks count round for ever, each with a choice before every step, and a reader looks for a moment
 * that never has to come. It is the worst there is for fairness, which goes over all edges for as long as anything is unfair.
 */
import { type Linked, link } from '@mmulab/checker'
import {
  and,
  atomically,
  choose,
  eq,
  jump,
  type Procedure,
  plus,
  procedure,
  task,
  type Variable,
  variable,
  when,
} from '@mmulab/model'

/** Of (3n)^counters * 2 states. */
export function roundWorld(counters: number, n: number): Linked {
  const counts = Array.from({ length: counters }, (_, i) => variable(`count${i}`, { max: n - 1 }))
  const reader: Procedure<[], void> = procedure('reader', 'none', function* () {
    const met = yield* atomically({
      answer: and(...counts.map((c) => eq(c, 1))),
      label: 'all of them are 1',
    })
    if (!met) return yield* jump(reader)
  })
  return link({
    name: 'round and round',
    tasks: [
      ...counts.map((c, i) => task(`counter${i}`, counter(c, n), [], { daemon: true })),
      task('reader', reader, []),
    ],
    invariants: [],
    sometimes: [],
    measures: [],
    notClaimed: {},
  })
}

function counter(count: Variable, n: number): Procedure<[], void> {
  const self: Procedure<[], void> = procedure('counter', 'none', function* () {
    const stays = yield* choose('which way', ['on', 'not yet'])
    const on = when(eq(count, n - 1), 0, plus(count, 1))
    yield* atomically({ assign: [[count, stays ? count : on]], label: 'count' })
    return yield* jump(self)
  })
  return self
}
