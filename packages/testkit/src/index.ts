/**
 * The conformance kit: what every driver must keep, with where the kernel says so. `conformance` is the list of cases for any
 * runner, `testDriver` makes tests of them, `@mmulab/testkit/vitest` does so for vitest. `kit.ts` is the bench that a driver is put on,
 * `plan.ts` the cells, `rules.ts` what is read off their verdicts.
 */
export {
  type BindOptions,
  failureText,
  type TestDriverOptions,
  type TestFunction,
  type TestMutantsOptions,
  type TestPolicyMutantsOptions,
  type TestPolicyOptions,
  testDriver,
  testMutants,
  testPolicy,
  testPolicyMutants,
} from './bind.ts'
export { type Case, type CaseResult, type Failure, type Path, pathText } from './case.ts'
export { type ConformanceOptions, conformance } from './conformance.ts'
export { type Counts, countsOf } from './counts.ts'
export { type KitOptions, kitLab } from './kit.ts'
export { type Mutant, mutantsOf } from './mutants/drivers.ts'
export { type Fate, type Judged, judgeDriver, type Score, scoreOf } from './mutants/judge.ts'
export { type JudgedPolicy, judgePolicy } from './mutants/judge-policy.ts'
export type { PolicyMutant } from './mutants/policies.ts'
export { type PolicyOptions, policyConformance, type Subject } from './policy.ts'
