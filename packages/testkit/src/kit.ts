/** One driver on the bench: its lab, and the cells of the plan, each explored once. */
import {
  applies,
  buildNamed,
  type CellName,
  type CellReport,
  createLab,
  finish,
  formatCell,
  type Lab,
  type RunOptions,
  runCell,
} from '@mmulab/compare'
import { type Driver, nameOf, type PolicyFamily } from '@mmulab/core'
import { LabError } from '@mmulab/model'
import mainline from '@mmulab/policy-mainline'
import unwindIntervals from '@mmulab/policy-unwind-intervals'
import { allScenarios, type Plan } from './plan.ts'
import { counter, refuser } from './probes.ts'
import { WATCHED, watched } from './watched.ts'

export interface KitOptions {
  readonly families?: readonly PolicyFamily[]
  /** A policy under which nobody ends what was begun before a refusal, and one that does. */
  readonly cores?: Readonly<Record<Plan['core'], readonly string[]>>
  /** More states than this are not explored; the rule then says nothing about the cell. */
  readonly maxStates?: number
  /** Says also what else breaks each broken promise. */
  readonly all?: boolean
  /** Results of equal worlds, handed from one driver to the next. */
  readonly shared?: RunOptions['shared']
}

/**
 * A kernel that leaves a refused section as it is, and the first that unwinds it (c2655835fd8c). Of several the first is taken
 * that knows the driver's kind of notifier. Interval notifiers came with 5.5; no kernel unwinds for them what the list refuses,
 * which is not a driver's fault, so theirs is one that does.
 */
const coresFor = ({ interval }: Driver): NonNullable<KitOptions['cores']> =>
  interval
    ? { leaves: ['mainline@5.5'], unwinds: [`mainline@5.12+${unwindIntervals.name}`] }
    : { leaves: ['mainline@5.4', 'mainline@5.5'], unwinds: ['mainline@5.12'] }

const MAX_STATES = 200_000

export interface Kit {
  readonly driver: Driver
  readonly lab: Lab
  /** The driver as the lab knows it. */
  readonly stem: string
  /** What it is called in a world. */
  readonly label: string
  /** Undefined where the scenario says nothing about the driver, or the core does not know its kind of notifier. */
  name(plan: Plan): CellName | undefined
  /** @throws LabError what the checker has to say about the driver's procedures */
  explore(name: CellName): CellReport
}

/** A variant is looked at under the name of what it is a variant of. */
const stemOf = ({ name }: Driver): string => name.split('~')[0] ?? name

/** The lab in which the driver is looked at: tokens are told in it. */
export function kitLab(driver: Driver, families: readonly PolicyFamily[] = [mainline]): Lab {
  const twin = { ...driver, name: stemOf(driver), variants: { [WATCHED]: watched(driver) } }
  return createLab({
    families,
    patches: [unwindIntervals],
    drivers: [twin, refuser, counter],
    scenarios: allScenarios,
  })
}

export function createKit(driver: Driver, options: KitOptions = {}): Kit {
  const lab = kitLab(driver, options.families)
  const cores = options.cores ?? coresFor(driver)
  const maxStates = options.maxStates ?? MAX_STATES
  const { all, shared = new Map() } = options
  const explored = new Map<string, CellReport>()
  const stem = nameOf({ ...driver, name: stemOf(driver) })

  const name = ({ scenario, core, refuser: where, watched: twin }: Plan): CellName | undefined => {
    const own = twin ? `${stem}~${WATCHED}` : stem
    if (!applies(lab, lab.scenario(scenario), [own])) return undefined
    // The last on the list is called first.
    const drivers =
      where === 'before'
        ? [own, nameOf(refuser)]
        : where === 'after'
          ? [nameOf(refuser), own]
          : [own]
    return cores[core]
      .map((policy): CellName => ({ policy, drivers, scenario, size: 'small' }))
      .find((cell) => fits(lab, cell))
  }

  return {
    driver,
    lab,
    stem,
    label: stemOf(driver),
    name,
    explore(cell) {
      const key = formatCell(cell)
      const known = explored.get(key)
      if (known) return known
      const report = finish(runCell(lab, cell, { maxStates, shared, all }))
      explored.set(key, report)
      return report
    },
  }
}

/** Cells that nobody can ask about are no fault of the driver. */
function fits(lab: Lab, cell: CellName): boolean {
  try {
    buildNamed(lab, cell)
    return true
  } catch (error) {
    if (error instanceof LabError && error.kind === 'usage') return false
    throw error
  }
}
