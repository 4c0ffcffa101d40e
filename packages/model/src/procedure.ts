/**
 * Procedures: generator functions that read like the kernel functions they stand for.
 *
 * A procedure runs only while it is recorded or replayed. Between two yields it is ordinary TypeScript on local values: no
 * clock, no randomness, nothing mutable from outside. `call` gives it a frame: after it returns, the caller knows only the
 * returned value, which must therefore be plain data.
 */
import type { Body, Procedure, Source } from './op.ts'

/**
 * Declares a procedure. `source` is `file:function` of the kernel it follows, with versions, or a sentence for what the
 * kernel has no single function for.
 */
export function procedure<A extends unknown[], R>(
  name: string,
  source: string | Source,
  body: (...args: A) => Body<R>,
): Procedure<A, R> {
  return { name, source: typeof source === 'string' ? { at: source } : source, body }
}

/** Calls a procedure in a frame of its own and returns its value. */
export function* call<A extends unknown[], R>(p: Procedure<A, R>, ...args: A): Body<R> {
  return (yield { kind: 'call', procedure: p as unknown as Procedure<never[], unknown>, args }) as R
}

/**
 * Leaves the running procedure for `p`; nothing after it runs. A retry loop is a jump to the procedure's own head:
 * `return yield* jump(fault, page)`.
 */
export function* jump<A extends unknown[], R>(p: Procedure<A, R>, ...args: A): Body<R> {
  yield { kind: 'jump', procedure: p as unknown as Procedure<never[], unknown>, args }
  throw new Error(`jump to ${p.name} came back`)
}
