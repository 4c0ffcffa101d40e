/** atomic_t and refcount_t, on top of the guarded command. */
import { eq, minus, ne, plus, when } from '../expr.ts'
import type { Body } from '../op.ts'
import { add, atomically, bump } from '../ops.ts'
import type { Variable } from '../variable.ts'

export const atomicInc = (v: Variable): Body<number> => bump(v, 1)
export const atomicDec = (v: Variable): Body<number> => bump(v, -1)
export const atomicIncReturn = (v: Variable): Body<number> => add(v, 1)

/** Answers 1 when the value dropped to 0. */
export const atomicDecAndTest = (v: Variable): Body<number> =>
  atomically({
    assign: [[v, minus(v, 1)]],
    answer: eq(v, 1),
    label: `atomic_dec_and_test(&${v.name})`,
  })

/** Takes a reference unless the count is 0; answers 1 if it did. */
export const refcountIncNotZero = (v: Variable): Body<number> =>
  atomically({
    assign: [[v, when(ne(v, 0), plus(v, 1), 0)]],
    answer: ne(v, 0),
    label: `refcount_inc_not_zero(&${v.name})`,
  })

export const refcountDecAndTest = (v: Variable): Body<number> =>
  atomically({
    assign: [[v, minus(v, 1)]],
    answer: eq(v, 1),
    label: `refcount_dec_and_test(&${v.name})`,
  })
