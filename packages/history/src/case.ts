/** A known bug as a case: where it was, what it broke, and the twin in which it is fixed. */
import type { Size } from '@mmulab/core'
import type { ClaimId } from '@mmulab/model'

export interface Place {
  readonly policy: string
  /** In the order of registration. */
  readonly drivers: string
  readonly scenario: string
  readonly size?: Size
}

export const at = (
  policy: string,
  drivers: string,
  scenario: string,
  size: Size = 'small',
): Place => ({ policy, drivers, scenario, size })

export interface HistoryCase {
  readonly id: string
  /** In the table of known bugs; several cases may show one. Undefined for what the models have found themselves. */
  readonly number?: number
  /** One sentence: what went wrong. */
  readonly title: string
  /** Commit, patch or report. */
  readonly source: string
  readonly bug: Place
  /** What breaks there, and holds in the fixed twin. The checker never sees this. */
  readonly breaks: readonly ClaimId[]
  /** For a bug that is a yield and no broken promise: nothing is reaped there, something can be in the twin. */
  readonly reapsNothing?: boolean
  /** For a bug that is a fair run in which somebody goes round for ever; in the twin everybody finishes. */
  readonly starves?: boolean
  /** Undefined where what fixed it is not modelled. */
  readonly fixed?: Place
  /** What fixed it. */
  readonly fix: string
}

/** A known bug that no model here can show, and why. */
export interface NotModelled {
  readonly id: string
  readonly number: number
  readonly title: string
  readonly why: string
}
