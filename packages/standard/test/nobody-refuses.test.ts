/**
 * Where nobody may refuse, and where nobody does, everything that is claimed holds: two KVMs, the GRU beside KVM, interval notifiers
 * alone, under every behaviour of mainline from 5.5 on in every scenario, paths beside activities included, and under every patch on such a
 * kernel in those whose sections block. KVM is that of the kernel.
 *
 * Several devices at once are what costs. With MMULAB_WHOLE=1 all are asked of everything, which takes hours. Otherwise
 *  - two devices do without the tasks that keep them busy (KVM's cache of pages, which the same callback empties);
 *  - beside fork() and KSM, where a fault copies and opens sections of its own, one of two devices faults, which is the one or the other of
 *    two KVMs;
 *  - a patch is asked of every path, and of every activity beside `BESIDE`; mainline of all of their pairs. Beside fork() and KSM
 *    nobody faults under a patch, but for two KVMs.
 */
import type { CheckResult } from '@mmulab/checker'
import {
  type CellName,
  type CellReport,
  createLab,
  finish,
  isCell,
  type Lab,
  type RunOptions,
  runCell,
} from '@mmulab/compare'
import { atLeast, type Scenario } from '@mmulab/core'
import { allPaths, MEETINGS } from '@mmulab/scenarios'
import { describe, expect, it } from 'vitest'
import { standard } from '../src/index.ts'
import { broken, lab } from './lab.ts'

const WHOLE = process.env.MMULAB_WHOLE === '1'

const SETS = ['kvm+kvm', 'gru+kvm', 'test-hmm', 'test-hmm+test-hmm']

const VERSIONS = lab.families.flatMap((f) =>
  f.versions.filter((v) => atLeast(v, '5.5')).map((v) => `${f.name}@${v}`),
)

const PATCHED = lab.patches
  .map((p) => `${p.example}+${p.name}`)
  .filter((name) => atLeast(lab.policy(name).version, '5.5'))

const ALL = [...standard.scenarios, ...standard.furtherScenarios].map((s) => s.name)
/** The OOM reaper and process_mrelease() open sections that may not block: there a patch may go wrong with nobody to refuse. */
const BLOCKABLE = ALL.filter((name) => !/^(oom-reap|mrelease)/.test(name))

/** The path that takes no mmap_lock: the one that meets most. */
const BESIDE = 'reclaim'
const isPair = (name: string): boolean =>
  allPaths.some((p) => MEETINGS.some((meeting) => name === `${p.name}-${meeting}`))
const ONCE = BLOCKABLE.filter((name) => !isPair(name) || name.startsWith(`${BESIDE}-`))

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

const patched = (policy: string): boolean => lab.policy(policy).patches.length > 0

/** How a cell is looked at; `asked` where nothing is said against it. */
function amongOf({ policy, drivers, scenario }: CellName, asked: Among): readonly Among[] {
  if (WHOLE || drivers.length === 1) return ['whole']
  if (!COPIES.test(scenario)) return [asked]
  if (patched(policy)) return [drivers.join('+') === 'kvm+kvm' ? 'last faults' : 'at rest']
  return drivers.join('+') === 'kvm+kvm' ? ['first faults', 'last faults'] : ['last faults']
}

/** Looking at so many states takes less than finding out which of them can be left out. */
const FEW = 300_000
const REDUCTIONS = { fusion: true, partialOrder: true, symmetry: true }
/** Worlds that two policies have in common are explored once. */
const [few, reduced] = [new Map<string, CheckResult>(), new Map<string, CheckResult>()]

function brokenAmong(name: CellName, among: Among): readonly string[] {
  const run = (options: RunOptions): CellReport => finish(runCell(LABS[among], name, options))
  const first = run({ maxStates: FEW, shared: few })
  return broken(first.result.complete ? first : run({ reductions: REDUCTIONS, shared: reduced }))
}

function allHold(policy: string, set: string, names: readonly string[], asked: Among): number {
  const cells = names
    .filter((scenario) => !tellsNobody(policy, scenario) && !saysNothing(set, scenario))
    .map((scenario) => ({ policy, drivers: set.split('+'), scenario, size: 'small' as const }))
    .filter((name) => isCell(lab, name))
  for (const name of cells)
    for (const among of amongOf(name, asked))
      expect([among, name, brokenAmong(name, among)]).toEqual([among, name, []])
  return cells.length
}

describe.each(VERSIONS)('%s', { timeout: 600_000 }, (policy) => {
  it.each(SETS)('%s: all hold', (set) => {
    expect(allHold(policy, set, ALL, 'at rest')).toBeGreaterThan(65)
  })

  it.each(['kvm+kvm', 'gru+kvm'])('%s whose caches are refreshed as well', (set) => {
    allHold(policy, set, ['munmap', 'reclaim', 'cow', 'oom-reap'], 'whole')
  })
})

describe.each(PATCHED)('%s', { timeout: 600_000 }, (policy) => {
  it.each(SETS)('%s: all hold where sections block', (set) => {
    expect(allHold(policy, set, WHOLE ? BLOCKABLE : ONCE, 'at rest')).toBeGreaterThan(25)
  })
})

describe('the collapse of file mappings before 6.1, which tells nobody', () => {
  it.each(['kvm+kvm', 'gru+kvm', 'test-hmm', 'test-hmm+test-hmm'])(
    'breaks what %s promise, and no longer does',
    (set) => {
      const cell = { drivers: set.split('+'), scenario: 'collapse-file', size: 'small' } as const
      expect(brokenAmong({ ...cell, policy: 'mainline@6.0' }, 'at rest')).toContain('coherence')
      expect(brokenAmong({ ...cell, policy: 'mainline@6.1' }, 'at rest')).toEqual([])
    },
  )
})
