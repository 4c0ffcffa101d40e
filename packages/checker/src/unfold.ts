/**
 * Unfolding: calls, returns and jumps of a recorded task are resolved into one automaton, with the task's context (what it holds,
 * whether it may sleep) followed along every path. Answers that cannot come are left out.
 */
import {
  type ClaimId,
  type Context,
  contextComplaint,
  depthOf,
  type Effect,
  type Held,
  reclaimComplaint,
  type TaskSpec,
  type World,
} from '@mmulab/model'
import type { Automaton, Edge, Flag, Node } from './automaton.ts'
import { endless, HELD_LIMIT, hoarding, SILENT_LIMIT, STACK_LIMIT, tooDeep } from './endless.ts'
import { NO_PARTS } from './parts.ts'
import { type Contexts, createPairs, createStacks, type Stack, type Within } from './place.ts'
import type { Root } from './possible.ts'
import type { Recorded } from './record.ts'

/** Where a task stands: its stack (undefined once it has ended), its context, and what happened on the way here. */
interface Place {
  readonly stack: Stack | undefined | typeof HALTED
  readonly within: Within
  readonly flags: readonly RawFlag[]
}

/** The stack of a task after BUG: the kernel does not go on. */
const HALTED = 'halted'

/** A flag, or one that counts only if some callback of the world takes that class of lock. */
type RawFlag =
  | Flag
  | { readonly kind: 'reclaim'; readonly what: string; readonly held: readonly Held[] }

type RawEdge = Omit<Edge, 'flags'> & { readonly flags: readonly RawFlag[] }
type RawNode = Omit<Node, 'edges'> & { readonly edges: readonly RawEdge[] }
export interface RawAutomaton extends Omit<Automaton, 'nodes' | 'startFlags'> {
  readonly nodes: readonly RawNode[]
  readonly startFlags: readonly RawFlag[]
}

const NO_FLAGS: readonly RawFlag[] = []
const END: RawNode = {
  kind: 'end',
  ...NO_PARTS,
  edges: [],
  label: 'finished',
  stack: [],
  source: '',
}

export function unfold(
  { preemptRt }: World,
  task: TaskSpec,
  { recording, partsOf, possible }: Root,
  contexts: Contexts,
): RawAutomaton {
  const nodes: RawNode[] = []
  const stacks = createStacks()
  const places = createPairs()
  /** By place. */
  const stackAt: (Stack | undefined)[] = []
  const withinAt: Within[] = []

  /** The caller goes on behind its call. */
  const resume = (caller: Stack | undefined, next: Recorded | undefined): Stack => {
    if (!next || !caller) throw new Error(`${task.name}: no continuation in ${caller?.of.key}`)
    return stacks.push(caller.below, next, caller.of)
  }

  /** Runs silent ops, calls, returns and jumps until a real op or the end. */
  const settle = (from: Stack, begins: Within): Place => {
    let stack: Stack | undefined = from
    let within = begins
    let flags = NO_FLAGS
    for (let turns = 0; ; turns++) {
      if (!stack) return { stack, within, flags }
      if (stack.depth > STACK_LIMIT) throw tooDeep(task, stack.of)
      if (turns > SILENT_LIMIT) throw endless(task, stack.of)
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
      const complaint = contextComplaint(within.context, op, preemptRt)
      if (complaint)
        flags = [
          ...flags,
          { kind: 'violate', claim: complaint.claim as ClaimId, message: complaint.message },
        ]
      if (op.kind === 'ask') {
        stack = resume(stack, node.next.get(depthOf(within.context, op.field) > 0 ? '1' : '0'))
        continue
      }
      if (op.kind !== 'silent') return { stack, within, flags }
      const { effect } = op
      const said = flagOf(effect, within.context)
      if (said) flags = [...flags, said]
      if (effect.type === 'violate' && effect.halts) return { stack: HALTED, within, flags }
      within = contexts.afterEffect(within, effect)
      if (within.size > HELD_LIMIT) throw hoarding(task, stack.of)
      stack = resume(stack, node.next.get('0'))
    }
  }

  const idOf = ({ stack, within }: Place): number => {
    if (stack === HALTED) return -1
    // All that have ended are in one place.
    const id = places.number(stack?.shape ?? -1, stack ? within.number : 0)
    if (id === stackAt.length) {
      stackAt.push(stack)
      withinAt.push(within)
    }
    return id
  }

  if (!recording.root) throw new Error(`${task.name} was not recorded`)
  const first = settle(stacks.push(undefined, recording.root, recording), contexts.empty)
  const start = idOf(first)
  for (let id = 0; id < stackAt.length; id++) {
    const stack = stackAt[id]
    const within = withinAt[id] as Within
    if (!stack) {
      nodes.push(END)
      continue
    }
    const { node } = stack
    if (node.kind !== 'op' || (node.op.kind !== 'step' && node.op.kind !== 'choose'))
      throw new Error('a place that is not settled')
    const { op, next, answers } = node
    const allowed = op.kind === 'step' ? possible(op) : undefined
    const edges: RawEdge[] = []
    for (const answer of answers) {
      if (allowed && !allowed.includes(answer)) continue
      const after = op.kind === 'step' ? contexts.afterStep(within, op, answer) : within
      if (after.size > HELD_LIMIT) throw hoarding(task, stack.of)
      const to = next.get(String(answer))
      if (!to) throw new Error(`no continuation for ${answer}`)
      const reached = settle(resume(stack, to), after)
      edges.push({ answer, to: idOf(reached), flags: reached.flags })
    }
    const { guard, assign, answer, waits } = op.kind === 'step' ? partsOf(op) : NO_PARTS
    const { names, of } = stack
    const what = { kind: op.kind, guard, assign, answer, waits, edges, label: op.label }
    const found = { ...what, stack: names, source: of.procedure.source.at }
    nodes.push(op.kind === 'choose' && op.out ? { ...found, out: op.out } : found)
  }
  return { name: task.name, daemon: task.daemon ?? false, nodes, start, startFlags: first.flags }
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

/** Once it is known which classes callbacks take, it is known which reclaim is a mistake. */
export function resolveFlags(a: RawAutomaton, callbackClasses: readonly string[]): Automaton {
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
