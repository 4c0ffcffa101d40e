/**
 * struct mmu_notifier on the mm's list, and the walk over it: SRCU-protected, newest first, for start and for end alike.
 *
 * A section lives in one task, so the rule "no end without a start that said yes" is followed along each task's path and
 * costs no state.
 *
 * Left out: clear_flush_young(), clear_young() and test_young(), which take no mapping away; mmu_notifier_invalidate_range_only_end() (4.15 to 6.5), whose
 * callers have flushed secondary TLBs already, so that here they are flushed once more; that the SRCU domain is that of all mms, since there is one
 * mm; how a notifier is published to readers of a weaker memory (543bdb2d825f).
 */
import {
  type Body,
  bug,
  call,
  dischargeDuty,
  downWrite,
  enterCallback,
  eq,
  forgetDuty,
  jump,
  leaveCallback,
  load,
  nonBlockEnd,
  nonBlockStart,
  type Procedure,
  procedure,
  read,
  srcuReadLock,
  srcuReadUnlock,
  store,
  takeDuty,
  upWrite,
  type Variable,
  warn,
} from '@mmulab/model'
import { stillThere } from './alive.ts'
import type { Kernel, NotifierProcedures, Subscription } from './kernel.ts'
import type { Mm } from './mm.ts'
import { EAGAIN, EINTR, type Range } from './range.ts'
import { signalPending } from './signals.ts'
import { vmaEndWrite, vmaStartWrite } from './vma-lock.ts'

const FILE = 'mm/mmu_notifier.c'

/** hlist_for_each_entry_rcu: one step per notifier that may come or go. */
export const isListed = function* (sub: Subscription): Body<boolean> {
  if (!sub.hashed) return true
  return (yield* load(sub.hashed)) === 1
}

/** The notifiers whose operation `which` exists, in calling order; a visit that answers 'stop' is the last one. */
export function* eachListed(
  kernel: Kernel,
  which: 'invalidateRangeStart' | 'invalidateRangeEnd',
  visit: (sub: Subscription) => Body<unknown>,
  order: readonly Subscription[] = kernel.subscriptions,
): Body<void> {
  for (const sub of order)
    if (sub.ops[which] && (yield* isListed(sub)) && (yield* visit(sub)) === 'stop') return
}

/** For proposals: those on the list with an operation for the OOM reaper, visited inside an SRCU read section. */
export function* eachOfOom(
  { srcu, subscriptions }: Kernel,
  visit: (sub: Subscription) => Body<unknown>,
): Body<void> {
  const id = yield* srcuReadLock(srcu)
  for (const sub of subscriptions)
    if (sub.ops.afterOomUnregister && (yield* isListed(sub))) yield* visit(sub)
  yield* srcuReadUnlock(srcu, id)
}

/** Calls an operation of everybody on the list who has it, inside an SRCU read section; `called` is its name in the kernel. */
export function* callEach<Args extends unknown[]>(
  { srcu, subscriptions }: Kernel,
  called: string,
  operation: (ops: Subscription['ops']) => Procedure<Args, unknown> | undefined,
  ...args: Args
): Body<void> {
  const id = yield* srcuReadLock(srcu)
  for (const sub of subscriptions) {
    const run = operation(sub.ops)
    if (!run || !(yield* isListed(sub))) continue
    const what = `${sub.name}.${called}`
    yield* stillThere(sub.gone, what)
    yield* enterCallback(what)
    yield* call(run, ...args)
    yield* leaveCallback(what)
  }
  yield* srcuReadUnlock(srcu, id)
}

/** Around every start callback: it may not block when the range is not blockable. */
export const callStartProcedure = (): NotifierProcedures['callStart'] =>
  procedure('invoke_start', `${FILE}:mn_hlist_invalidate_range_start`, function* (sub, range) {
    const start = sub.ops.invalidateRangeStart
    if (!start) return 0
    const what = `${sub.name}.invalidate_range_start`
    yield* stillThere(sub.gone, what)
    yield* enterCallback(what)
    if (!range.blockable) yield* nonBlockStart()
    const ret = yield* call(start, range)
    if (!range.blockable) yield* nonBlockEnd()
    yield* leaveCallback(what)
    if (ret === 0) yield* oweEnd(sub, range)
    return ret
  })

/** What approves a start that may not block must not block in its end either (mmu_notifier.h, 4.19). */
export const callEndProcedure = (): NotifierProcedures['callEnd'] =>
  procedure('invoke_end', `${FILE}:mn_hlist_invalidate_end`, function* (sub, range) {
    if (!range.blockable) yield* nonBlockStart()
    yield* endCallback(sub, range)
    if (!range.blockable) yield* nonBlockEnd()
  })

/** The end callback itself. */
export function* endCallback(sub: Subscription, range: Range): Body<void> {
  const end = sub.ops.invalidateRangeEnd
  if (!end) return
  const what = `${sub.name}.invalidate_range_end`
  yield* stillThere(sub.gone, what)
  yield* dischargeDuty(dutyOf(sub, range), 'balance', `${what} for a start that did not say yes`)
  yield* enterCallback(what)
  yield* call(end, range)
  yield* leaveCallback(what)
}

