/** The list of cases for one driver. It needs no test framework: run each case, and read what it says. */
import { type CellReport, formatCell } from '@mmulab/compare'
import type { Driver } from '@mmulab/core'
import { broken, type Case, type CaseResult, KEPT, notApplicable } from './case.ts'
import { type Counts, countsCase } from './counts.ts'
import { disciplineCases } from './discipline.ts'
import { createKit, type Kit, type KitOptions } from './kit.ts'
import { PLANS } from './plan.ts'
import { CELL_RULES, type CellRule, look } from './rules.ts'
import { guarded, shapeCases } from './shape.ts'
import { teardownCase } from './teardown.ts'
import { mapsAgainCase, populatesCase, witnessCase } from './witness.ts'

export interface ConformanceOptions extends KitOptions {
  readonly counts?: Counts
}

export function conformance(driver: Driver, options: ConformanceOptions = {}): Case[] {
  const kit = createKit(driver, options)
  return [
    ...shapeCases(driver, kit, options),
    witnessCase(kit),
    mapsAgainCase(kit),
    populatesCase(kit),
    ...disciplineCases(driver, options),
    ...CELL_RULES.map(
      (rule): Case => ({
        id: rule.id,
        rule: rule.rule,
        kernelReference: rule.kernelReference,
        run: () => guarded(() => ask(kit, rule)),
      }),
    ),
    teardownCase(kit),
    countsCase(kit, options.counts),
  ]
}

const isAbout = ({ of }: CellRule, { cell }: CellReport, { label }: Kit): boolean =>
  !of || cell.instances.some((d) => d.label === label && of(d))

/** The first cell in which the rule is broken. */
function ask(kit: Kit, rule: CellRule): CaseResult {
  let asked = 0
  for (const plan of PLANS) {
    const name = rule.asked(plan) ? kit.name(plan) : undefined
    if (!name) continue
    const report = kit.explore(name)
    if (!isAbout(rule, report, kit)) continue
    asked++
    const [first] = look(rule, report)
    if (first) {
      const { message, token } = first
      return broken({ message, cell: formatCell(name), ...(token !== undefined && { token }) })
    }
    if (!report.result.complete)
      return broken({
        message: `Not shown: ${report.result.notCovered[0]}.`,
        cell: formatCell(name),
      })
  }
  return asked ? KEPT : notApplicable('no cell of the kit says anything about it')
}
