/** The promises in words, and what the verdicts of a cell come to. */
import type { CheckResult, ClaimResult, Verdict } from '@mmulab/checker'
import type { Story } from '@mmulab/compare'
import type { Policy } from '@mmulab/core'
import { CLAIMS, type ClaimId } from '@mmulab/model'

/** What stands behind [Required: ...]. */
export const REQUIRED: Readonly<Record<ClaimId, string>> = {
  memory: 'no device maps a page that has been freed',
  coherence: 'no device maps what the CPU page table no longer backs, once no section is open',
  balance: 'every start that said yes gets its one end',
  context: 'nothing sleeps, waits or reclaims where the kernel forbids it',
  deadlock: 'no task waits, in the end, for itself',
  progress: 'every task can finish',
  oom: 'the OOM reaper gives up after a bounded number of attempts',
  warn: 'no WARN and no BUG of the kernel fires',
  'lock-order': 'locks are always taken in one order',
  bound: 'every variable stays within its bounds',
}

export const FAIR_REQUIRED = 'every task does finish, on every run that gives each its turn'
/** What is required where this story breaks it. */
export const requiredOf = ({ claim, schedule }: Pick<Story, 'claim' | 'schedule'>): string =>
  schedule.fair ? FAIR_REQUIRED : REQUIRED[claim]

export const FAIR_PROGRESS = 'progress under strong fairness'

/** A task that could finish need not, though everybody has a turn. */
export const starves = (r: CheckResult): boolean =>
  r.fair.verdict === 'violated' && r.claims.progress.verdict !== 'violated'

/** What is broken, by name. */
export const brokenNames = (r: CheckResult): string[] => [
  ...claimsOf(r, 'violated'),
  ...(starves(r) ? [FAIR_PROGRESS] : []),
]

/** What the claims of a cell come to. `vacuous`: something that must be possible never happens, so nothing was shown. */
export type Standing = 'holds' | 'violated' | 'vacuous' | 'unfinished'

export const claimsOf = (r: CheckResult, verdict: Verdict): ClaimId[] =>
  CLAIMS.filter((c) => r.claims[c].verdict === verdict)

export function standing(r: CheckResult): Standing {
  if (brokenNames(r).length) return 'violated'
  if (!r.complete) return 'unfinished'
  if (r.sometimes.some((s) => !s.reached)) return 'vacuous'
  return claimsOf(r, 'unfinished').length || r.fair.verdict === 'unfinished'
    ? 'unfinished'
    : 'holds'
}

/** Marks are told apart by shape. */
export const MARKS = {
  holds: '✓',
  violated: '✗',
  vacuous: '!',
  unfinished: '?',
  'not-claimed': '–',
} as const

/** Behind every verdict under a policy whose text is known in part; what is not known stands under "Not covered". */
export const PARTLY_KNOWN = '~'
export const PARTLY_WORDS: string = `${PARTLY_KNOWN} the text of this policy is known in part`
export const isPartlyKnown = ({ partlyKnown }: Pick<Policy, 'partlyKnown'>): boolean =>
  partlyKnown.length > 0

/** What stands behind a verdict under it. */
export const markOf = (policy: Pick<Policy, 'partlyKnown'>): string =>
  isPartlyKnown(policy) ? ` ${PARTLY_KNOWN}` : ''

/** The verdict in a word or two; that of a policy known in part carries its mark. */
export function verdictWords(
  c: Pick<ClaimResult, 'verdict'>,
  policy: Pick<Policy, 'partlyKnown'>,
): string {
  const words = c.verdict === 'not-claimed' ? 'not claimed' : c.verdict
  return `${words}${markOf(policy)}`
}
