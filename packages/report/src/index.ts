/**
 * From results to what people and programs read: pure functions, no host. Text is written for a fixed-width face, and
 * nothing in it can be told by colour alone.
 */
export { type CellOptions, cellText, measureWords } from './cell.ts'
export {
  brokenNames,
  claimsOf,
  FAIR_PROGRESS,
  FAIR_REQUIRED,
  isPartlyKnown,
  MARKS,
  markOf,
  PARTLY_KNOWN,
  PARTLY_WORDS,
  REQUIRED,
  type Standing,
  standing,
  starves,
  verdictWords,
} from './claims.ts'
export { type ClosingOptions, closingText } from './closing.ts'
export { type DrawOptions, draw } from './columns.ts'
export { neverReachedOps, type UnreachedOp } from './coverage.ts'
export { type FairJson, fairLines, type StarvingJson } from './fair.ts'
export {
  type CellJson,
  type CellsJson,
  type ClaimJson,
  cellJson,
  cellsJson,
  type JsonOptions,
  SCHEMA,
  type StoryJson,
  storyJson,
} from './json.ts'
export { type LockDependencyJson, locksJson, locksText } from './locks.ts'
export { type MatrixCell, type MatrixOptions, matrixMarkdown, matrixText } from './matrix.ts'
export { type NarrateOptions, type Narration, narrate } from './narrate.ts'
export { type OrdersJson, type OrdersTable, ordersJson, ordersText } from './orders.ts'
export { type Paint, PLAIN } from './paint.ts'
export { type JudgementJson, judgementText, type RecordsJson, recordsJson } from './records.ts'
export { type Side, type SideBySideOptions, sideBySideText, sideOf } from './side-by-side.ts'
export { type SmallestJson, smallestJson, smallestText } from './smallest.ts'
export { cellTitle, type StoryOptions, storyText, storyTitle } from './story.ts'
export type { Line, Row, Rule } from './teller.ts'
export { count, escapeMarkdown, grouped, listed, pad, paragraph, wrap } from './text.ts'
export { changeWords, errno, type Scene, stepWords, valueWords } from './words.ts'
