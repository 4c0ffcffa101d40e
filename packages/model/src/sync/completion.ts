/** struct completion: a count of completions; complete_all() lets everybody through until it is initialised anew. */
import { type Expr, eq, minus, ne, plus, when } from '../expr.ts'
import type { Body } from '../op.ts'
import { atomically, store } from '../ops.ts'
import { type Variable, variable } from '../variable.ts'

export interface Completion {
  readonly name: string
  /** 0 to `limit` completions not yet consumed; `limit + 1` after complete_all(). */
  readonly done: Variable
  readonly limit: number
}

export const completion = (name: string, limit = 1): Completion => ({
  name,
  done: variable(`${name}.done`, { max: limit + 1 }),
  limit,
})

const forAll = (c: Completion): Expr => eq(c.done, c.limit + 1)

export const waitForCompletion = (c: Completion): Body<number> =>
  atomically({
    guard: ne(c.done, 0),
    assign: [[c.done, when(forAll(c), c.done, minus(c.done, 1))]],
    label: `wait_for_completion(&${c.name})`,
    mightSleep: `wait_for_completion(&${c.name})`,
    waits: { on: c.name },
  })

/** With more completions than `limit` outstanding the verdict is "bound exceeded". */
export const complete = (c: Completion): Body<number> =>
  atomically({
    assign: [[c.done, when(forAll(c), c.done, plus(c.done, when(eq(c.done, c.limit), 2, 1)))]],
    label: `complete(&${c.name})`,
  })

export const completeAll = (c: Completion): Body<number> => store(c.done, c.limit + 1)
export const reinitCompletion = (c: Completion): Body<number> => store(c.done, 0)
