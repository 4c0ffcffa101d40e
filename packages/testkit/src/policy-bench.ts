/** The cells in which a policy is looked at: drivers of the kit's own, which do nothing wrong. */
import { type CellName, createLab, type Lab } from '@mmulab/compare'
import type { Driver, Policy } from '@mmulab/core'
import { listDevice, shyDevice, treeDevice } from './devices.ts'
import { allScenarios } from './plan.ts'
import {
  counter,
  detachable,
  ender,
  leaver,
  odd,
  onceTold,
  reclaimer,
  refuser,
  sleeper,
  stubborn,
} from './probes.ts'

export interface Bench {
  /** In the order of registration. */
  readonly drivers: readonly Driver[]
  readonly scenario: string
  /** Whether every promise must hold, or the rules ask something of their own. */
  readonly holds: boolean
  readonly applies: (policy: Policy) => boolean
}

/** Before 4.19 a start had no answer, and the OOM reaper did not tell everybody. */
export const hasAnswers = ({ facts }: Policy): boolean => facts.hlistWalk !== 'void'
const hasTree = (policy: Policy): boolean => hasAnswers(policy) && policy.facts.interval
const always = (): boolean => true
const detaches = ({ facts }: Policy): boolean => facts.oomDetaches

const cells = (
  holds: boolean,
  applies: Bench['applies'],
  drivers: readonly Driver[],
  ...scenarios: string[]
): Bench[] => scenarios.map((scenario) => ({ drivers, scenario, holds, applies }))

export const BENCH: readonly Bench[] = [
  ...cells(
    true,
    always,
    [listDevice],
    'dontneed',
    'munmap',
    'reclaim',
    'unregister-in-section',
    'exit',
  ),
  ...cells(true, hasAnswers, [listDevice], 'oom-reap-faults'),
  ...cells(true, always, [counter, counter], 'dontneed'),
  ...cells(true, hasAnswers, [counter, counter], 'oom-reap'),
  ...cells(true, hasTree, [treeDevice], 'dontneed', 'oom-reap-faults'),
  ...cells(true, hasTree, [shyDevice], 'oom-reap-faults'),
  ...cells(true, hasTree, [counter, shyDevice], 'oom-reap'),
  ...cells(false, hasAnswers, [refuser], 'oom-reap'),
  ...cells(false, hasAnswers, [onceTold], 'oom-reap'),
  ...cells(false, detaches, [detachable], 'oom-reap'),
  ...cells(false, always, [leaver], 'kit-exit-then-leave', 'kit-leave-then-exit'),
  ...cells(false, always, [refuser, counter], 'oom-reap'),
  ...cells(false, always, [counter, refuser], 'oom-reap'),
  ...cells(false, hasAnswers, [sleeper], 'oom-reap'),
  ...cells(false, hasAnswers, [stubborn], 'dontneed'),
  ...cells(false, hasAnswers, [odd], 'oom-reap'),
  ...cells(false, hasAnswers, [ender], 'oom-reap'),
  ...cells(false, always, [reclaimer], 'dontneed', 'oom-reap'),
]

const SUBJECT = 'subject'

/** The bench under one policy, by name. */
export function benchOf(policy: Policy): { lab: Lab; names: CellName[] } {
  const bench = BENCH.filter((b) => b.applies(policy))
  const lab = createLab({
    families: [],
    // A name with a + in it would be looked up as a base with patches.
    policies: [{ ...policy, name: SUBJECT }],
    patches: [],
    drivers: [...new Set(bench.flatMap((b) => b.drivers))],
    scenarios: allScenarios,
  })
  const names = bench.map(
    (b): CellName => ({
      policy: SUBJECT,
      drivers: b.drivers.map((d) => `${d.name}@${d.era}`),
      scenario: b.scenario,
      size: 'small',
    }),
  )
  return { lab, names }
}
