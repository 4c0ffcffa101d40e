/** A conformance case: one rule, where the kernel says so, and whether a plugin keeps it. */

export interface Failure {
  /** What was seen. */
  readonly message: string
  /** The cell in which it was seen, as `mmulab check` names it. */
  readonly cell?: string
  /** The story of it; told with `tellToken(kitLab(driver), token)`. */
  readonly token?: string
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

export const KEPT: CaseResult = { status: 'kept' }
export const broken = (failure: Failure): CaseResult => ({ status: 'broken', ...failure })
export const notApplicable = (why: string): CaseResult => ({ status: 'not-applicable', why })
