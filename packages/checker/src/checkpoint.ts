/**
 * A check as far as it has come, to be gone on with by another process: which world it is about and how it was asked for, the
 * search that was under way, and what was known before it began.
 */
import { LabError, showExpr } from '@mmulab/model'
import type { Linked } from './automaton.ts'
import { namesOf, type ReductionName, type Reductions } from './reductions.ts'
import type { CheckResult } from './result.ts'
import type { Saved } from './saved.ts'

export interface Checkpoint {
  readonly world: WorldMark
  readonly reductions: readonly ReductionName[]
  /** None as yet: they may come on when the search is large. */
  readonly undecided?: boolean
  /** What the reduced search has shown, where the search that is saved is the one for shortest schedules after it. */
  readonly first?: CheckResult
  readonly search: Saved
}

/** What tells one world from another. */
export interface WorldMark {
  readonly fingerprint: string
  /** What a search looks for beside promises, none of which is in the fingerprint. */
  readonly watched: readonly string[]
}

export function markOf(linked: Linked): WorldMark {
  const sometimes = linked.sometimes.map(
    (s) => `${s.name}: ${'mark' in s.when ? `mark ${s.when.mark}` : showExpr(s.when)}`,
  )
  const measures = linked.measures.map(
    (m) => `${m.name}: ${showExpr(m.value)} when ${m.when ? showExpr(m.when) : 'finished'}`,
  )
  return { fingerprint: linked.fingerprint, watched: [...sometimes, ...measures] }
}

/** @throws LabError CHECKPOINT_WORLD when it cannot be gone on with here */
export function mustFit(c: Checkpoint, linked: Linked, reductions: Reductions | undefined): void {
  if (JSON.stringify(c.world) !== JSON.stringify(markOf(linked)))
    throw foreign('the world that it was made for is built differently here')
  const [theirs, ours] = [c.reductions, namesOf(reductions)].map((r) => r.join(' and ') || 'none')
  if (theirs !== ours) throw foreign(`it was made with these reductions: ${theirs}; not ${ours}`)
}

const foreign = (why: string): LabError =>
  new LabError({
    code: 'CHECKPOINT_WORLD',
    kind: 'usage',
    message: `The checkpoint does not belong to this check: ${why}.`,
    hint: 'mmulab check --resume FILE, with nothing else, goes on with what the file is about.',
  })
