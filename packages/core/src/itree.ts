/** mm/mmu_notifier.c on the tree of intervals: the walk of a section, and what drivers call. */
import {
  type Assign,
  and,
  atomically,
  type Body,
  call,
  downWrite,
  type Expr,
  type ExprLike,
  enterCallback,
  eq,
  expr,
  jump,
  leaveCallback,
  load,
  lockMapAcquire,
  lockMapRelease,
  mark,
  minus,
  ne,
  nonBlockEnd,
  nonBlockStart,
  not,
  or,
  type Procedure,
  plus,
  procedure,
  upWrite,
  warn,
  when,
} from '@mmulab/model'
import { stillThere } from './alive.ts'
import {
  FINISH_QUEUED,
  hitBy,
  type IntervalNode,
  type IntervalProcedures,
  type Intervals,
  isInvalidating,
  someInTree,
} from './interval.ts'
import type { Kernel, NotifierProcedures } from './kernel.ts'
import type { Mm } from './mm.ts'
import { EAGAIN, NOTIFIER_MAP, type Range } from './range.ts'
import { addUnderAllLocks } from './subscription.ts'

const FILE = 'mm/mmu_notifier.c'

/** What scenarios ask whether it can happen. */
export const INSERTED_IN_SECTION = 'an interval is inserted while a section is open'

/**
 * mm/mmu_notifier.c:mn_itree_inv_start_range (5.5..7.3). Counts the section; answers invalidate_seq, made odd, if it hits a node,
 * and 0 if it hits none.
 */
export function mnItreeInvStartRange(s: Intervals, range: Range): Body<number> {
  const hits = and(s.hasItree, someInTree(hitBy(s, range)))
  const next = plus(s.seq, and(hits, not(isInvalidating(s))))
  return atomically({
    assign: [
      [s.active, plus(s.active, s.hasItree)],
      [s.seq, next],
    ],
    answer: when(hits, next, 0),
    label: `mn_itree_inv_start_range(pte[${range.pages.join(',')}])`,
  })
}

/**
 * mm/mmu_notifier.c:mn_itree_inv_end (5.5..7.3). With the last section gone, the number becomes even and what was deferred is
 * done. Left out: wake_up_all(), since whoever waits looks at the number itself.
 */
export function mnItreeInvEnd(s: Intervals): Body<number> {
  const last = and(s.hasItree, eq(s.active, 1), isInvalidating(s))
  return atomically({
    assign: [
      [s.active, minus(s.active, s.hasItree)],
      [s.seq, plus(s.seq, last)],
      ...s.nodes.flatMap(({ inTree, deferred }): (readonly [Assign['to'], ExprLike])[] =>
        inTree
          ? [
              [inTree, when(and(last, deferred), not(inTree), inTree)],
              [deferred, when(last, 0, deferred)],
            ]
          : [],
      ),
    ],
    label: 'mn_itree_inv_end()',
  })
}

/** Around a callback of an interval notifier, which may not block either when the range is not blockable. */
export function* callbackOf<R>(what: string, range: Range, body: () => Body<R>): Body<R> {
  yield* enterCallback(what)
  if (!range.blockable) yield* nonBlockStart()
  const ret = yield* body()
  if (!range.blockable) yield* nonBlockEnd()
  yield* leaveCallback(what)
  return ret
}

/** One node's operation, `invalidate` unless the kernel has a better one. */
export const callIntervalProcedure = (
  operationOf: (node: IntervalNode) => IntervalNode['invalidate'] = (node) => node.invalidate,
): NotifierProcedures['callInterval'] =>
  procedure('invoke_invalidate', `${FILE}:mn_itree_invalidate`, function* (node, range, seq) {
    const what = `${node.name}.invalidate`
    yield* stillThere(node.gone, what)
    return yield* callbackOf(what, range, () => call(operationOf(node), range, seq))
  })

