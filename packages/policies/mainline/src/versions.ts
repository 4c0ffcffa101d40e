/** Kernel versions and the list behaviour that each had. */
import type { KernelFacts } from '@mmulab/core'
import { LabError } from '@mmulab/model'

export interface Behaviour {
  /** First version that had it. */
  readonly since: string
  readonly walk: KernelFacts['hlistWalk']
  readonly title: string
}

const BEHAVIOURS: readonly Behaviour[] = [
  {
    since: '4.19',
    walk: 'continue',
    title: 'a refusal does not stop the walk, and nobody ends what the others began (93065ac753e4)',
  },
  {
    since: '5.4',
    walk: 'continue-and-warn',
    title:
      'as 4.19, with a WARN when a blockable start refuses (8402ce61bec2) and non_block_start()',
  },
  {
    since: '5.12',
    walk: 'unwind',
    title: 'after a refusal every notifier that has an end operation gets it (c2655835fd8c)',
  },
]

/** Versions with a behaviour of their own, ascending. */
export const VERSIONS: readonly string[] = BEHAVIOURS.map((b) => b.since)

/** Last minor release of each major one; 7.3 is the newest that was read. */
const LAST_MINOR: Readonly<Record<number, number>> = { 4: 20, 5: 19, 6: 19, 7: 3 }
const FIRST = '4.19'

function parse(version: string): [number, number] | undefined {
  const m = /^(\d+)\.(\d+)$/.exec(version)
  return m ? [Number(m[1]), Number(m[2])] : undefined
}

/** Whether a version is at least another; both must be of the form 5.4. */
export function atLeast(version: string, other: string): boolean {
  const [a, b] = parse(version) ?? [0, 0]
  const [c, d] = parse(other) ?? [0, 0]
  return a > c || (a === c && b >= d)
}

/** @throws LabError UNKNOWN_VERSION */
export function resolveVersion(version: string): Behaviour {
  const parsed = parse(version)
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
