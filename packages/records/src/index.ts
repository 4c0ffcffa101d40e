/**
 * Records of real kernels, judged by the model. `judge` reads a record and says of each policy whether its own procedures,
 * given exactly the recorded answers, can make exactly the recorded calls in that order, and if not, which event is the
 * first that does not fit.
 *
 *     const { verdicts } = judge(text, { policies: [mainline.at('5.4'), mainline.at('6.1')] })
 *     for (const v of verdicts) console.log(showVerdict(v))
 *
 * Read `world.ts` for what a record is held against, `hypothesis.ts` and `judge.ts` for how, `np.ts` and `trace.ts` for the
 * formats, `intervals.ts` for interval notifiers. `orders.ts` asks which orders of
 * callbacks are possible at all. Limits: which locks the mm held is not in a record and not judged.
 */
export {
  explain,
  type Judgement,
  judge,
  type PolicyVerdict,
  showVerdict,
} from './explain.ts'
export type { Order } from './lattice.ts'
export type { Misfit } from './misfit.ts'
export { OPERATIONS, type Operation } from './operations.ts'
export { interleavings, type Orders, ordersUnder } from './orders.ts'
export { type RecordedOrders, recordedOrders } from './orders-record.ts'
export {
  asRecorded,
  type OrdersRow,
  ordersRow,
  pairsOf,
  RECORDED,
  type Recorded,
} from './orders-table.ts'
export { parseRecord } from './parse.ts'
export type { Callback, KernelRecord, RecordEvent } from './record.ts'
