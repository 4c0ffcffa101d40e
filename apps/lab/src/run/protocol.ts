/**
 * What passes between the page and the worker: one cell at a time, so that the page can change its mind between two of them;
 * a running cell is given up by ending the worker.
 */
import type { CellName } from '@mmulab/compare'
import type { Problem } from '../problem.ts'
import type { CellSummary } from './summary.ts'

export interface Request {
  readonly name: CellName
  /** Of the machine. */
  readonly processors: number
}

export type Reply =
  | { readonly kind: 'progress'; readonly explored: number; readonly milliseconds: number }
  | { readonly kind: 'summary'; readonly summary: CellSummary }
  | { readonly kind: 'problem'; readonly problem: Problem }
