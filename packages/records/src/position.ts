/**
 * Where a task can get in its automaton without anything that a record would show. Guards and assignments are the automaton's;
 * a choice that the record leaves open is tried both ways.
 */
import type { Automaton, Node } from '@mmulab/checker'
import { type CallOut, evaluate, type Variable, variablesOf } from '@mmulab/model'
import { AGAIN, FRESH, INSIDE, MM } from './calls.ts'
import type { RecordEvent } from './record.ts'
import type { Machine } from './world.ts'

/** A range as a record tells it; what it does not tell fits everything. */
export type Where = Pick<RecordEvent, 's' | 'e' | 'ev'>

/** A section that a task is in, or a reaper between two of them. */
export interface Frame {
  readonly node: number
  /** Undefined before the first visible call. */
  readonly where: Where | undefined
  /** seq of that call. */
  readonly since: number
}

/** Values of the machine's variables, in its order. */
export type Store = readonly number[]

export interface Place {
  readonly frame: Frame
  readonly store: Store
}

export interface Reader {
  readonly machine: Machine
  readonly indexOf: ReadonlyMap<Variable, number>
  /** Nodes whose steps do not commute with those of other tasks. */
  readonly shared: ReadonlySet<Node>
}

export const readerOf = (machine: Machine): Reader => ({
  machine,
  indexOf: new Map(machine.variables.map((v, i) => [v, i])),
  shared: new Set(machine.slots.flatMap((a) => a.nodes.filter((n) => isShared(machine, n)))),
})

function isShared({ shared }: Machine, { guard, answer, assign }: Node): boolean {
  if (shared.size === 0) return false
  const all = new Set<Variable>(assign.map((x) => x.to))
  for (const e of [guard, answer, ...assign.map((x) => x.value)]) variablesOf(e, all)
  return [...all].some((v) => shared.has(v))
}

export const nodeAt = (a: Automaton, frame: Frame): Node => {
  const node = a.nodes[frame.node]
  if (!node) throw new Error(`${a.name} has no node ${frame.node}`)
  return node
}

/** The call that a task stands at, if a record would show it. */
export function visibleAt(a: Automaton, frame: Frame): CallOut | undefined {
  const { out } = nodeAt(a, frame)
  return out && out.subject !== MM ? out : undefined
}

export const isInside = (a: Automaton, frame: Frame): boolean => {
  const { out } = nodeAt(a, frame)
  return out?.subject === MM && out.callback === INSIDE
}

export const isEnd = (a: Automaton, frame: Frame): boolean => nodeAt(a, frame).kind === 'end'

const keyOf = ({ frame, store }: Place): string =>
  `${frame.node} ${showKey(frame.where)} ${store.join()}`
export const showKey = (w: Where | undefined): string => (w ? `${w.s}-${w.e}-${w.ev}` : '')

/** What a task may begin: whatever shows this line first, any mm operation, or nothing. */
export type Purpose = RecordEvent | 'anything' | 'nothing'

/** Every place that can be reached in silence, `from` included; it ends at visible calls and before shared steps. */
export function reach(
  reader: Reader,
  a: Automaton,
  from: Place,
  purpose: Purpose = 'anything',
): Place[] {
  const seen = new Map<string, Place>([[keyOf(from), from]])
  const queue = [from]
  for (let i = 0; i < queue.length; i++) {
    const place = queue[i] as Place
    if (reader.shared.has(nodeAt(a, place.frame))) continue
    for (const next of moves(reader, a, place, purpose)) {
      const key = keyOf(next)
      if (seen.has(key)) continue
      seen.set(key, next)
      queue.push(next)
    }
  }
  return queue
}

/** Where a shared step leads; nowhere from other places. */
export const sharedMoves = (reader: Reader, a: Automaton, place: Place): Place[] =>
  reader.shared.has(nodeAt(a, place.frame)) ? moves(reader, a, place, 'nothing') : []

/** Whether what others do can matter to a task here: it is about to make a shared step, or it waits. */
export function dependsAt(reader: Reader, a: Automaton, { frame, store }: Place): boolean {
  const node = nodeAt(a, frame)
  if (reader.shared.has(node)) return true
  return node.kind === 'step' && evaluate(node.guard, valueIn(reader, store)) === 0
}