/**
 * Asks the nodes that the range meets, in tree order; none comes or goes meanwhile, since invalidate_seq is odd. A refusal ends the
 * walk. What was started (7.x) is finished in the same order, also after a refusal. Answers whether somebody refused.
 */
export function* invalidateNodes(
  { procs }: Kernel,
  s: Intervals,
  range: Range,
  seq: number,
): Body<boolean> {
  const queued: IntervalNode[] = []
  let refused = false
  for (const node of hitBy(s, range)) {
    if (node.inTree && !(yield* load(node.inTree))) continue
    const ok = yield* call(procs.callInterval, node, range, seq)
    if (ok === FINISH_QUEUED) queued.push(node)
    if (ok) continue
    if (range.blockable) {
      yield* warn(`WARN: ${node.name} refuses a blockable invalidation`)
      continue
    }
    refused = true
    break
  }
  for (const node of queued) {
    const finish = node.invalidateFinish
    if (finish)
      yield* callbackOf(`${node.name}.invalidate_finish`, range, () => call(finish, range))
    else yield* warn(`WARN: ${node.name} starts what it has no operation to finish`)
  }
  return refused
}

/** A refusal ends the section as well: the caller of a non-blockable start that failed may not call end. */
export function mnItreeInvalidateProcedure(kernel: Kernel): Procedure<[Range], number> {
  return procedure(
    'mn_itree_invalidate',
    { at: `${FILE}:mn_itree_invalidate`, versions: '5.5..7.3' },
    function* (range) {
      const s = kernel.intervals
      if (!s) return 0
      const seq = yield* mnItreeInvStartRange(s, range)
      if (!seq || !(yield* invalidateNodes(kernel, s, range, seq))) return 0
      yield* mnItreeInvEnd(s)
      return EAGAIN
    },
  )
}

/** include/linux/mmu_notifier.h:mmu_interval_set_seq (5.5..7.3). Left out: WRITE_ONCE(), for a weaker memory. */
export const mmuIntervalSetSeq = (node: IntervalNode, seq: number): Body<number> =>
  atomically({ assign: [[node.seq, seq]], label: `mmu_interval_set_seq(${node.name}, ${seq})` })

/** include/linux/mmu_notifier.h:mmu_interval_read_retry (5.5..7.3). */
export const mmuIntervalReadRetry = (node: IntervalNode, seq: number): Body<number> =>
  atomically({ answer: ne(node.seq, seq), label: `mmu_interval_read_retry(${node.name}, ${seq})` })

/** mm/mmu_notifier.c:__mmu_notifier_invalidate_range_start (5.5+): the intervals, and if none refuses, the list. */
export function rangeStartProcedure(kernel: Kernel): Procedure<[Range], number> {
  return procedure(
    '__mmu_notifier_invalidate_range_start',
    { at: `${FILE}:__mmu_notifier_invalidate_range_start`, versions: '5.5..7.3' },
    function* (range) {
      const { intervals, procs } = kernel
      if (intervals) {
        const refused = yield* call(procs.itreeInvalidate, range)
        if (refused) return refused
      }
      return hasListNotifier(kernel) ? yield* call(procs.hlistInvalidateRangeStart, range) : 0
    },
  )
}

/** mm/mmu_notifier.c:__mmu_notifier_invalidate_range_end (5.5+), in the order of start. */
export function* rangeEnd(kernel: Kernel, range: Range): Body<void> {
  if (kernel.intervals) yield* mnItreeInvEnd(kernel.intervals)
  if (hasListNotifier(kernel)) yield* call(kernel.procs.hlistInvalidateRangeEnd, range)
}

/** !hlist_empty(&subscriptions->list), but for one that is still to come. */
const hasListNotifier = ({ subscriptions }: Kernel): boolean =>
  subscriptions.some(
    ({ ops }) => ops.invalidateRangeStart || ops.invalidateRangeEnd || ops.invalidateRange,
  )

const NO_USERS = 2

