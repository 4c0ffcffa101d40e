/**
 * Where a task can get in its automaton without anything that a record would show. Guards and assignments are the automaton's;
 * a choice that the record leaves open is tried both ways.
 */
import type { Automaton, Node } from '@mmulab/checker'
import { type CallOut, evaluate, type Variable } from '@mmulab/model'
import type { RecordEvent } from './record.ts'
import { FRESH, INSIDE, MM } from './script.ts'
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
}

export const readerOf = (machine: Machine): Reader => ({
  machine,
  indexOf: new Map(machine.variables.map((v, i) => [v, i])),
})

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

/** Every place that can be reached in silence, `from` included; it ends at visible calls. */
export function reach(reader: Reader, a: Automaton, from: Place): Place[] {
  const seen = new Map<string, Place>([[keyOf(from), from]])
  const queue = [from]
  for (let i = 0; i < queue.length; i++)
    for (const next of moves(reader, a, queue[i] as Place)) {
      const key = keyOf(next)
      if (seen.has(key)) continue
      seen.set(key, next)
      queue.push(next)
    }
  return queue
}

function moves(reader: Reader, a: Automaton, { frame, store }: Place): Place[] {
  const node = nodeAt(a, frame)
  if (node.kind === 'end' || visibleAt(a, frame)) return []
  if (node.kind === 'choose') {
    const fresh = node.out?.callback === FRESH
    const where = fresh ? undefined : frame.where
    return node.edges.flatMap((e) =>
      e.to < 0 ? [] : [{ frame: { ...frame, node: e.to, where }, store }],
    )
  }
  const read = (v: Variable): number => {
    const i = reader.indexOf.get(v)
    return i === undefined ? v.init : (store[i] ?? v.init)
  }
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

/** The frames after a visible call, if the event can be that call: none, or one for each answer it may have had. */
export function take(a: Automaton, frame: Frame, event: RecordEvent): Frame[] {
  const node = nodeAt(a, frame)
  const out = visibleAt(a, frame)
  if (!out || out.callback !== event.cb || (isNotifier(event) && out.subject !== event.n)) return []
  const { blockable, event: only } = out.detail
  if (only !== undefined && event.ev !== undefined && event.ev !== only) return []
  if (event.blockable !== undefined && blockable !== undefined && event.blockable !== blockable)
    return []
  const { where } = frame
  // An attempt of the reaper has no range of its own.
  const ranged = blockable !== undefined
  if (ranged && where && !(['s', 'e', 'ev'] as const).every((k) => fits(where[k], event[k])))
    return []
  const here = ranged ? { ...pick(event), ...where } : where
  return node.edges.flatMap((edge) =>
    edge.to >= 0 && (event.ret === undefined || out.answers[edge.answer] === event.ret)
      ? [{ node: edge.to, where: here, since: where ? frame.since : event.seq }]
      : [],
  )
}

const isNotifier = (e: RecordEvent): boolean => e.n !== '-'

const pick = ({ s, e, ev }: RecordEvent): Where => ({
  ...(s !== undefined && { s }),
  ...(e !== undefined && { e }),
  ...(ev !== undefined && { ev }),
})
