/**
 * Which class of locks is taken under which, over all ways through a task's procedures, possible ones or not: what is not possible
 * within the bounds of a world may be beyond them.
 *
 * It depends on what is held, and not on who has called. So a procedure is followed once for every context in which it is called,
 * and whoever calls it in that context goes on behind it with the contexts in which it returns. Steps are counted, so that each
 * dependency is told of where it is first met.
 */
import {
  type Context,
  depthOf,
  type Held,
  type LockInfo,
  type LockMode,
  type TaskSpec,
} from '@mmulab/model'
import type { LockEdge } from './automaton.ts'
import { HELD_LIMIT, hoarding } from './endless.ts'
import type { Contexts, Within } from './place.ts'
import type { Recorded, Recording } from './record.ts'

/** A procedure in a context in which it is called. */
interface Entry {
  readonly of: Recording
  /** Names of the procedures on the stack of whoever came first. */
  readonly names: readonly string[]
  /** Steps to it. */
  readonly after: number
  /** What it comes to: the nodes of its recording, each with its contexts. */
  readonly seen: Map<Recorded, Set<Within>>
  readonly exits: Exit[]
  readonly callers: Caller[]
}

interface Exit {
  readonly value: string
  readonly within: Within
  /** Steps from the entry. */
  readonly steps: number
}

interface Caller {
  readonly by: Entry
  /** The call; undefined where it was a jump. */
  readonly call: Recorded | undefined
  readonly after: number
}

/** Somebody who is about to do an op, or to return. */
interface Stand {
  readonly entry: Entry
  readonly node: Recorded
  readonly within: Within
}

/** Adds those of a task. One is kept for every way in which a task takes one class under another. */
export function noteLockEdges(
  task: TaskSpec,
  root: Recording,
  contexts: Contexts,
  edges: Map<string, LockEdge>,
): void {
  const entries = new Map<Recording, Map<Within, Entry>>()
  /** By steps. What is no step is done at once. */
  const todo: Stand[][] = []
  let now = -1

  const note = (entry: Entry, context: Context, taken: LockInfo, takenMode: LockMode): void => {
    const callback = depthOf(context, 'callback') > 0
    const edge = ({ info: held, mode: heldMode }: Held): void => {
      const key = [held.cls, taken.cls, heldMode, takenMode, callback, task.name].join('>')
      if (edges.has(key)) return
      const source = entry.of.procedure.source.at
      const by = { task: task.name, stack: entry.names, callback, source }
      edges.set(key, { held, taken, heldMode, takenMode, ...by })
    }
    for (const h of context.held) edge(h)
    // So that it is known that a callback takes it, even where nothing else is held.
    if (callback) edge({ info: { name: '', cls: '', sleeps: false }, mode: 'exclusive' })
  }

  /** It will stand there, if it has not before, after so many steps. */
  const come = (stand: Stand, after: number): void => {
    const { entry, node, within } = stand
    let seen = entry.seen.get(node)
    if (!seen) {
      seen = new Set()
      entry.seen.set(node, seen)
    }
    if (seen.has(within)) return
    seen.add(within)
    if (within.size > HELD_LIMIT) throw hoarding(task, entry.of)
    if (after <= now + 1 && !isStep(node)) {
      follow(stand, after)
      return
    }
    todo[after] ??= []
    todo[after].push(stand)
  }

  const goOn = ({ by, call, after }: Caller, { value, within, steps }: Exit): void => {
    if (!call) leave(by, value, within, after + steps)
    else if (call.kind === 'op') {
      const node = call.next.get(value)
      if (node) come({ entry: by, node, within }, after + steps)
    }
  }

  /** A way out of a procedure, once. */
  const leave = (entry: Entry, value: string, within: Within, after: number): void => {
    if (entry.exits.some((e) => e.value === value && e.within === within)) return
    const exit = { value, within, steps: after - entry.after }
    entry.exits.push(exit)
    for (const caller of entry.callers) goOn(caller, exit)
  }

  const enter = (of: Recording, within: Within, caller: Caller, names: readonly string[]): void => {
    let inContext = entries.get(of)
    if (!inContext) {
      inContext = new Map()
      entries.set(of, inContext)
    }
    let entry = inContext.get(within)
    const isNew = entry === undefined
    if (!entry) {
      const { after } = caller
      entry = { of, names, after, seen: new Map(), exits: [], callers: [] }
      inContext.set(within, entry)
    }
    entry.callers.push(caller)
    for (const exit of [...entry.exits]) goOn(caller, exit)
    if (isNew && of.root) come({ entry, node: of.root, within }, caller.after)
  }

  const follow = ({ entry, node, within }: Stand, after: number): void => {
    if (node.kind === 'return') {
      leave(entry, node.value, within, after)
      return
    }
    const { op, next, answers } = node
    const goTo = (answer: string, becomes: Within, steps: number): void => {
      const to = next.get(answer)
      if (to) come({ entry, node: to, within: becomes }, after + steps)
    }
    switch (op.kind) {
      case 'call':
      case 'jump': {
        const { callee } = node
        if (!callee) throw new Error(`${op.procedure.name} was not recorded`)
        const jumps = op.kind === 'jump'
        const names = [...(jumps ? entry.names.slice(0, -1) : entry.names), callee.procedure.name]
        enter(callee, within, { by: entry, call: jumps ? undefined : node, after }, names)
        break
      }
      case 'ask':
        goTo(depthOf(within.context, op.field) > 0 ? '1' : '0', within, 0)
        break
      case 'silent': {
        const { effect } = op
        if (effect.type === 'pseudo-lock' && effect.event === 'acquire')
          note(entry, within.context, effect.info, 'exclusive')
        if (effect.type === 'violate' && effect.halts) break
        goTo('0', contexts.afterEffect(within, effect), 0)
        break
      }
      case 'choose':
        for (const answer of answers) goTo(String(answer), within, 1)
        break
      case 'step':
        if (op.lock?.event === 'acquire') note(entry, within.context, op.lock.info, op.lock.mode)
        for (const answer of answers)
          goTo(String(answer), contexts.afterStep(within, op, answer), 1)
    }
  }

  const start: Entry = {
    of: root,
    names: [root.procedure.name],
    after: 0,
    seen: new Map(),
    exits: [],
    callers: [],
  }
  if (root.root) come({ entry: start, node: root.root, within: contexts.empty }, 0)
  for (now = 0; now < todo.length; now++) {
    const stands = todo[now] ?? []
    for (let i = 0; i < stands.length; i++) follow(stands[i] as Stand, now)
  }
}

const isStep = (node: Recorded): boolean =>
  node.kind === 'op' && (node.op.kind === 'step' || node.op.kind === 'choose')
