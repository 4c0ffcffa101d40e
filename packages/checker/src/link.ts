/**
 * Linking: calls and returns are resolved into one automaton per task, with the task's context (what it holds, whether it
 * may sleep) followed along every path. Then what cannot change is folded away and equal futures are merged.
 */
import {
  applyEffect,
  applyStep,
  type ClaimId,
  type Context,
  closeExpr,
  contextComplaint,
  contextKey,
  depthOf,
  type Effect,
  EMPTY_CONTEXT,
  type Expr,
  type Held,
  LabError,
  type LockInfo,
  type LockMode,
  MAX_TASKS,
  reclaimComplaint,
  type Target,
  type TaskSpec,
  TRUE,
  type Variable,
  type World,
} from '@mmulab/model'
import type { Assignment, Automaton, Edge, Flag, Linked, LockEdge, Node } from './automaton.ts'
import { fingerprintOf } from './fingerprint.ts'
import { foldConstants } from './fold.ts'
import { createKeys } from './keys.ts'
import { minimise } from './minimise.ts'
import { createRecorder, type Recorded, type Recorder, type Recording } from './record.ts'

interface Frame {
  readonly node: Recorded
  readonly of: Recording
}

/** Where a task stands: its stack (innermost last), its context, and what happened on the way here. */
interface Place {
  readonly stack: readonly Frame[]
  readonly context: Context
  readonly flags: readonly RawFlag[]
}

/** A flag, or one that counts only if some callback of the world takes that class of lock. */
type RawFlag =
  | Flag
  | { readonly kind: 'reclaim'; readonly what: string; readonly held: readonly Held[] }

const SILENT_LIMIT = 10_000
const STACK_LIMIT = 64
/** Locks held and duties open at once; more means that a loop takes them and never gives them back. */
const HELD_LIMIT = 64

/** Records and links the tasks of a world. */
export function link(world: World): Linked {
  if (world.tasks.length > MAX_TASKS)
    throw new LabError({
      code: 'TOO_MANY_TASKS',
      kind: 'plugin',
      message: `The world ${world.name} has ${world.tasks.length} tasks; at most ${MAX_TASKS} are possible.`,
    })
  const keys = createKeys()
  const recorder = createRecorder(keys)
  const lockOrder = new Map<string, LockEdge>()
  for (const { held, taken, by } of world.primed ?? [])
    lockOrder.set(`${held.cls}>${taken.cls}>primed`, {
      held,
      taken,
      heldMode: 'exclusive',
      takenMode: 'exclusive',
      task: by,
      stack: [],
      callback: false,
      source: '',
    })
  const raw = world.tasks.map((task, index) => linkTask(world, task, index, recorder, lockOrder))
  const callbackClasses = [
    ...new Set([...lockOrder.values()].filter((e) => e.callback).map((e) => e.taken.cls)),
  ]
  const automata = raw.map((a) => resolveFlags(a, callbackClasses))
  const close = (e: Expr): Expr => closeExpr(e, 0, world.tasks.length)
  const folded = foldConstants(automata, (automaton) => minimise(automaton, keys))
  const fold = (e: Expr): Expr => folded.fold(close(e))
  const linked = {
    world,
    automata: folded.automata,
    variables: folded.variables,
    invariants: world.invariants.map((i) => ({ ...i, holds: fold(i.holds) })),
    goals: (world.goals ?? []).map((g) => ({ ...g, holds: fold(g.holds) })),
    sometimes: world.sometimes.map((s) => ('mark' in s.when ? s : { ...s, when: fold(s.when) })),
    measures: world.measures.map((m) => ({
      ...m,
      value: fold(m.value),
      ...(m.when && { when: fold(m.when) }),
    })),
    lockOrder: [...lockOrder.values()].filter((e) => e.held.cls !== ''),
    callbackClasses,
    size: {
      unminimised: raw.reduce((n, a) => n + a.nodes.length, 0),
      nodes: folded.automata.reduce((n, a) => n + a.nodes.length, 0),
      runs: recorder.runs,
    },
  }
  return { ...linked, fingerprint: fingerprintOf(linked) }
}

type RawEdge = Omit<Edge, 'flags'> & { readonly flags: readonly RawFlag[] }
type RawNode = Omit<Node, 'edges'> & { readonly edges: readonly RawEdge[] }
interface RawAutomaton extends Omit<Automaton, 'nodes' | 'startFlags'> {
  readonly nodes: readonly RawNode[]
  readonly startFlags: readonly RawFlag[]
}

