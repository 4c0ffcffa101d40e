/** The basic ops, all of them sugar for the guarded command. Each is one atomic step. */
import { type Expr, type ExprLike, eq, expr, minus, plus, TRUE, when } from './expr.ts'
import type { Assign, Body, CallOut, Step } from './op.ts'
import type { Variable } from './variable.ts'

export interface Command {
  /** The task waits until this holds; always, by default. */
  readonly guard?: ExprLike
  readonly assign?: readonly (readonly [Assign['to'], ExprLike])[]
  readonly answer?: ExprLike
  readonly label: string
  readonly lock?: Step['lock']
  readonly unowned?: Step['unowned']
  readonly mightSleep?: string
  readonly waits?: Step['waits']
}

/** The general op: when `guard`, assign, and answer. Returns the answer. */
export function* atomically(command: Command): Body<number> {
  const { guard = TRUE, assign = [], answer = 0, label, lock, unowned, mightSleep, waits } = command
  const step: Step = {
    kind: 'step',
    guard: expr(guard),
    assign: assign.map(([to, value]) => ({ to, value: expr(value) })),
    answer: expr(answer),
    label,
    ...(lock && { lock }),
    ...(unowned && { unowned }),
    ...(mightSleep !== undefined && { mightSleep }),
    ...(waits && { waits }),
  }
  return yield step
}

/** Reads a variable. */
export const load = (v: Variable): Body<number> => atomically({ answer: v, label: v.name })

/** Reads the value of an expression over several variables in one step. */
export const read = (e: Expr, label: string): Body<number> => atomically({ answer: e, label })

export const store = (v: Variable, value: ExprLike): Body<number> =>
  atomically({
    assign: [[v, value]],
    label: `${v.name} = ${typeof value === 'number' ? (v.words?.[value - v.min] ?? value) : '…'}`,
  })

/** Adds and returns the new value, like `atomic_add_return`. */
export const add = (v: Variable, delta: number): Body<number> => {
  const by = Math.abs(delta)
  const sign = delta < 0 ? '-' : '+'
  const value = delta < 0 ? minus(v, by) : plus(v, by)
  return atomically({
    assign: [[v, value]],
    answer: value,
    label: by === 1 ? `${v.name}${sign}${sign}` : `${v.name} ${sign}= ${by}`,
  })
}

/** Adds without telling the result: a counter whose value nobody looks at here keeps the recording small. */
export const bump = (v: Variable, delta: 1 | -1 = 1): Body<number> =>
  atomically({
    assign: [[v, delta < 0 ? minus(v, 1) : plus(v, 1)]],
    label: `${v.name}${delta < 0 ? '--' : '++'}`,
  })

/** Stores and returns the old value (xchg). */
export const exchange = (v: Variable, value: number): Body<number> =>
  atomically({ assign: [[v, value]], answer: v, label: `xchg(${v.name}, ${value})` })

/** Stores `next` if the value is `old`; answers 1 if it did (cmpxchg). */
export const compareExchange = (v: Variable, old: number, next: number): Body<number> =>
  atomically({
    assign: [[v, when(eq(v, old), next, v)]],
    answer: eq(v, old),
    label: `cmpxchg(${v.name}, ${old}, ${next})`,
  })

/** Waits, without sleeping rules, until a condition holds; `on` says for what, as after "waits for". */
export const waitUntil = (condition: ExprLike, on: string): Body<number> =>
  atomically({ guard: condition, label: `wait for ${on}`, waits: { on } })

/** One of `names.length` things happens; all are explored. Returns the index. */
export function* choose(label: string, names: readonly string[]): Body<number> {
  return yield { kind: 'choose', count: names.length, label, names }
}

/** A call that something outside the model answers: all answers are explored, or a record gives the one that was. */
export function* callOut(out: CallOut): Body<number> {
  const names = out.answers.map(String)
  const index: number = yield {
    kind: 'choose',
    count: names.length,
    label: `${out.subject}.${out.callback}`,
    names,
    out,
  }
  return out.answers[index] ?? 0
}
