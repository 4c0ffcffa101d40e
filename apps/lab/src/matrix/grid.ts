/** The matrix as rows: scenarios, and under each the driver sets that it says something about. */
import { type CellName, isCell, type Selection } from '@mmulab/compare'
import type { Scenario } from '@mmulab/core'
import { lab } from '../plugins.ts'

interface GridRow {
  readonly set: string
  /** One per policy; undefined where its kernel has nothing to say about these drivers. */
  readonly cells: readonly (CellName | undefined)[]
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
    const rows = driverSets.map((set) => ({
      set,
      cells: policies.map((policy) => {
        const cell = { policy, drivers: set.split('+'), scenario: name, size }
        return isCell(lab, cell) ? cell : undefined
      }),
    }))
    const says = (row: GridRow): boolean => row.cells.some((cell) => cell !== undefined)
    return {
      scenario,
      rows: rows.filter(says),
      leftOut: rows.filter((row) => !says(row)).map((row) => row.set),
    }
  })
}

/** In the order in which they are shown. */
export const cellsIn = (groups: readonly Group[]): CellName[] =>
  groups.flatMap((g) => g.rows.flatMap((r) => r.cells.flatMap((cell) => cell ?? [])))