const valueIn =
  (reader: Reader, store: Store) =>
  (v: Variable): number => {
    const i = reader.indexOf.get(v)
    return i === undefined ? v.init : (store[i] ?? v.init)
  }

function mayBegin({ machine }: Reader, kind: number, purpose: Purpose): boolean {
  const begun = machine.kinds[kind]
  if (typeof purpose === 'string') return purpose === 'anything' && !begun?.byOwner
  return begun?.begins(purpose, machine.met(purpose)) ?? false
}

function moves(reader: Reader, a: Automaton, { frame, store }: Place, purpose: Purpose): Place[] {
  const node = nodeAt(a, frame)
  if (node.kind === 'end' || visibleAt(a, frame)) return []
  if (node.kind === 'choose') {
    const fresh = node.out?.callback === FRESH
    const where = fresh || node.out?.callback === AGAIN ? undefined : frame.where
    return node.edges.flatMap((e) =>
      e.to < 0 || (fresh && !mayBegin(reader, e.answer, purpose))
        ? []
        : [{ frame: { ...frame, node: e.to, where }, store }],
    )
  }
  const read = valueIn(reader, store)
  if (evaluate(node.guard, read) === 0) return []
  const answer = evaluate(node.answer, read)
  // After BUG (to < 0) the kernel does not go on.
  const edge = node.edges.find((e) => e.answer === answer && e.to >= 0)
  if (!edge) return []
  const after = [...store]
  for (const { to, value } of node.assign) {
    const n = evaluate(value, read)
    // Outside of its domain: more of something than this world has, such as a lock taken twice.
    if (n < to.min || n > to.max) return []
    const i = reader.indexOf.get(to)
    if (i !== undefined) after[i] = n
  }
  return [{ frame: { ...frame, node: edge.to }, store: after }]
}

const fits = (a: string | undefined, b: string | undefined): boolean =>
  a === undefined || b === undefined || a === b

/** A frame after a visible call, and how far the kernel's sequence numbers are then known to be from the world's. */
export interface Taken {
  readonly frame: Frame
  readonly offset: number | undefined
}

/** What follows a visible call, if the event can be that call: nothing, or one for each answer it may have had. */
export function take(
  { machine }: Reader,
  a: Automaton,
  frame: Frame,
  event: RecordEvent,
  before: number | undefined,
): Taken[] {
  const node = nodeAt(a, frame)
  const out = visibleAt(a, frame)
  if (!out || out.callback !== event.cb || (isNotifier(event) && out.subject !== event.n)) return []
  const { blockable, event: only, met, seq } = out.detail
  if (only === undefined ? event.ev === 'RELEASE' : !fits(String(only), event.ev)) return []
  if (event.blockable !== undefined && blockable !== undefined && event.blockable !== blockable)
    return []
  if (met !== undefined && event.s !== undefined && met !== machine.met(event)) return []
  const offset = typeof seq === 'number' ? offsetFor(seq, event, before) : before
  if (offset === NO_OFFSET) return []
  const { where } = frame
  // An attempt of the reaper has no range of its own.
  const ranged = blockable !== undefined
  if (ranged && where && !(['s', 'e', 'ev'] as const).every((k) => fits(where[k], event[k])))
    return []
  const here = ranged ? { ...pick(event), ...where } : where
  return node.edges.flatMap((edge) =>
    edge.to >= 0 && (event.ret === undefined || out.answers[edge.answer] === event.ret)
      ? [{ frame: { node: edge.to, where: here, since: where ? frame.since : event.seq }, offset }]
      : [],
  )
}

const NO_OFFSET = -1

/**
 * A kernel's sequence number begins at 2, as the world's, but the mm may have had interval notifiers before the record began: the first
 * number that it tells says how many steps of two ahead it was.
 */
function offsetFor(
  seq: number,
  { aux }: RecordEvent,
  before: number | undefined,
): number | undefined {
  if (aux === undefined) return before
  const offset = aux - seq
  if (before !== undefined) return offset === before ? before : NO_OFFSET
  return offset >= 0 && offset % 2 === 0 ? offset : NO_OFFSET
}

const isNotifier = (e: RecordEvent): boolean => e.n !== '-'

const pick = ({ s, e, ev }: RecordEvent): Where => ({
  ...(s !== undefined && { s }),
  ...(e !== undefined && { e }),
  ...(ev !== undefined && { ev }),
})
