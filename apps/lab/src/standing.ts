/** How a cell stands, in words and a symbol: colour only ever repeats what these say. */
import type { ClaimId } from '@mmulab/model'
import {
  claimsOf,
  isPartlyKnown,
  MARKS,
  PARTLY_KNOWN,
  type Standing,
  standing,
} from '@mmulab/report'
import { lab } from './plugins.ts'
import type { Outcome } from './run/runner.ts'
import type { CellSummary } from './run/summary.ts'

export type Tone = Standing | 'problem' | 'running' | 'waiting'

export const SYMBOL: Readonly<Record<Tone, string>> = {
  ...MARKS,
  problem: '⊘',
  running: '▸',
  waiting: '·',
}

const WORD: Readonly<Record<Tone, string>> = {
  holds: 'holds',
  violated: 'violated',
  vacuous: 'nothing happens',
  unfinished: 'unfinished',
  problem: 'cannot be run',
  running: 'running',
  waiting: 'waiting',
}

export interface Standpoint {
  readonly tone: Tone
  readonly word: string
  readonly broken: readonly ClaimId[]
  /** Behind the verdict, where the text of the policy is known in part. */
  readonly mark: string
}

export function standpoint(outcome: Outcome | undefined, running = false): Standpoint {
  const summary = summaryOf(outcome)
  const tone = running ? 'running' : toneOf(outcome)
  return {
    tone,
    word: WORD[tone],
    broken: summary ? claimsOf(summary.result, 'violated') : [],
    mark: summary && isPartlyKnown(lab.policy(summary.name.policy)) ? ` ${PARTLY_KNOWN}` : '',
  }
}

function toneOf(outcome: Outcome | undefined): Tone {
  if (!outcome) return 'waiting'
  return 'problem' in outcome ? 'problem' : standing(outcome.summary.result)
}

export const summaryOf = (outcome: Outcome | undefined): CellSummary | undefined =>
  outcome && 'summary' in outcome ? outcome.summary : undefined
