/** Worlds of one policy with drivers of the kit's own, each explored once. */
import { type CheckResult, check, type Linked, link } from '@mmulab/checker'
import {
  buildCell,
  type Cell,
  type Driver,
  type Policy,
  REAP_REFUSED,
  REAP_ZAPPED,
} from '@mmulab/core'
import type { Sometimes } from '@mmulab/model'
import { allScenarios } from './plan.ts'
import { DETACHED, ended, RELEASED, started, TOLD_ONCE } from './probes.ts'

export interface Run {
  readonly cell: Cell
  readonly linked: Linked
  readonly result: CheckResult
  /** Whether a mark is ever passed. */
  happens(mark: string): boolean
}

export interface Runs {
  readonly policy: Policy
  /** With drivers in the order of registration. */
  run(drivers: readonly Driver[], scenario: string): Run
}

const LABELS = ['probe-counter', 'probe-counter2']
/** What each of two counting probes says of a section. */
export const CALLS: readonly string[] = LABELS.flatMap((label) => [started(label), ended(label)])
const MARKS: readonly string[] = [
  ...CALLS,
  REAP_REFUSED,
  REAP_ZAPPED,
  DETACHED,
  RELEASED,
  TOLD_ONCE,
]

/** `shared`: results of equal worlds, handed from one policy to the next. */
export function runsOf(policy: Policy, shared: Map<string, CheckResult> = new Map()): Runs {
  const known = new Map<string, Run>()
  return {
    policy,
    run(drivers, scenario) {
      const key = `${drivers.map((d) => d.name).join('+')} ${scenario}`
      const run = known.get(key) ?? explore(policy, drivers, scenario, shared)
      known.set(key, run)
      return run
    },
  }
}

function explore(
  policy: Policy,
  drivers: readonly Driver[],
  scenario: string,
  shared: Map<string, CheckResult>,
): Run {
  const found = allScenarios.find((s) => s.name === scenario)
  if (!found) throw new Error(`there is no scenario ${scenario}`)
  const cell = buildCell({ policy, drivers, scenario: found, size: 'small' })
  const { world } = cell
  const marks = MARKS.map((mark): Sometimes => ({ name: mark, when: { mark } }))
  const linked = link({ ...world, sometimes: [...world.sometimes, ...marks] })
  const question = JSON.stringify([
    drivers.map((d) => d.name),
    scenario,
    linked.fingerprint,
    linked.lockOrder,
    linked.automata.map((a) => a.startFlags),
    [world.notClaimed, world.preemptRt, world.primed],
  ])
  const result = shared.get(question) ?? check(linked)
  shared.set(question, result)
  return {
    cell,
    linked,
    result,
    happens: (mark) => result.sometimes.some((s) => s.name === mark && s.reached),
  }
}
