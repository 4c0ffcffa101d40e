/** Rules that need no cell: what a driver says of itself. */

import { link } from '@mmulab/checker'
import { buildNamed } from '@mmulab/compare'
import { ACTIVITY_KINDS, type ActivityKind, type Cell, CONTRACT, type Driver } from '@mmulab/core'
import { LabError } from '@mmulab/model'
import { broken, type Case, type CaseResult, KEPT } from './case.ts'
import { createKit, type Kit, type KitOptions } from './kit.ts'
import { PLANS } from './plan.ts'

/** The first cell of the plan that the driver can be built in. */
const anyCell = (kit: Kit): Cell | undefined => {
  for (const plan of PLANS) {
    const name = kit.name(plan)
    if (name) return buildNamed(kit.lab, name)
  }
  return undefined
}

function shape(driver: Driver, kit: Kit): CaseResult {
  const missing = (['era', 'title', 'source'] as const).filter((field) => !driver[field])
  if (driver.kind !== 'driver')
    return broken({ message: 'It was not made with defineDriver: its kind is not "driver".' })
  if (missing.length) return broken({ message: `It has no ${missing.join(', no ')}.` })
  const unknown = driver.offers.filter((kind) => !ACTIVITY_KINDS.includes(kind))
  if (unknown.length)
    return broken({
      message: `It offers ${unknown.join(', ')}; known are ${ACTIVITY_KINDS.join(', ')}.`,
    })
  const instance = anyCell(kit)?.instances[0]
  if (!instance) return broken({ message: 'No cell can be built with it.' })
  const made = Object.keys(instance.activities)
  const wrong = [
    ...driver.offers
      .filter((kind) => !made.includes(kind))
      .map((kind) => `${kind} is offered and not made`),
    ...made
      .filter((kind) => !driver.offers.includes(kind as ActivityKind))
      .map((kind) => `${kind} is made and not offered`),
  ]
  return wrong.length ? broken({ message: `Its activities: ${wrong.join(', ')}.` }) : KEPT
}

function contract({ name, contract: theirs }: Driver): CaseResult {
  return theirs === CONTRACT
    ? KEPT
    : broken({
        message: `${name} was written for contract ${theirs}; this kit has contract ${CONTRACT}.`,
      })
}

/** Every path of every procedure is recorded twice; and two instances of the driver must do the same. */
function deterministic(kit: Kit): CaseResult {
  for (const plan of PLANS) {
    const name = kit.name(plan)
    if (!name) continue
    const [first, second] = [0, 1].map(() => link(buildNamed(kit.lab, name).world).fingerprint)
    if (first !== second)
      return broken({
        message: 'Made twice, it does two different things: something outlives `create`.',
        cell: name.scenario,
      })
  }
  return KEPT
}

/** What the checker throws at a plugin is that plugin's broken promise. */
export function guarded(run: () => CaseResult): CaseResult {
  try {
    return run()
  } catch (error) {
    if (!(error instanceof LabError)) throw error
    const where = error.where === undefined ? '' : ` (${error.where})`
    return broken({ message: `${error.code}: ${error.message}${where}` })
  }
}

export function shapeCases(driver: Driver, kit: Kit, options: KitOptions): Case[] {
  return [
    {
      id: 'contract-version',
      rule: 'It is written for this contract.',
      kernelReference: 'none: the contract of @mmulab/core',
      run: () => contract(driver),
    },
    {
      id: 'shape',
      rule: 'It says what it is, and offers what it makes.',
      kernelReference: 'include/linux/mmu_notifier.h: struct mmu_notifier_ops',
      run: () => guarded(() => shape(driver, kit)),
    },
    {
      id: 'deterministic',
      rule: 'Its procedures do the same again when they are given the same answers.',
      kernelReference: 'none: what makes exploring possible',
      // A kit of its own: nothing that is kept from an earlier run may stand in.
      run: () => guarded(() => deterministic(createKit(driver, options))),
    },
  ]
}
