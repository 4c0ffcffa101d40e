/** The lab of the page, and the names that its controls offer. */
import { createLab, type Lab, QUESTION_2019 } from '@mmulab/compare'
import { standard } from '@mmulab/standard'

export const lab: Lab = createLab(standard)

const distinct = (names: readonly string[]): string[] => [...new Set(names)]

/** Versions that differ, and each patch on a base that it is known to apply to. */
export const OFFERED_POLICIES: readonly string[] = distinct([
  ...QUESTION_2019.policies,
  ...lab.families.flatMap((f) => f.versions.map((v) => `${f.name}@${v}`)),
  ...lab.patches.map((p) => `${p.example}+${p.name}`),
])

/** The sets of the 2019 question, every driver alone, and the twins for control experiments. */
export const OFFERED_DRIVER_SETS: readonly string[] = distinct([
  ...QUESTION_2019.driverSets,
  ...lab.drivers.map((d) => d.name),
  ...lab.drivers.flatMap((d) => Object.keys(d.variants).map((v) => `${d.name}~${v}`)),
])

export const OFFERED_SCENARIOS: readonly string[] = lab.scenarios.map((s) => s.name)
