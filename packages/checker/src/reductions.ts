/** Which reductions there are, and which of them a check is asked for. */

export interface Reductions {
  /** Steps that concern nobody else are not kept as states of their own. */
  readonly fusion?: boolean | undefined
  /** Where it makes no difference who goes first, one task goes alone. */
  readonly partialOrder?: boolean | undefined
  /** Of states that differ in which of several equal tasks is where, one is looked at. */
  readonly symmetry?: boolean | undefined
  /** What nobody needs to know is not kept. */
  readonly slicing?: boolean | undefined
}

/** The names that people read and type. */
export type ReductionName = 'fusion' | 'partial-order' | 'symmetry' | 'slicing'

const KEYS: Readonly<Record<ReductionName, keyof Reductions>> = {
  fusion: 'fusion',
  'partial-order': 'partialOrder',
  symmetry: 'symmetry',
  slicing: 'slicing',
}

export const REDUCTION_NAMES: readonly ReductionName[] = [
  'fusion',
  'partial-order',
  'symmetry',
  'slicing',
]

/** Those that are on, in the order in which they are always named. */
export const namesOf = (r: Reductions | undefined): ReductionName[] =>
  REDUCTION_NAMES.filter((name) => r?.[KEYS[name]] === true)

export const reductionsNamed = (names: readonly ReductionName[]): Reductions =>
  Object.fromEntries(names.map((name) => [KEYS[name], true]))

export const isReduced = (r: Reductions | undefined): r is Reductions => namesOf(r).length > 0
