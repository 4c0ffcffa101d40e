/**
 * Kernel versions, and what the notifier core of each does.
 *
 * Left out: what stable kernels have taken over later: 5.10.y has the unwind of 5.12 (mainline@5.10+unwind-on-fail).
 */
import { atLeast, type KernelFacts, parseVersion } from '@mmulab/core'
import { LabError } from '@mmulab/model'
import type { Reaping } from './reaper.ts'

export interface Behaviour {
  /** First version that had it. */
  readonly since: string
  readonly walk: KernelFacts['hlistWalk']
  readonly reaping: Reaping
  readonly title: string
}

/** Each as the one before it, but for what it says. */
const CHANGES: readonly (Partial<Behaviour> & Pick<Behaviour, 'since' | 'title'>)[] = [
  {
    since: '4.6',
    walk: 'void',
    reaping: 'silent',
    title: 'the OOM reaper unmaps without telling any notifier (aac453635549)',
  },
  {
    since: '4.14',
    reaping: 'skip-notified',
    title: 'the OOM reaper leaves every mm with a notifier alone (4d4bbd8526a8)',
  },
  {
    since: '4.16',
    reaping: 'skip-blockable',
    title: 'the OOM reaper leaves an mm alone if one of its notifiers may block (5ff7091f5a2c)',
  },
  {
    since: '4.19',
    walk: 'continue',
    reaping: 'sections',
    title: 'a refusal does not stop the walk, and nobody ends what the others began (93065ac753e4)',
  },
  {
    since: '5.0',
    title:
      'as 4.19, with ranges (5d6527a784f7); munmap unmaps under the lock downgraded to read (4.20)',
  },
  {
    since: '5.4',
    walk: 'continue-and-warn',
    title:
      'as 4.19, with a WARN when a blockable start refuses (8402ce61bec2), non_block_start(), and a lockdep map',
  },
  {
    since: '5.5',
    title: 'interval notifiers, asked before the list (99cb252f5e68); the list as in 5.4',
  },
  {
    since: '5.11',
    title:
      'as 5.5, and lockdep takes every allocation that may reclaim for a section (f920e413ff9c)',
  },
  {
    since: '5.12',
    walk: 'unwind',
    title: 'after a refusal every notifier that has an end operation gets it (c2655835fd8c)',
  },
  {
    since: '6.6',
    title:
      'as 5.12, and secondary TLBs have an operation that excludes start and end (ec8832d007cb)',
  },
  {
    since: '7.2',
    reaping: 'top-down',
    title:
      'as 6.6, with interval notifiers in two passes (7aba71dbc416); the reaper goes from the top down and says CLEAR',
  },
]

function behaviours(): Behaviour[] {
  let last: Behaviour = { since: '', title: '', walk: 'void', reaping: 'silent' }
  return CHANGES.map((change) => {
    last = { ...last, ...change }
    return last
  })
}

const BEHAVIOURS: readonly Behaviour[] = behaviours()

/** Versions with a behaviour of their own, ascending. */
export const VERSIONS: readonly string[] = BEHAVIOURS.map((b) => b.since)

/** The first version whose list walk was that of `b`. */
export const listSince = (b: Behaviour): string =>
  BEHAVIOURS.find((other) => other.walk === b.walk)?.since ?? b.since

/** Last minor release of each major one; 7.3 is the newest that was read. */
const LAST_MINOR: Readonly<Record<number, number>> = { 4: 20, 5: 19, 6: 19, 7: 3 }
const FIRST = '4.6'

/** @throws LabError UNKNOWN_VERSION */
export function resolveVersion(version: string): Behaviour {
  const parsed = parseVersion(version)
  const last = parsed && LAST_MINOR[parsed[0]]
  if (!parsed || last === undefined || parsed[1] > last || !atLeast(version, FIRST))
    throw new LabError({
      code: 'UNKNOWN_VERSION',
      kind: 'usage',
      message: `There is no model of mainline@${version}: versions from ${FIRST} to 7.3 are known.`,
      where: `mainline@${version}`,
      known: VERSIONS.map((v) => `mainline@${v}`),
      hint: 'mmulab list policies shows the versions that differ; any in between resolves to one of them.',
    })
  const found = BEHAVIOURS.findLast((b) => atLeast(version, b.since))
  if (!found) throw new Error(`no behaviour for ${version}`)
  return found
}
