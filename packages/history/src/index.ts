/**
 * Known mmu notifier bugs as a test suite. `cases.ts` says where each was, what it broke and which twin has it fixed; `run.ts` asks the
 * checker. No case tells the checker what to find.
 */
export type { HistoryCase, NotModelled, Place } from './case.ts'
export { CASES } from './cases.ts'
export { NOT_MODELLED } from './not-modelled.ts'
export type { Expected, Kind } from './pairs/expected.ts'
export {
  EXPLANATIONS,
  type Explanation,
  explain,
  type Judged,
  judgePairs,
} from './pairs/explained.ts'
export {
  allPairs,
  type Broken,
  type Difference,
  type Pair,
  type PairSelection,
  pairName,
  runPairs,
} from './pairs/table.ts'
export { type CaseResult, nameOf, runCase, type Status, type Twin } from './run.ts'
