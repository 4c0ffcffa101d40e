/** One cell of the lab: a policy, drivers in the order of their registration, and a scenario become a world. */
import { LabError, type World } from '@mmulab/model'
import { createInstances, type Labelled, labelsOf, nameOf } from './cell-drivers.ts'
import { createCellKernel } from './cell-kernel.ts'
import { stageOf } from './cell-stage.ts'
import type { Driver } from './driver.ts'
import { intervalsOf } from './interval-host.ts'
import type { Kernel } from './kernel.ts'
import type { Policy } from './policy.ts'
import { coreInvariants, goalsOf, invariantsOf, notClaimed } from './promises.ts'
import { mayRegister, PRIMED, subscribe } from './registration.ts'
import type { Bounds, Scenario, Size } from './scenario.ts'

export interface CellOptions {
  readonly policy: Policy
  /** In the order of registration: the last one is called first. */
  readonly drivers: readonly Driver[]
  readonly scenario: Scenario
  readonly size: Size
  /** Bounds that differ from those of the size. */
  readonly tighter?: Partial<Bounds> | undefined
}

export interface Cell extends CellOptions {
  readonly world: World
  readonly bounds: Bounds
  readonly kernel: Kernel
  readonly instances: readonly Labelled[]
}

/** @throws LabError NOT_APPLICABLE when no driver offers what the scenario needs */
export function buildCell(options: CellOptions): Cell {
  const { policy, drivers, scenario, size } = options
  const { facts } = policy
  const bounds = { ...scenario.sizes[size], ...options.tighter }
  const refusal = scenario.refuses?.(facts)
  if (refusal !== undefined)
    throw notApplicable(
      scenario,
      `The scenario ${scenario.name} says nothing about ${policy.name}: ${refusal}.`,
    )
  const late = scenario.registersLate ? drivers.length - 1 : -1
  const warm = drivers.map(
    ({ offers }, i) => i !== late && !scenario.cold.some((kind) => offers.includes(kind)),
  )
  const holders = drivers.filter((d, i) => d.pins && warm[i]).length

  const own = createCellKernel(policy, bounds, holders, scenario.uses)
  const { kernel } = own
  const instances = createInstances(kernel, { drivers, warm, bounds })
  for (const [i, instance] of instances.entries())
    own.subscriptions.unshift(subscribe(kernel, instance, i === late, scenario))
  for (const sub of own.subscriptions) mayRegister(policy, sub)
  own.intervals = intervalsOf(
    policy,
    instances.map((d, i) => ({
      ...d,
      warm: warm[i] === true,
      late: i === late,
      leaves: scenario.unregisters && d.activities.unregister !== undefined,
    })),
    bounds.sections,
  )

  const stage = stageOf(kernel, bounds, instances)
  const { needs } = scenario
  if (needs.length && !needs.some((kind) => stage.offers(kind).length)) {
    const labels = labelsOf(drivers)
    throw notApplicable(
      scenario,
      `The scenario ${scenario.name} needs a driver that offers ${needs.join(' or ')}; ${labels.join(' and ')} ${labels.length > 1 ? 'do' : 'does'} not.`,
      'mmulab list drivers shows what each driver offers.',
    )
  }
  const scene = scenario.build(stage)
  return {
    ...options,
    bounds,
    kernel,
    instances,
    world: {
      name: `${policy.name} ${drivers.map(nameOf).join('+')} ${scenario.name}`,
      tasks: [
        ...scene.tasks,
        ...instances.flatMap((d) => d.daemons ?? []),
        ...kernel.procs.workers(),
      ],
      invariants: [...instances.flatMap((d) => invariantsOf(kernel, d)), ...coreInvariants(kernel)],
      goals: [...(scene.goals ?? []), ...instances.flatMap(goalsOf)],
      sometimes: scene.sometimes,
      measures: scene.measures ?? [],
      notClaimed: notClaimed(instances, scene),
      preemptRt: facts.preemptRt,
      primed: facts.notifierMap === 'primed' ? [PRIMED] : [],
    },
  }
}

const notApplicable = ({ name }: Scenario, message: string, hint?: string): LabError =>
  new LabError({
    code: 'NOT_APPLICABLE',
    kind: 'usage',
    message,
    where: name,
    ...(hint === undefined ? {} : { hint }),
  })
