/** What a check says of a small world. */
import type { ClaimId, World } from '@mmulab/model'
import { check } from '../src/check.ts'
import { link } from '../src/link.ts'
import type { CheckResult } from '../src/result.ts'

export const verdicts = (w: World): CheckResult => check(link(w))

/** The claims that are violated. */
export const broken = (w: World): ClaimId[] =>
  Object.entries(verdicts(w).claims)
    .filter(([, c]) => c.verdict === 'violated')
    .map(([claim]) => claim as ClaimId)
