/**
 * Linking: calls and returns are resolved into one automaton per task, with the task's context (what it holds, whether it
 * may sleep) followed along every path. Then what cannot change is folded away and equal futures are merged.
 */
import {
  type ClaimId,
  type Context,
  closeExpr,
  contextComplaint,
  depthOf,
  type Effect,
  type Expr,
  type Held,
  LabError,
  type LockInfo,
  type LockMode,
  MAX_TASKS,
  reclaimComplaint,
  type Step,
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
import { type Contexts, createContexts, createStacks, type Stack } from './place.ts'
import { createRecorder, type Recorded, type Recorder } from './record.ts'

/** Where a task stands: its stack (undefined once it has ended), its context, and what happened on the way here. */
interface Place {
  readonly stack: Stack | undefined | typeof HALTED
  readonly context: Context
  readonly flags: readonly RawFlag[]
}

/** The stack of a task after BUG: the kernel does not go on. */
const HALTED = 'halted'

/** A flag, or one that counts only if some callback of the world takes that class of lock. */
type RawFlag =
  | Flag
  | { readonly kind: 'reclaim'; readonly what: string; readonly held: readonly Held[] }

const SILENT_LIMIT = 10_000
const STACK_LIMIT = 64
/** Locks held and duties open at once; more means that a loop takes them and never gives them back. */
const HELD_LIMIT = 64
/** More than stacks that a task can have: as many are beyond every memory. */
const SHAPES = 2 ** 32

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
  const shared = { recorder, contexts: createContexts(), lockOrder }
  const raw = world.tasks.map((task, index) => linkTask(world, task, index, shared))
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

/** What the tasks of a world have in common while they are linked. */
interface Shared {
  readonly recorder: Recorder
  readonly contexts: Contexts
  readonly lockOrder: Map<string, LockEdge>
}

function linkTask(
  world: World,
  task: TaskSpec,
  index: number,
  { recorder, contexts, lockOrder }: Shared,
): RawAutomaton {
  const tasks = world.tasks.length
  const nodes: RawNode[] = []
  const stacks = createStacks()
  const ids = new Map<number, number>()
  const pending: { place: Place; id: number }[] = []
  const partsOf = partsIn(index, tasks)

  /** One place is kept for every way in which a task takes one class under another. */
  const noteLock = (stack: Stack, context: Context, taken: LockInfo, takenMode: LockMode): void => {
    const callback = depthOf(context, 'callback') > 0
    const edge = ({ info: held, mode: heldMode }: Held): void => {
      const key = [held.cls, taken.cls, heldMode, takenMode, callback, task.name].join('>')
      if (lockOrder.has(key)) return
      const source = stack.of.procedure.source.at
      const by = { task: task.name, stack: stack.names, callback, source }
      lockOrder.set(key, { held, taken, heldMode, takenMode, ...by })
    }
    for (const h of context.held) edge(h)
    // So that it is known that a callback takes it, even where nothing else is held.
    if (callback) edge({ info: { name: '', cls: '', sleeps: false }, mode: 'exclusive' })
  }

  /** The caller goes on behind its call. */
  const resume = (caller: Stack | undefined, next: Recorded | undefined): Stack => {
    if (!next || !caller) throw new Error(`${task.name}: no continuation in ${caller?.of.key}`)
    return stacks.push(caller.below, next, caller.of)
  }

  /** Runs silent ops, calls, returns and jumps until a real op or the end. */
  const settle = (from: Stack, within: Context): Place => {
    let stack: Stack | undefined = from
    let context = within
    let flags = NO_FLAGS
    for (let turns = 0; ; turns++) {
      if (!stack) return { stack, context, flags }
      if (turns > SILENT_LIMIT || stack.depth > STACK_LIMIT) throw endless(task, stack)
      const { node }: Stack = stack
      if (node.kind === 'return') {
        const caller: Stack | undefined = stack.below
        stack =
          caller &&
          resume(caller, caller.node.kind === 'op' ? caller.node.next.get(node.value) : undefined)
        continue
      }
      const { op } = node
      if (op.kind === 'call' || op.kind === 'jump') {
        const callee = node.callee
        if (!callee?.root) throw new Error(`${op.procedure.name} was not recorded`)
        stack = stacks.push(op.kind === 'jump' ? stack.below : stack, callee.root, callee)
        continue
      }
      const complaint = contextComplaint(context, op, world.preemptRt)
      if (complaint)
        flags = [
          ...flags,
          { kind: 'violate', claim: complaint.claim as ClaimId, message: complaint.message },
        ]
      if (op.kind === 'ask') {
        stack = resume(stack, node.next.get(depthOf(context, op.field) > 0 ? '1' : '0'))
        continue
      }
      if (op.kind !== 'silent') return { stack, context, flags }
      const { effect } = op
      if (effect.type === 'pseudo-lock' && effect.event === 'acquire')
        noteLock(stack, context, effect.info, 'exclusive')
      const said = flagOf(effect, context)
      if (said) flags = [...flags, said]
      if (effect.type === 'violate' && effect.halts) return { stack: HALTED, context, flags }
      context = contexts.afterEffect(context, effect)
      if (context.held.length + context.duties.length > HELD_LIMIT) throw hoarding(task, stack)
      stack = resume(stack, node.next.get('0'))
    }
  }

  const idOf = (place: Place): number => {
    const { stack, context } = place
    if (stack === HALTED) return -1
    const key = stack ? contexts.number(context) * SHAPES + stack.shape : -1
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
  const first = settle(stacks.push(undefined, root.root, root), contexts.empty)
  const start = idOf(first)
  for (let done = 0; done < pending.length; done++) {
    const { place, id } = pending[done] as { place: Place; id: number }
    const { stack, context } = place
    if (stack === undefined || stack === HALTED || stack.node.kind !== 'op') {
      nodes[id] = { ...END, stack: [], source: '' }
      continue
    }
    const { op, next, answers } = stack.node
    if (op.kind !== 'step' && op.kind !== 'choose') throw new Error(`unsettled ${op.kind}`)
    if (op.kind === 'step' && op.lock?.event === 'acquire')
      noteLock(stack, context, op.lock.info, op.lock.mode)
    const edges = answers.map((answer): RawEdge => {
      const after = op.kind === 'step' ? contexts.afterStep(context, op, answer) : context
      if (after.held.length > HELD_LIMIT) throw hoarding(task, stack)
      const node = next.get(String(answer))
      if (!node) throw new Error(`no continuation for ${answer}`)
      const reached = settle(resume(stack, node), after)
      return { answer, to: idOf(reached), flags: reached.flags }
    })
    nodes[id] = {
      kind: op.kind,
      ...(op.kind === 'step' ? partsOf(op) : NO_PARTS),
      edges,
      label: op.label,
      ...(op.kind === 'choose' && op.out && { out: op.out }),
      stack: stack.names,
      source: stack.of.procedure.source.at,
    }
  }
  return { name: task.name, daemon: task.daemon ?? false, nodes, start, startFlags: first.flags }
}

type Parts = Pick<Node, 'guard' | 'assign' | 'answer' | 'waits'>

const NO_FLAGS: readonly RawFlag[] = []
const NO_PARTS: Parts = { guard: TRUE, assign: [], answer: { k: 'num', n: 0 }, waits: undefined }

/** What one task does in a step, the same objects wherever it does so. */
function partsIn(index: number, tasks: number): (step: Step) => Parts {
  const close = (e: Expr): Expr => closeExpr(e, index, tasks)
  const expandTarget = (to: Target): Variable[] => {
    if (to.kind === 'variable') return [to]
    if (to.kind === 'per-task') return [to.slot(index)]
    return Array.from({ length: tasks }, (_, i) => to.of.slot(i))
  }
  const known = new Map<Step, Parts>()
  return (step) => {
    let parts = known.get(step)
    if (!parts) {
      const { waits } = step
      parts = {
        guard: close(step.guard),
        assign: step.assign.flatMap((a): Assignment[] =>
          expandTarget(a.to).map((to) => ({ to, value: close(a.value) })),
        ),
        answer: close(step.answer),
        waits: waits && { on: waits.on, ...(waits.holder && { holder: close(waits.holder) }) },
      }
      known.set(step, parts)
    }
    return parts
  }
}

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
    nodes: a.nodes.map((n) =>
      n.edges.some((e) => e.flags.length > 0)
        ? { ...n, edges: n.edges.map((e) => ({ ...e, flags: resolve(e.flags) })) }
        : (n as Node),
    ),
  }
}

const endless = (task: TaskSpec, { depth, of }: Stack): LabError =>
  new LabError({
    code: depth > STACK_LIMIT ? 'STACK_TOO_DEEP' : 'LOOP_WITHOUT_STEP',
    kind: 'plugin',
    message:
      depth > STACK_LIMIT
        ? `${task.name} nests more than ${STACK_LIMIT} calls.`
        : `${task.name} loops without any op in between.`,
    where: of.procedure.name,
    hint: 'A retry loop must touch shared state, or give up, before it starts again.',
  })

const hoarding = (task: TaskSpec, { of }: Stack): LabError =>
  new LabError({
    code: 'UNBOUNDED_CONTEXT',
    kind: 'plugin',
    message: `${task.name} takes locks or opens sections in an endless loop and never gives them back.`,
    where: of.procedure.name,
    hint: 'Bound the loop, or give back in each round what it takes.',
  })
