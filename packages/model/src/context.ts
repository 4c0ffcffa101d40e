/**
 * What forbids sleeping, waiting and reclaiming, and the rules about it.
 *
 * A task's context is a function of the path it has taken, so it is tracked while automata are linked and costs no state. The
 * rules are the kernel's: nothing that may sleep while non_block_start() is in force or preemption is off; no lock
 * that a notifier callback takes held where direct reclaim is entered.
 */
import type { Body, ContextField, Effect, LockInfo, LockMode, Op, Step } from './op.ts'

export interface Held {
  readonly info: LockInfo
  readonly mode: LockMode
}

export interface Context {
  readonly depth: Readonly<Partial<Record<ContextField, number>>>
  /** In the order in which they were taken. */
  readonly held: readonly Held[]
  /** Duties taken on and not yet discharged. */
  readonly duties: readonly string[]
}

/**
 * Whether spinlocks sleep; `exempt`: they do, and non_block_start() has no objection to that; `raw`: they do, but for those
 * in the fields of these names, which are raw_spinlock_t.
 */
export type PreemptRt = 'off' | 'on' | 'exempt' | { readonly raw: readonly string[] }

export const EMPTY_CONTEXT: Context = { depth: {}, held: [], duties: [] }

export const depthOf = (c: Context, field: ContextField): number => c.depth[field] ?? 0

/** Equal keys, equal contexts. */
export function contextKey(c: Context): string {
  const depth = Object.entries(c.depth)
    .filter(([, n]) => n !== 0)
    .map(([f, n]) => `${f}${n}`)
    .sort()
  const held = c.held.map((h) => `${h.info.name}:${h.info.cls}:${h.mode}`)
  return `${depth.join()}|${held.join()}|${[...c.duties].sort().join()}`
}

const silent = function* (effect: Effect): Body<void> {
  yield { kind: 'silent', effect }
}

const enter = (field: ContextField, label: string) => (): Body<void> =>
  silent({ type: 'context', field, delta: 1, label })
const leave = (field: ContextField, label: string) => (): Body<void> =>
  silent({ type: 'context', field, delta: -1, label })

/** From here the task may not block (kernel/sched: non_block_start, 5.4+). */
export const nonBlockStart: () => Body<void> = enter('nonBlock', 'non_block_start()')
export const nonBlockEnd: () => Body<void> = leave('nonBlock', 'non_block_end()')
export const preemptDisable: () => Body<void> = enter('atomic', 'preempt_disable()')
export const preemptEnable: () => Body<void> = leave('atomic', 'preempt_enable()')
/** PF_MEMALLOC: this task's own allocations do not reclaim again. */
export const memallocSave: () => Body<void> = enter('memalloc', 'memalloc_noreclaim_save()')
export const memallocRestore: () => Body<void> = leave('memalloc', 'memalloc_noreclaim_restore()')
/** From here the task tears an address space down; nobody gets to use it any more, this task included. */
export const exitBegin: () => Body<void> = enter('exit', 'exit_mmap() begins')
export const exitEnd: () => Body<void> = leave('exit', 'exit_mmap() ends')
export const enterCallback = (what: string): Body<void> =>
  silent({ type: 'context', field: 'callback', delta: 1, label: what })
export const leaveCallback = (what: string): Body<void> =>
  silent({ type: 'context', field: 'callback', delta: -1, label: what })

/** 1 if the task is in that context; answered while linking, no step. */
export function* inContext(field: ContextField): Body<number> {
  return yield { kind: 'ask', field }
}

/** Complains, as the kernel's might_sleep() does, where the context forbids sleeping. */
export const mightSleep = (what: string): Body<void> => silent({ type: 'might-sleep', what })
/** Takes on a duty, which `discharge` or `forget` ends later on the same task's path. */
export const takeDuty = (name: string): Body<void> => duty('take', name, 'balance', '')
/** Ends a duty; ending one that was never taken on breaks `claim`. */
export const dischargeDuty = (name: string, claim: string, message: string): Body<void> =>
  duty('discharge', name, claim, message)
export const forgetDuty = (name: string): Body<void> => duty('forget', name, 'balance', '')

const duty = (
  event: 'take' | 'discharge' | 'forget',
  name: string,
  claim: string,
  message: string,
): Body<void> => silent({ type: 'duty', event, name, claim, message })

/** lock_map_acquire(): something that lockdep treats as a lock, and that nobody ever waits for. */
export const lockMapAcquire = (info: LockInfo): Body<void> =>
  silent({ type: 'pseudo-lock', info, event: 'acquire', label: `lock_map_acquire(${info.name})` })
/** Something that is held from here on, and was not waited for: whoever holds a lock now did not wait with it. */
export const lockMapEnter = (info: LockInfo): Body<void> =>
  silent({ type: 'pseudo-lock', info, event: 'enter', label: `${info.name} begins` })
export const lockMapRelease = (info: LockInfo): Body<void> =>
  silent({ type: 'pseudo-lock', info, event: 'release', label: `lock_map_release(${info.name})` })

/** A moment worth naming: scenarios say which of them can happen. */
export const mark = (name: string): Body<void> => silent({ type: 'mark', name })
export const barrier = (name: string): Body<void> => silent({ type: 'barrier', name })
/** The kernel complains and goes on (WARN_ON). */
export const warn = (message: string): Body<void> =>
  silent({ type: 'violate', claim: 'warn', message, halts: false })