/** This start counts as a yes: an end is owed to a notifier that has one. */
export function* oweEnd(sub: Subscription, range: Range): Body<void> {
  if (sub.ops.invalidateRangeEnd) yield* takeDuty(dutyOf(sub, range))
}

const dutyOf = (sub: Subscription, range: Range): string =>
  `end ${sub.name} ${range.pages.join()} ${range.event}`

/** After a section that never came to be, no start of it is owed an end any more. */
export function* forgetStarts(
  kernel: Kernel,
  range: Range,
  whose: (sub: Subscription) => boolean = () => true,
): Body<void> {
  for (const sub of kernel.subscriptions)
    if (sub.ops.invalidateRangeEnd && whose(sub)) yield* forgetDuty(dutyOf(sub, range))
}

export interface StartHooks {
  /** A start has refused. */
  readonly refused?: (sub: Subscription, ret: number) => Body<void>
  /** Every start has been called and at least one has refused. */
  readonly failed?: () => Body<void>
}

/** The walk of mm/mmu_notifier.c:mn_hlist_invalidate_range_start (4.6..7.3): nobody is left out, the last refusal is the answer. Left out: pr_info() of each refusal. */
export function* hlistStartWalk(kernel: Kernel, range: Range, hooks: StartHooks): Body<number> {
  const { srcu, procs } = kernel
  const id = yield* srcuReadLock(srcu)
  let ret = 0
  yield* eachListed(kernel, 'invalidateRangeStart', function* (sub) {
    const r = yield* call(procs.callStart, sub, range)
    if (!r) return
    if (hooks.refused) yield* hooks.refused(sub, r)
    ret = r
  })
  if (ret && hooks.failed) yield* hooks.failed()
  yield* srcuReadUnlock(srcu, id)
  return ret
}

/** 5.4+: WARN_ON(mmu_notifier_range_blockable(range) || ret != -EAGAIN). */
export function* warnOnRefusal(sub: Subscription, range: Range, ret: number): Body<void> {
  if (range.blockable) yield* warn(`WARN: ${sub.name} refuses a blockable start with ${ret}`)
  else if (ret !== EAGAIN) yield* warn(`WARN: ${sub.name} refuses with ${ret} instead of -EAGAIN`)
}

/** The walk of mn_hlist_invalidate_end, in the same order as that of start; before 6.6 it flushes secondary TLBs first. */
export function* hlistEndWalk(
  kernel: Kernel,
  range: Range,
  order: readonly Subscription[] = kernel.subscriptions,
): Body<void> {
  const { srcu, procs, facts } = kernel
  const id = yield* srcuReadLock(srcu)
  const flushes = facts.secondaryTlbs === 'range-end'
  for (const sub of order) {
    const flush = flushes ? sub.ops.invalidateRange : undefined
    if (!(flush || sub.ops.invalidateRangeEnd) || !(yield* isListed(sub))) continue
    if (flush) yield* call(flush, range.pages)
    if (sub.ops.invalidateRangeEnd) yield* call(procs.callEnd, sub, range)
  }
  yield* srcuReadUnlock(srcu, id)
}

/**
 * The part of registration that mm_take_all_locks() is for; mmap_lock is held for write. Answers 0, or -EINTR: what had been taken is dropped
 * again (mm_drop_all_locks()), and nobody is on the list.
 */
export function* addUnderAllLocks(mm: Mm, hashed: Variable): Body<number> {
  if (mm.users && (yield* read(eq(mm.users, 0), 'is mm_users 0?')))
    yield* bug('BUG_ON(mm_users <= 0)')
  for (const vma of mm.vmas) yield* vmaStartWrite(vma)
  const err = yield* addUnderRmapLocks(mm, hashed)
  for (const vma of mm.vmas) yield* vmaEndWrite(vma)
  return err
}

/** The one rmap lock stands for many: a signal may come before the first, and between two. */
function* addUnderRmapLocks(mm: Mm, hashed: Variable): Body<number> {
  if (yield* signalPending(mm, 'mm_take_all_locks()')) return EINTR
  yield* downWrite(mm.rmapLock)
  const interrupted = yield* signalPending(mm, 'mm_take_all_locks()')
  if (!interrupted) yield* store(hashed, 1)
  yield* upWrite(mm.rmapLock)
  return interrupted ? EINTR : 0
}

/**
 * Left out: the allocation of the subscriptions, mm_all_locks_mutex, the reference to the mm. Whoever is interrupted asks again.
 *
 * mm_take_all_locks() keeps every section out while the list grows: each holds mmap_lock, an rmap lock or (6.4+) the lock of its
 * VMA. One lock stands for all anon_vma and i_mmap locks of the mm.
 */
export function registerProcedure(mm: Mm, { name, hashed }: Subscription): Procedure<[], void> {
  const register: Procedure<[], void> = procedure(
    'mmu_notifier_register',
    `${FILE}:__mmu_notifier_register`,
    function* () {
      if (!hashed) throw new Error(`${name} is registered from the start`)
      yield* downWrite(mm.mmapLock)
      const err = yield* addUnderAllLocks(mm, hashed)
      yield* upWrite(mm.mmapLock)
      if (err) return yield* jump(register)
    },
  )
  return register
}
