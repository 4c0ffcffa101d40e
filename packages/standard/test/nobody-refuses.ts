/**
 * Where nobody may refuse, and where nobody does, everything that is claimed holds: two KVMs, the GRU beside KVM, interval notifiers
 * alone, under every behaviour of mainline from 5.5 on in every scenario, paths beside activities included, and under every patch on such a
 * kernel in those whose sections block. KVM is that of the kernel.
 *
 * All of that is asked with all tasks of the drivers, except that
 *  - beside fork() and KSM, where a fault copies and opens sections of its own, they do without the tasks that keep them busy (KVM's cache of
 *    pages, which the same callback empties); under mainline only one of the two faults, which is the one or the other of two KVMs;
 *    under a patch that is the last one of two KVMs, and of others both fault;
 *  - while a file mapping is collapsed they do without those tasks as well, and two KVMs while an mm is torn down and kswapd unmaps a page of it;
 *  - so they do under a patch on a kernel from 5.15 on, where KVM is large, and so do two devices that have intervals only.
 * With MMULAB_WHOLE=1 none of this is left out; each cell is said on stderr then.
 *
 * Each file asks some drivers of some scenarios, under all policies: those that do the same there share what was explored.
 */
import type { CheckResult } from '@mmulab/checker'
import { type CellName, createLab, finish, isCell, type Lab, runCell } from '@mmulab/compare'
import { atLeast, type Scenario } from '@mmulab/core'
import { allPaths, MEETINGS } from '@mmulab/scenarios'
import { describe, expect, it } from 'vitest'
import { standard } from '../src/index.ts'
import { broken, lab } from './lab.ts'

const WHOLE = process.env.MMULAB_WHOLE === '1'
const timeout = WHOLE ? 86_400_000 : 600_000

const VERSIONS = lab.families.flatMap((f) =>
  f.versions.filter((v) => atLeast(v, '5.5')).map((v) => `${f.name}@${v}`),
)

const PATCHED = lab.patches
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

const isPatched = (policy: string): boolean => lab.policy(policy).patches.length > 0
/** KVM has a task that deletes memslots from 5.15 on, and one that refreshes a cache from 6.0 on. */
const isLarge = (policy: string): boolean => atLeast(lab.policy(policy).version, '5.15')

/** Whether a policy is asked of a scenario. */
const isAsked = (policy: string, scenario: string): boolean =>
  !isPatched(policy) || isBlockable(scenario)

/** Before 6.1 khugepaged told nobody of the page tables of files (CVE-2022-48991): whoever maps from one goes on using what was in it. */
const tellsNobody = (policy: string, scenario: string): boolean =>
  /^collapse-file/.test(scenario) && !lab.policy(policy).facts.collapseNotifies

/** An interval notifier that is inserted into a tree which is there takes none of the locks that a signal interrupts. */
const saysNothing = (set: string, scenario: string): boolean =>
  set === 'test-hmm+test-hmm' && scenario === 'register-interrupted'

type Among = 'whole' | 'at rest' | 'first faults' | 'last faults'

/** The same scenarios with fewer of the drivers' tasks. */
const fewer =
  (among: Among) =>
  (scenario: Scenario): Scenario => ({
    ...scenario,
    build: (stage) =>
      scenario.build({
        ...stage,
        tasks: (kind, options) => {
          const tasks = stage.tasks(kind, options)
          if (kind === 'busy') return []
          if (kind !== 'fault' || among === 'at rest') return tasks
          return among === 'first faults' ? tasks.slice(0, 1) : tasks.slice(-1)
        },
      }),
  })

const labOf = (among: Among): Lab =>
  createLab({
    ...standard,
    scenarios: standard.scenarios.map(fewer(among)),
    furtherScenarios: standard.furtherScenarios.map(fewer(among)),
  })

const LABS: Readonly<Record<Among, Lab>> = {
  whole: lab,
  'at rest': labOf('at rest'),
  'first faults': labOf('first faults'),
  'last faults': labOf('last faults'),
}

/** fork() and KSM beside devices that fault, or come to. */
const COPIES = /^(fork|ksm)(-join)?$/

/** How a cell is looked at. */
function amongOf({ policy, drivers, scenario }: CellName): readonly Among[] {
  if (WHOLE || drivers.length === 1) return ['whole']
  const twoKvms = drivers.join('+') === 'kvm+kvm'
  if (COPIES.test(scenario)) {
    if (isPatched(policy)) return [twoKvms ? 'last faults' : 'at rest']
    return twoKvms ? ['first faults', 'last faults'] : ['last faults']
  }
  if (scenario === 'collapse-file' || (twoKvms && scenario === 'exit-mm')) return ['at rest']
  if (!drivers.includes('kvm')) return ['at rest']
  return isPatched(policy) && isLarge(policy) ? ['at rest'] : ['whole']
}

/** Worlds that policies have in common are explored once. */
const shared = new Map<string, CheckResult>()

export const brokenAmong = (name: CellName, among: Among): readonly string[] =>
  broken(finish(runCell(LABS[among], name, { shared })))

function allHold(policy: string, set: string, kind: Kind): number {
  const drivers = set.split('+')
  const cells = ALL.filter(
    (scenario) =>
      kindOf(scenario) === kind &&
      isAsked(policy, scenario) &&
      !tellsNobody(policy, scenario) &&
      !saysNothing(set, scenario),
  )
    .map((scenario) => ({ policy, drivers, scenario, size: 'small' as const }))
    .filter((name) => isCell(lab, name))
  for (const name of cells)
    for (const among of amongOf(name)) {
      if (WHOLE) process.stderr.write(`${policy} ${set} ${name.scenario} ${shared.size}\n`)
      expect([among, name, brokenAmong(name, among)]).toEqual([among, name, []])
    }
  return cells.length
}

/** At least so many scenarios say something about two devices: all of them, and those whose sections block. */
const AT_LEAST: Readonly<Record<Kind, readonly [number, number]>> = {
  path: [34, 29],
  pair: [54, 50],
}

/** One test for each policy. */
export function nobodyRefuses(set: string, kind: Kind): void {
  const [everything, asked] = AT_LEAST[kind]
  describe(`${set}, ${kind === 'path' ? 'every path' : 'every path beside every activity'}`, {
    timeout,
  }, () => {
    it.each(VERSIONS)('%s: all hold', (policy) => {
      expect(allHold(policy, set, kind)).toBeGreaterThanOrEqual(everything)
    })

    it.each(PATCHED)('%s: all hold where sections block', (policy) => {
      expect(allHold(policy, set, kind)).toBeGreaterThanOrEqual(asked)
    })
  })
}
