/** A conformance case: one rule, where the kernel says so, and whether a plugin keeps it. */

/** One way through a procedure, op by op, for what is read off procedures and has no schedule. */
export interface Path {
  readonly procedure: string
  /** From its beginning to the op that is wrong, or to its end. */
  readonly lines: readonly string[]
}

export interface Failure {
  /** What was seen. */
  readonly message: string
  /** The cell in which it was seen, as `mmulab check` names it. */
  readonly cell?: string
  /** The story of it; told with `tellToken(kitLab(driver), token)`. */
  readonly token?: string
  /** Where no world was explored: how the procedure comes to it. */
  readonly path?: Path
}

export type CaseResult =
  | { readonly status: 'kept' }
  | ({ readonly status: 'broken' } & Failure)
  /** The rule has nothing to say here. */
  | { readonly status: 'not-applicable'; readonly why: string }

export interface Case {
  /** Stable; what `skip` names. */
  readonly id: string
  /** One sentence. */
  readonly rule: string
  /** File and function of the kernel, or its documentation. */
  readonly kernelReference: string
  run(): CaseResult
}

/** As a story of one column; the last line is the one that it is about. */
export const pathText = ({ procedure, lines }: Path): string[] => [
  `${procedure}(), read off the procedure and not from a run:`,
  ...lines.map((line, i) => `  ${i === lines.length - 1 ? '!!' : '  '} ${line}`),
]

export const KEPT: CaseResult = { status: 'kept' }
export const broken = (failure: Failure): CaseResult => ({ status: 'broken', ...failure })
export const notApplicable = (why: string): CaseResult => ({ status: 'not-applicable', why })
