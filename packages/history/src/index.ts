/**
 * Known mmu notifier bugs as a test suite. `cases.ts` says where each was, what it broke and which twin has it fixed; `run.ts` asks the
 * checker. No case tells the checker what to find.
 */
export type { HistoryCase, NotModelled, Place } from './case.ts'
export { CASES } from './cases.ts'
export { NOT_MODELLED } from './not-modelled.ts'
export { allPairs, type PairSelection, type Question, questionsOf } from './pairs/asked.ts'
export type { Expected, Kind, Reason } from './pairs/expected.ts'
export {
  type Answer,
  answerOf,
  EXPLANATIONS,
  type Explanation,
  explain,
  type Judged,
  judgePairs,
} from './pairs/explained.ts'
export {
  type Broken,
  exploreRow,
  type PairOptions,
  type Row,
  type Shared,
} from './pairs/explore.ts'
export { type Difference, expecting, type Pair, pairName, runPairs } from './pairs/table.ts'
export { type CaseResult, nameOf, runCase, type Status, type Twin } from './run.ts'