const END: Omit<RawNode, 'stack' | 'source'> = {
  kind: 'end',
  guard: TRUE,
  assign: [],
  answer: { k: 'num', n: 0 },
  edges: [],
  label: 'finished',
  waits: undefined,
}

function linkTask(
  world: World,
  task: TaskSpec,
  index: number,
  recorder: Recorder,
  lockOrder: Map<string, LockEdge>,
): RawAutomaton {
  const tasks = world.tasks.length
  const close = (e: Expr): Expr => closeExpr(e, index, tasks)
  const nodes: RawNode[] = []
  const ids = new Map<string, number>()
  const pending: { place: Place; id: number }[] = []

  const expandTarget = (to: Target): Variable[] => {
    if (to.kind === 'variable') return [to]
    if (to.kind === 'per-task') return [to.slot(index)]
    return Array.from({ length: tasks }, (_, i) => to.of.slot(i))
  }

  /** One place is kept for every way in which a task takes one class under another. */
  const noteLock = (place: Place, taken: LockInfo, takenMode: LockMode): void => {
    const stack = place.stack.map((f) => f.of.procedure.name)
    const source = place.stack.at(-1)?.of.procedure.source.at ?? ''
    const callback = depthOf(place.context, 'callback') > 0
    const edge = ({ info: held, mode: heldMode }: Held): void => {
      const key = [held.cls, taken.cls, heldMode, takenMode, callback, task.name].join('>')
      const seen = { held, taken, heldMode, takenMode, task: task.name, stack, callback, source }
      if (!lockOrder.has(key)) lockOrder.set(key, seen)
    }
    for (const h of place.context.held) edge(h)
    // So that it is known that a callback takes it, even where nothing else is held.
    if (callback) edge({ info: { name: '', cls: '', sleeps: false }, mode: 'exclusive' })
  }

  /** Runs silent ops, calls, returns and jumps until a real op or the end. */
  const settle = (from: Place): Place => {
    let { stack, context } = from
    const flags: RawFlag[] = [...from.flags]
    for (let turns = 0; ; turns++) {
      const frame = stack.at(-1)
      if (!frame) return { stack, context, flags }
      if (turns > SILENT_LIMIT || stack.length > STACK_LIMIT)
        throw endless(task, frame, stack.length)
      const { node } = frame
      const resume = (frames: readonly Frame[], next: Recorded | undefined): readonly Frame[] => {
        const caller = frames.at(-1)
        if (!next || !caller)
          throw new Error(`${task.name}: no continuation in ${frame.of.procedure.name}`)
        return [...frames.slice(0, -1), { ...caller, node: next }]
      }
      if (node.kind === 'return') {
        stack = stack.slice(0, -1)
        const caller = stack.at(-1)
        if (caller)
          stack = resume(
            stack,
            caller.node.kind === 'op' ? caller.node.next.get(node.value) : undefined,
          )
        continue
      }
      const { op } = node
      if (op.kind === 'call' || op.kind === 'jump') {
        const callee = node.callee
        if (!callee?.root) throw new Error(`${op.procedure.name} was not recorded`)
        const below = op.kind === 'jump' ? stack.slice(0, -1) : stack
        stack = [...below, { node: callee.root, of: callee }]
        continue
      }
      const complaint = contextComplaint(context, op, world.preemptRt)
      if (complaint)
        flags.push({
          kind: 'violate',
          claim: complaint.claim as ClaimId,
          message: complaint.message,
        })
      if (op.kind === 'ask') {
        stack = resume(stack, node.next.get(depthOf(context, op.field) > 0 ? '1' : '0'))
        continue
      }
      if (op.kind !== 'silent') return { stack, context, flags }
      const { effect } = op
      if (effect.type === 'pseudo-lock' && effect.event === 'acquire')
        noteLock({ stack, context, flags }, effect.info, 'exclusive')
      const said = flagOf(effect, context)
      if (said) flags.push(said)
      if (effect.type === 'violate' && effect.halts) return { stack: HALTED, context, flags }
      context = applyEffect(context, effect)
      if (context.held.length + context.duties.length > HELD_LIMIT) throw hoarding(task, frame)
      stack = resume(stack, node.next.get('0'))
    }
  }

  const idOf = (place: Place): number => {
    if (place.stack === HALTED) return -1
    const key = `${place.stack.map((f) => f.node.id).join('.')}|${
      place.stack.length ? contextKey(place.context) : ''
    }`
    let id = ids.get(key)
    if (id === undefined) {
      id = ids.size
      ids.set(key, id)
      pending.push({ place, id })
    }
    return id
  }

  const root = recorder.record(task.main, task.args)
  if (!root.root) throw new Error(`${task.name} was not recorded`)
  const first = settle({
    stack: [{ node: root.root, of: root }],
    context: EMPTY_CONTEXT,
    flags: [],
  })
  const start = idOf(first)
  for (let p = pending.shift(); p; p = pending.shift()) {
    const { place, id } = p
    const frame = place.stack.at(-1)
    if (frame?.node.kind !== 'op') {
      nodes[id] = { ...END, stack: [], source: '' }
      continue
    }
    const { op, next, answers } = frame.node
    if (op.kind !== 'step' && op.kind !== 'choose') throw new Error(`unsettled ${op.kind}`)
    if (op.kind === 'step' && op.lock?.event === 'acquire')
      noteLock(place, op.lock.info, op.lock.mode)
    const edges = answers.map((answer): RawEdge => {
      const after = op.kind === 'step' ? applyStep(place.context, op, answer) : place.context
      if (after.held.length > HELD_LIMIT) throw hoarding(task, frame)
      const node = next.get(String(answer))
      if (!node) throw new Error(`no continuation for ${answer}`)
      const stack = [...place.stack.slice(0, -1), { ...frame, node }]
      const reached = settle({ stack, context: after, flags: [] })
      return { answer, to: idOf(reached), flags: reached.flags }
    })
    const step = op.kind === 'step' ? op : undefined
    const assign = step?.assign.flatMap((a): Assignment[] =>
      expandTarget(a.to).map((to) => ({ to, value: close(a.value) })),
    )
    nodes[id] = {
      kind: op.kind,
      guard: step ? close(step.guard) : TRUE,
      assign: assign ?? [],
      answer: step ? close(step.answer) : { k: 'num', n: 0 },
      edges,
      label: op.label,
      ...(op.kind === 'choose' && op.out && { out: op.out }),
      waits: step?.waits && {
        on: step.waits.on,
        ...(step.waits.holder && { holder: close(step.waits.holder) }),
      },
      stack: place.stack.map((f) => f.of.procedure.name),
      source: frame.of.procedure.source.at,
    }
  }
  return { name: task.name, daemon: task.daemon ?? false, nodes, start, startFlags: first.flags }
}

