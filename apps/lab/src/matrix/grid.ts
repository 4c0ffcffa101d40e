/** The matrix as rows: scenarios, and under each the driver sets that it says something about. */
import { applies, type CellName, type Selection } from '@mmulab/compare'
import type { Scenario } from '@mmulab/core'
import { lab } from '../plugins.ts'

interface GridRow {
  readonly set: string
  /** One per policy. */
  readonly cells: readonly CellName[]
}

export interface Group {
  readonly scenario: Scenario
  readonly rows: readonly GridRow[]
  /** Driver sets that offer nothing of what it needs. */
  readonly leftOut: readonly string[]
}

/** All names of the selection must exist. */
export function groupsOf({ policies, driverSets, scenarios, size }: Selection): Group[] {
  return scenarios.map((name) => {
    const scenario = lab.scenario(name)
    const fits = (set: string): boolean => applies(lab, scenario, set.split('+'))
    return {
      scenario,
      rows: driverSets.filter(fits).map((set) => ({
        set,
        cells: policies.map((policy) => ({
          policy,
          drivers: set.split('+'),
          scenario: name,
          size,
        })),
      })),
      leftOut: driverSets.filter((set) => !fits(set)),
    }
  })
}

/** In the order in which they are shown. */
export const cellsIn = (groups: readonly Group[]): CellName[] =>
  groups.flatMap((g) => g.rows.flatMap((r) => r.cells))
