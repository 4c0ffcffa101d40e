/**
 * The checker: procedures are recorded and linked into automata (`record.ts`, `link.ts`), laid out in packed words, compiled and
 * explored breadth first; every claim gets a verdict, every broken one a schedule, and a schedule is told again on the live
 * procedures (`replay.ts`). It knows no mm.
 */
export type * from './automaton.ts'
export { brokenAfter } from './beyond.ts'
export { type CheckOptions, check, checkInSlices } from './check.ts'
export type { Checkpoint } from './checkpoint.ts'
export type { Helper, Spawn, Workers } from './engine.ts'
export { estimateOf } from './estimate.ts'
export { initialState, type Unpacked } from './layout.ts'
export { link } from './link.ts'
export { contextWords, type LockDependency, lockGraph } from './lock-order.ts'
export type { Mode, ModeReport } from './mode.ts'
export { type PanReader, type PanReport, panReader, sameCounts } from './pan.ts'
export {
  explorePlain,
  type PlainMove,
  type PlainSpace,
  type PlainState,
  type PlainStep,
  plainReader,
  plainStep,
} from './plain.ts'
export { brokenName, expressible, type PromelaOptions, promela, STOPPED } from './promela.ts'
export {
  isReduced,
  REDUCTION_NAMES,
  type ReductionName,
  type Reductions,
  reductionsNamed,
} from './reductions.ts'
export { type Change, type Event, type Replay, replay } from './replay.ts'
export type * from './result.ts'
export type { Saved } from './saved.ts'
export { type Space, spaceOf } from './space.ts'
export { threadsOfNode, threadsOfPage } from './threads.ts'
export { type TlaOptions, tla } from './tla.ts'
export { decodeToken, encodeToken, TOKEN_VERSION, type Token } from './token.ts'
export type { Estimate, Progress } from './under-way.ts'
export { withLockOrderOf } from './verdict.ts'