/** The stack of a task after BUG: the kernel does not go on. */
const HALTED: readonly Frame[] = []
Object.freeze(HALTED)

function flagOf(effect: Effect, context: Context): RawFlag | undefined {
  switch (effect.type) {
    case 'violate':
      return { kind: 'violate', claim: effect.claim as ClaimId, message: effect.message }
    case 'mark':
      return { kind: 'mark', name: effect.name }
    case 'reclaims':
      return context.held.length === 0
        ? undefined
        : { kind: 'reclaim', what: effect.what, held: context.held }
    default:
      return undefined
  }
}

function resolveFlags(a: RawAutomaton, callbackClasses: readonly string[]): Automaton {
  const resolve = (flags: readonly RawFlag[]): Flag[] =>
    flags.flatMap((f): Flag[] => {
      if (f.kind !== 'reclaim') return [f]
      const message = reclaimComplaint(f.held, f.what, callbackClasses)
      return message === undefined ? [] : [{ kind: 'violate', claim: 'context', message }]
    })
  return {
    ...a,
    startFlags: resolve(a.startFlags),
    nodes: a.nodes.map((n) => ({
      ...n,
      edges: n.edges.map((e) => ({ ...e, flags: resolve(e.flags) })),
    })),
  }
}

const endless = (task: TaskSpec, frame: Frame, depth: number): LabError =>
  new LabError({
    code: depth > STACK_LIMIT ? 'STACK_TOO_DEEP' : 'LOOP_WITHOUT_STEP',
    kind: 'plugin',
    message:
      depth > STACK_LIMIT
        ? `${task.name} nests more than ${STACK_LIMIT} calls.`
        : `${task.name} loops without any op in between.`,
    where: frame.of.procedure.name,
    hint: 'A retry loop must touch shared state, or give up, before it starts again.',
  })

const hoarding = (task: TaskSpec, frame: Frame): LabError =>
  new LabError({
    code: 'UNBOUNDED_CONTEXT',
    kind: 'plugin',
    message: `${task.name} takes locks or opens sections in an endless loop and never gives them back.`,
    where: frame.of.procedure.name,
    hint: 'Bound the loop, or give back in each round what it takes.',
  })