/** What a driver calls about its own node. */
export function intervalProcedures(mm: Mm, s: Intervals, node: IntervalNode): IntervalProcedures {
  const odd = isInvalidating(s)
  const inTree: Expr = expr(node.inTree ?? 1)
  const wait = (seq: number): Body<number> =>
    atomically({
      guard: ne(s.seq, seq),
      label: `wait_event(invalidate_seq != ${seq})`,
      mightSleep: 'wait_event(subscriptions->wq)',
      waits: { on: 'the sections that are open to end' },
    })
  const insert: Procedure<[], void> = procedure(
    'mmu_interval_notifier_insert',
    {
      at: `${FILE}:mmu_interval_notifier_insert`,
      versions: '5.5..7.3',
      note: 'the reference to the mm; overflow of the range; allocation, and so -ENOMEM',
    },
    function* () {
      // Interrupted: whoever inserts asks again.
      if (yield* needItree(mm, s)) return yield* jump(insert)
      // Without a user of the mm nobody may insert: WARN_ON(), -EINVAL.
      const alive = eq(mm.exited, 0)
      // The core does not know which range is open: any open section counts as one that hits the new node.
      const open = ne(s.active, 0)
      const defer = and(alive, open, odd)
      const seq = plus(s.seq, and(alive, open, not(odd)))
      const met = yield* atomically({
        assign: [
          [node.deferred, when(defer, 1, node.deferred)],
          ...(node.inTree
            ? [[node.inTree, when(or(defer, not(alive)), node.inTree, 1)] as const]
            : []),
          [s.seq, seq],
          [node.seq, when(alive, when(open, seq, minus(s.seq, 1)), node.seq)],
        ],
        answer: when(alive, open, NO_USERS),
        label: `__mmu_interval_notifier_insert(${node.name})`,
      })
      if (met === NO_USERS) yield* warn(`WARN: ${node.name} is inserted into an mm without users`)
      else if (met) yield* mark(INSERTED_IN_SECTION)
    },
  )
  return {
    readBegin: procedure(
      'mmu_interval_read_begin',
      {
        at: `${FILE}:mmu_interval_read_begin`,
        versions: '5.5..7.3',
      },
      function* () {
        const busy = eq(node.seq, s.seq)
        const seq = yield* atomically({
          answer: when(busy, minus(0, node.seq), node.seq),
          label: `mmu_interval_read_begin(${node.name})`,
        })
        yield* touchMap()
        if (seq < 0) yield* wait(-seq)
        return Math.abs(seq)
      },
    ),
    insert,
    remove: procedure(
      'mmu_interval_notifier_remove',
      {
        at: `${FILE}:mmu_interval_notifier_remove`,
        versions: '5.5..7.3',
        note: 'the read of the number without the lock (to 5.17), which only a weaker memory tells apart; the reference to the mm',
      },
      function* () {
        const leaves = and(odd, inTree)
        const seq = yield* atomically({
          assign: [
            // Not in the tree: it was to be inserted, and is not any more.
            [node.deferred, leaves],
            ...(node.inTree ? [[node.inTree, leaves] as const] : []),
          ],
          answer: when(leaves, s.seq, 0),
          label: `mmu_interval_notifier_remove(${node.name})`,
        })
        yield* touchMap()
        if (seq) yield* wait(seq)
      },
    ),
  }
}

/** For lockdep, whoever may wait for a section takes its map: no lock that callbacks take may be held here. */
function* touchMap(): Body<void> {
  yield* lockMapAcquire(NOTIFIER_MAP)
  yield* lockMapRelease(NOTIFIER_MAP)
}

/**
 * The first insertion registers a notifier without operations (mm/mmu_notifier.c:__mmu_notifier_register (5.5..7.3)), only to set has_itree
 * while no section is open.
 */
function* needItree(mm: Mm, s: Intervals): Body<number> {
  if (yield* load(s.hasItree)) return 0
  yield* downWrite(mm.mmapLock)
  const err = yield* addUnderAllLocks(mm, s.hasItree)
  yield* upWrite(mm.mmapLock)
  return err
}