/** A promise of the contract is broken here. */
export const violate = (claim: string, message: string): Body<void> =>
  silent({ type: 'violate', claim, message, halts: false })
/** The kernel stops (BUG_ON): nothing happens after this. */
export const bug = (message: string): Body<void> =>
  silent({ type: 'violate', claim: 'warn', message, halts: true })

/** The change of context that an effect makes. */
export function applyEffect(c: Context, effect: Effect): Context {
  if (effect.type === 'context') {
    const depth = { ...c.depth, [effect.field]: depthOf(c, effect.field) + effect.delta }
    return { ...c, depth }
  }
  if (effect.type === 'pseudo-lock')
    return effect.event !== 'release'
      ? { ...c, held: [...c.held, { info: effect.info, mode: 'exclusive' }] }
      : drop(c, effect.info, 'exclusive')
  if (effect.type === 'duty') {
    if (effect.event === 'take') return { ...c, duties: [...c.duties, effect.name] }
    const last = c.duties.lastIndexOf(effect.name)
    return last < 0 ? c : { ...c, duties: c.duties.filter((_, i) => i !== last) }
  }
  return c
}

/** The change of context that a step makes when it answers `answer`. */
export function applyStep(c: Context, step: Step, answer: number): Context {
  const lock = step.lock
  if (!lock || (lock.event === 'try' && answer === 0)) return c
  if (lock.event === 'release') return drop(c, lock.info, lock.mode)
  if (lock.event === 'downgrade') {
    const without = drop(c, lock.info, 'write')
    return { ...without, held: [...without.held, { info: lock.info, mode: 'read' }] }
  }
  return { ...c, held: [...c.held, { info: lock.info, mode: lock.mode }] }
}

function drop(c: Context, info: LockInfo, mode: LockMode): Context {
  const last = c.held.findLastIndex((h) => h.info.name === info.name && h.mode === mode)
  // Released by another task than the one that took it: nothing to drop here.
  return last < 0 ? c : { ...c, held: c.held.filter((_, i) => i !== last) }
}

/** A promise that an op breaks by standing where it stands, or undefined. */
export function contextComplaint(
  c: Context,
  op: Op,
  rt: PreemptRt = 'off',
): { readonly claim: string; readonly message: string } | undefined {
  if (op.kind === 'silent' && op.effect.type === 'duty') {
    const { event, name, claim, message } = op.effect
    return event === 'discharge' && !c.duties.includes(name) ? { claim, message } : undefined
  }
  if (op.kind === 'step') {
    const unheld = releasedUnheld(c, op)
    if (unheld) return { claim: 'balance', message: unheld }
  }
  const message = sleepComplaint(c, op) ?? rtComplaint(c, op, rt)
  return message === undefined ? undefined : { claim: 'context', message }
}

/**
 * What is wrong with reclaiming directly where these locks are held: reclaim calls callbacks, and some callback of the world takes one of
 * them. Which classes callbacks take is known once all tasks are.
 */
export function reclaimComplaint(
  held: readonly Held[],
  what: string,
  callbackClasses: readonly string[],
): string | undefined {
  const lock = held.find((h) => callbackClasses.includes(h.info.cls))
  return lock && `${what} reclaims while ${lock.info.name}, which notifier callbacks take, is held`
}

/** A lock is given back by a task that does not hold it. */
function releasedUnheld(c: Context, op: Step): string | undefined {
  const { lock } = op
  if (!lock || (lock.event !== 'release' && lock.event !== 'downgrade') || lock.anyOwner)
    return undefined
  const mode = lock.event === 'downgrade' ? 'write' : lock.mode
  if (c.held.some((h) => h.info.name === lock.info.name && h.mode === mode)) return undefined
  return `${op.label} by a task that does not hold it`
}

/** `mmu_lock` of `kvm2.mmu_lock`. */
const fieldOf = (name: string): string => name.slice(name.lastIndexOf('.') + 1)

/** On PREEMPT_RT a spinlock is a lock that sleeps, wherever it is taken. */
function rtComplaint(c: Context, op: Op, rt: PreemptRt): string | undefined {
  if (rt === 'off' || op.kind !== 'step' || op.lock?.event !== 'acquire' || op.lock.info.sleeps)
    return undefined
  if (typeof rt === 'object' && rt.raw.includes(fieldOf(op.lock.info.name))) return undefined
  if (depthOf(c, 'nonBlock') > 0 && rt !== 'exempt')
    return `${op.label} sleeps on PREEMPT_RT, inside non_block_start()`
  return depthOf(c, 'atomic') > 0
    ? `${op.label} sleeps on PREEMPT_RT, while preemption is off`
    : undefined
}

function sleepComplaint(c: Context, op: Op): string | undefined {
  const what =
    op.kind === 'step'
      ? op.mightSleep
      : op.kind === 'silent' && op.effect.type === 'might-sleep'
        ? op.effect.what
        : undefined
  if (what === undefined) return undefined
  if (depthOf(c, 'nonBlock') > 0) return `${what} may sleep inside non_block_start()`
  const spin = c.held.find((h) => !h.info.sleeps && !h.info.cls.startsWith('map:'))
  if (spin) return `${what} may sleep while the spinlock ${spin.info.name} is held`
  if (depthOf(c, 'atomic') > 0) return `${what} may sleep while preemption is off`
  return undefined
}
