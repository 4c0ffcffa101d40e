/**
 * Where nobody may refuse, and where nobody does: two KVMs, the GRU beside KVM, interval notifiers alone, under every behaviour of mainline
 * from 5.5 on in every scenario, paths beside activities included, and under every patch on such a kernel in those whose sections
 * block. KVM is that of the kernel.
 */
import { type CellName, isCell } from '@mmulab/compare'
import { atLeast } from '@mmulab/core'
import { allPaths, MEETINGS } from '@mmulab/scenarios'
import { standard } from '../src/index.ts'
import { lab } from './lab.ts'

export const VERSIONS: readonly string[] = lab.families.flatMap((f) =>
  f.versions.filter((v) => atLeast(v, '5.5')).map((v) => `${f.name}@${v}`),
)

export const PATCHED: readonly string[] = lab.patches
  .map((p) => `${p.example}+${p.name}`)
  .filter((name) => atLeast(lab.policy(name).version, '5.5'))

/** A path while devices are used, and all else that is no pair; or a path beside one activity. */
export type Kind = 'path' | 'pair'

const kindOf = (name: string): Kind =>
  allPaths.some((p) => MEETINGS.some((meeting) => name === `${p.name}-${meeting}`))
    ? 'pair'
    : 'path'
const ALL = [...standard.scenarios, ...standard.furtherScenarios].map((s) => s.name)
/** The OOM reaper and process_mrelease() open sections that may not block: there a patch may go wrong with nobody to refuse. */
const isBlockable = (name: string): boolean => !/^(oom-reap|mrelease)/.test(name)

export const isPatched = (policy: string): boolean => lab.policy(policy).patches.length > 0

/** Whether a policy is asked of a scenario. */
const isAsked = (policy: string, scenario: string): boolean =>
  !isPatched(policy) || isBlockable(scenario)

/** Before 6.1 khugepaged told nobody of the page tables of files (CVE-2022-48991): whoever maps from one goes on using what was in it. */
const tellsNobody = (policy: string, scenario: string): boolean =>
  /^collapse-file/.test(scenario) && !lab.policy(policy).facts.collapseNotifies

/** An interval notifier that is inserted into a tree which is there takes none of the locks that a signal interrupts. */
const saysNothing = (set: string, scenario: string): boolean =>
  set === 'test-hmm+test-hmm' && scenario === 'register-interrupted'

/** The cells of some drivers (`a+b`) under a policy. */
export function negativeCells(policy: string, set: string, kind: Kind): readonly CellName[] {
  const drivers = set.split('+')
  return ALL.filter(
    (scenario) =>
      kindOf(scenario) === kind &&
      isAsked(policy, scenario) &&
      !tellsNobody(policy, scenario) &&
      !saysNothing(set, scenario),
  )
    .map((scenario) => ({ policy, drivers, scenario, size: 'small' as const }))
    .filter((name) => isCell(lab, name))
}
