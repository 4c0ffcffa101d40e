/** The lab of the shipped plugins, and cells explored once per test run. */
import { type CellReport, cellsOf, createLab, finish, type Lab, runCell } from '@mmulab/compare'
import type { Size, Stage } from '@mmulab/core'
import type { ClaimId } from '@mmulab/model'
import { standard } from '../src/index.ts'
import { toys } from './toys.ts'

export const lab: Lab = createLab(standard)

/** With the toys beside them. */
export const toyLab: Lab = createLab({ ...standard, drivers: [...standard.drivers, ...toys] })

const explored = new Map<string, CellReport>()

/** Explores a cell; `drivers` is `a+b` in the order of registration. */
export function explore(
  policy: string,
  drivers: string,
  scenario: string,
  size: Size = 'small',
  among: Lab = lab,
): CellReport {
  const key = [policy, drivers, scenario, size].join('|')
  let report = explored.get(key)
  if (!report) {
    report = finish(runCell(among, { policy, drivers: drivers.split('+'), scenario, size }))
    explored.set(key, report)
  }
  return report
}

/** The claims that are broken, in the order of the columns; throws when the search did not finish. */
export function broken(report: CellReport): ClaimId[] {
  if (!report.result.complete) throw new Error('the search did not finish')
  return Object.entries(report.result.claims)
    .filter(([, c]) => c.verdict !== 'holds' && c.verdict !== 'not-claimed')
    .map(([claim, c]) => {
      if (c.verdict !== 'violated') throw new Error(`${claim} is ${c.verdict}: ${c.message}`)
      return claim as ClaimId
    })
}

/** Every scenario that says something about the drivers. */
export const scenariosFor = (drivers: string, policy: string): string[] => [
  ...new Set(
    cellsOf(lab, {
      policies: [policy],
      driverSets: [drivers],
      scenarios: lab.scenarios.map((s) => s.name),
      size: 'small',
    }).map((c) => c.scenario),
  ),
]

/** Whether a mark can be reached in a scenario. */
export function canHappen(
  policy: string,
  drivers: string,
  scenario: string,
  mark: string,
): boolean {
  const found = toyLab.scenario(scenario)
  const asked = {
    ...found,
    build: (stage: Stage) => ({
      ...found.build(stage),
      sometimes: [{ name: mark, when: { mark } }],
    }),
  }
  const own = createLab({ ...toyLab, scenarios: [asked], furtherScenarios: [] })
  const cell = { policy, drivers: drivers.split('+'), scenario, size: 'small' } as const
  return finish(runCell(own, cell)).result.sometimes.every((s) => s.reached)
}
