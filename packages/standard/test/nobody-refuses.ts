/**
 * Where nobody may refuse, and where nobody does (`negative-set.ts`), everything that is claimed holds.
 *
 * All of that is asked with all tasks of the drivers, except beside a KVM of 5.15 or later, which has more of them:
 *  - under mainline, while KSM merges a page, and where two such KVMs fault beside fork(), they do without the tasks that keep them busy (KVM's cache of
 *    pages, which the same callback empties), and only one of the two devices faults, which is the one or the other of two KVMs;
 *    two KVMs do without those tasks while an mm is torn down and kswapd unmaps a page of it, too;
 *  - under a patch they do without those tasks everywhere, and of two KVMs that fault beside fork() and KSM, or come to, one does.
 * `npm run negative` leaves none of this out, keeps what it has explored in the file that MMULAB_WHOLE names, and says on stderr where it is.
 *
 * Each file asks some drivers of some scenarios, under all policies: those that do the same there share what was explored.
 */
import type { CheckResult } from '@mmulab/checker'
import { type CellName, createLab, finish, type Lab, runCell } from '@mmulab/compare'
import { atLeast, type Scenario } from '@mmulab/core'
import { describe, expect, it } from 'vitest'
import { standard } from '../src/index.ts'
import { broken, lab } from './lab.ts'
import { isPatched, type Kind, negativeCells, PATCHED, VERSIONS } from './negative-set.ts'
import { worldsKept } from './worlds-kept.ts'

const kept = process.env.MMULAB_WHOLE ? worldsKept(process.env.MMULAB_WHOLE) : undefined
const timeout = kept ? 86_400_000 : 600_000

/** KVM has a task that deletes memslots from 5.15 on, and one that refreshes a cache from 6.0 on. */
const isLarge = ({ policy, drivers }: CellName): boolean =>
  drivers.length > 1 && drivers.includes('kvm') && atLeast(lab.policy(policy).version, '5.15')

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
function amongOf(name: CellName): readonly Among[] {
  if (kept || !isLarge(name)) return ['whole']
  const { policy, drivers, scenario } = name
  const twoKvms = drivers.join('+') === 'kvm+kvm'
  if (isPatched(policy)) return [twoKvms && COPIES.test(scenario) ? 'last faults' : 'at rest']
  if (twoKvms && /^(fork|ksm)$/.test(scenario)) return ['first faults', 'last faults']
  if (scenario === 'ksm') return ['last faults']
  return [twoKvms && scenario === 'exit-mm' ? 'at rest' : 'whole']
}

/** Worlds that policies have in common are explored once. */
const shared = new Map<string, CheckResult>()

export const brokenAmong = (name: CellName, among: Among): readonly string[] =>
  broken(finish(runCell(LABS[among], name, { shared })))

async function allHold(policy: string, set: string, kind: Kind): Promise<number> {
  const cells = negativeCells(policy, set, kind)
  const asked = cells.flatMap((name) => amongOf(name).map((among) => ({ name, among })))
  const found: object[] = []
  for (const { name, among } of asked) {
    const claims = kept ? await kept.explore(name) : brokenAmong(name, among)
    if (claims.length > 0) found.push({ name, among, claims })
  }
  expect(found).toEqual([])
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
  const what = `${set}, ${kind === 'path' ? 'every path' : 'every path beside every activity'}`
  const all = [...VERSIONS, ...PATCHED].flatMap((policy) => negativeCells(policy, set, kind))
  kept?.ask(what, all)
  describe(what, { timeout }, () => {
    it.each(VERSIONS)('%s: all hold', async (policy) => {
      expect(await allHold(policy, set, kind)).toBeGreaterThanOrEqual(everything)
    })

    it.each(PATCHED)('%s: all hold where sections block', async (policy) => {
      expect(await allHold(policy, set, kind)).toBeGreaterThanOrEqual(asked)
    })
  })
}
