/**
 * A hypothesis: one way in which the policy can have come this far in the record. It says where each task stands, in which
 * sections, and what the shared variables hold. A record leaves things open, so there may be several; as long as one
 * is left, the record is explained up to here.
 */
import type { Automaton } from '@mmulab/checker'
import {
  dependsAt,
  type Frame,
  isEnd,
  isInside,
  nodeAt,
  type Place,
  type Purpose,
  type Reader,
  reach,
  type Store,
  sharedMoves,
  showKey,
  take,
  visibleAt,
} from './position.ts'
import type { RecordEvent } from './record.ts'
import { NEST_LIMIT } from './world.ts'

interface Task {
  readonly slot: number
  /** Sections, the innermost last: within one task they open and close like brackets. */
  readonly stack: readonly Frame[]
}

export interface Hypothesis {
  readonly store: Store
  /** Only tasks that are inside sections. */
  readonly tasks: ReadonlyMap<number, Task>
  /** Changes of the list that have happened, by their index. */
  readonly done: ReadonlySet<number>
  /** What the record's sequence numbers are ahead of the world's; undefined before the first one. */
  readonly offset: number | undefined
}

export const initial = (reader: Reader): Hypothesis => ({
  store: reader.machine.variables.map((v) => v.init),
  tasks: new Map(),
  done: new Set(),
  offset: undefined,
})

function automatonOf(reader: Reader, slot: number): Automaton {
  const a = reader.machine.slots[slot]
  if (!a) throw new Error(`the machine has no slot ${slot}`)
  return a
}

/** A task that has not begun anything. */
const fresh = (a: Automaton): Frame => ({ node: a.start, where: undefined, since: -1 })

/** The task's slot, or a free one; undefined when all are taken. */
function slotFor(reader: Reader, h: Hypothesis, tid: number): number | undefined {
  const own = h.tasks.get(tid)
  if (own) return own.slot
  const taken = new Set([...h.tasks.values()].map((t) => t.slot))
  const free = reader.machine.slots.findIndex((_, slot) => !taken.has(slot))
  return free < 0 ? undefined : free
}

/** Whether the machine has a place for this task. */
export const hasSlot = (reader: Reader, h: Hypothesis, tid: number): boolean =>
  slotFor(reader, h, tid) !== undefined

function withStack(
  h: Hypothesis,
  tid: number,
  slot: number,
  stack: readonly Frame[],
  store: Store,
): Hypothesis {
  const tasks = new Map(h.tasks)
  if (stack.length === 0) tasks.delete(tid)
  else tasks.set(tid, { slot, stack })
  return { ...h, tasks, store }
}

/** A place where the task can be without having shown anything: its stack, and the place of the innermost section. */
interface Standing {
  readonly below: readonly Frame[]
  readonly place: Place
  /** The innermost section has not begun yet. */
  readonly isNew: boolean
}

/** Everywhere that a task can be before its next visible call: in its sections, out of them, or about to open another. */
function standings(
  reader: Reader,
  h: Hypothesis,
  tid: number,
  slot: number,
  purpose: Purpose,
): Standing[] {
  const a = automatonOf(reader, slot)
  const out: Standing[] = []
  const begin = (below: readonly Frame[], store: Store): void => {
    if (purpose === 'nothing' || below.length >= NEST_LIMIT) return
    for (const place of reach(reader, a, { frame: fresh(a), store }, purpose))
      out.push({ below, place, isNew: true })
  }
  const go = (stack: readonly Frame[], store: Store): void => {
    const frame = stack.at(-1)
    if (!frame) {
      begin([], store)
      return
    }
    const below = stack.slice(0, -1)
    for (const place of reach(reader, a, { frame, store })) {
      out.push({ below, place, isNew: false })
      if (isInside(a, place.frame)) begin([...below, place.frame], place.store)
      if (isEnd(a, place.frame)) go(below, place.store)
    }
  }
  go(h.tasks.get(tid)?.stack ?? [], h.store)
  return out
}

/** A visible call that a task stands at. */
export interface NextCall {
  readonly frame: Frame
  readonly automaton: Automaton
  /** It would be the first of another section. */
  readonly isNew: boolean
  readonly offset: number | undefined
}

/** The visible calls that a task can make next, whatever it begins. */
export function nextCalls(reader: Reader, h: Hypothesis, tid: number): NextCall[] {
  const slot = slotFor(reader, h, tid)
  if (slot === undefined) return []
  const automaton = automatonOf(reader, slot)
  const { offset } = h
  return advanced(reader, h, tid, () => 'nothing').flatMap((x) =>
    standings(reader, x, tid, slot, 'anything').flatMap(({ place, isNew }) =>
      onward(reader, automaton, place).map(({ frame }) => ({ frame, automaton, isNew, offset })),
    ),
  )
}

/** The visible calls that come next for a task that others leave alone; after several shared steps there is one for certain. */
function onward(reader: Reader, a: Automaton, from: Place): Place[] {
  let places = [from]
  const found: Place[] = []
  for (let steps = 0; places.length && steps <= NEST_LIMIT; steps++) {
    found.push(...places.filter((p) => visibleAt(a, p.frame)))
    places = places.flatMap((p) => sharedMoves(reader, a, p)).flatMap((p) => reach(reader, a, p))
  }
  return found
}

/** The hypotheses after a visible call of a task. Empty: under this hypothesis the task cannot make it. */
export function afterCall(reader: Reader, h: Hypothesis, event: RecordEvent): Hypothesis[] {
  const slot = slotFor(reader, h, event.tid)
  if (slot === undefined) return []
  const a = automatonOf(reader, slot)
  return standings(reader, h, event.tid, slot, event).flatMap(({ below, place }) =>
    take(reader, a, place.frame, event, h.offset).flatMap(({ frame, offset }) =>
      atOnce(reader, a, event, { frame, store: place.store }).map((p) => ({
        ...withStack(h, event.tid, slot, [...below, p.frame], p.store),
        offset,
      })),
    ),
  )
}

/** An interval notifier that says yes sets its number under the lock that its line is written under. */
const atOnce = (reader: Reader, a: Automaton, { cb, ret }: RecordEvent, place: Place): Place[] =>
  cb === 'inval' && ret === 0
    ? reach(reader, a, place).flatMap((p) => sharedMoves(reader, a, p))
    : [place]

/** More ways than this to read a record are not followed. */
export const HYPOTHESIS_LIMIT = 2_000
export class TooManyWays extends Error {}

/** What each task shows next; who is not in it is left where it stands. */
export type Purposes = (tid: number) => Purpose | undefined

/**
 * The hypotheses that differ from this one by shared steps, made by a task on its way to its next line and by those others that have a
 * purpose. Steps that are not shared need no order among tasks, and are made when somebody gets to need them.
 */
export function advanced(
  reader: Reader,
  h: Hypothesis,
  tid: number,
  purposes: Purposes,
  others: readonly number[] = [],
): Hypothesis[] {
  if (reader.shared.size === 0) return [h]
  const seen = new Map<string, Hypothesis>([[keyOf(h), h]])
  const queue = [h]
  for (let i = 0; i < queue.length; i++) {
    const at = queue[i] as Hypothesis
    const who = depends(reader, at, tid, purposes(tid) ?? 'nothing') ? [tid, ...others] : [tid]
    for (const u of who)
      for (const next of sharedSteps(reader, at, u, purposes(u))) {
        const key = keyOf(next)
        if (seen.has(key)) continue
        seen.set(key, next)
        queue.push(next)
        if (queue.length > HYPOTHESIS_LIMIT) throw new TooManyWays()
      }
  }
  return queue
}

function depends(reader: Reader, h: Hypothesis, tid: number, purpose: Purpose): boolean {
  const slot = slotFor(reader, h, tid)
  if (slot === undefined) return false
  const a = automatonOf(reader, slot)
  return standings(reader, h, tid, slot, purpose).some(({ place }) => dependsAt(reader, a, place))
}

function sharedSteps(
  reader: Reader,
  h: Hypothesis,
  tid: number,
  purpose: Purpose | undefined,
): Hypothesis[] {
  if (purpose === undefined || (purpose === 'nothing' && !h.tasks.has(tid))) return []
  const slot = slotFor(reader, h, tid)
  if (slot === undefined) return []
  const a = automatonOf(reader, slot)
  return standings(reader, h, tid, slot, purpose).flatMap(({ below, place }) =>
    sharedMoves(reader, a, place).map((p) =>
      tidied(reader, withStack(h, tid, slot, [...below, p.frame], p.store)),
    ),
  )
}

/** The hypotheses in which a task has left all its sections, in silence. */
export const settled = (reader: Reader, h: Hypothesis, tid: number): Hypothesis[] =>
  distinct(advanced(reader, h, tid, () => 'nothing').flatMap((x) => settledAtOnce(reader, x, tid)))

function settledAtOnce(reader: Reader, h: Hypothesis, tid: number): Hypothesis[] {
  const task = h.tasks.get(tid)
  if (!task) return [h]
  const a = automatonOf(reader, task.slot)
  const leave = (stack: readonly Frame[], store: Store): Store[] => {
    const frame = stack.at(-1)
    if (!frame) return [store]
    return reach(reader, a, { frame, store }).flatMap((place) =>
      isEnd(a, place.frame) ? leave(stack.slice(0, -1), place.store) : [],
    )
  }
  return distinct(leave(task.stack, h.store).map((s) => withStack(h, tid, task.slot, [], s)))
}

/**
 * Sections that can show nothing any more are closed at once. Nothing is lost by that: while a section is open the list can only
 * shrink, so it never gets anything to show.
 */
export function tidied(reader: Reader, h: Hypothesis): Hypothesis {
  let out = h
  for (const [tid, { slot }] of h.tasks) {
    const a = automatonOf(reader, slot)
    for (let stack = out.tasks.get(tid)?.stack ?? []; ; ) {
      const frame = stack.at(-1)
      if (!frame) break
      const places = reach(reader, a, { frame, store: out.store })
      const end = places.find((p) => isEnd(a, p.frame))
      if (
        !end ||
        places.some((p) => visibleAt(a, p.frame) || reader.shared.has(nodeAt(a, p.frame)))
      )
        break
      stack = stack.slice(0, -1)
      out = withStack(out, tid, slot, stack, end.store)
    }
  }
  return out
}

/** The hypotheses that differ from this one by silent moves of one task: it may have looked at the list already. */
export const ahead = (reader: Reader, h: Hypothesis, tid: number): Hypothesis[] =>
  advanced(reader, h, tid, () => 'nothing').flatMap((x) => aheadAtOnce(reader, x, tid))

function aheadAtOnce(reader: Reader, h: Hypothesis, tid: number): Hypothesis[] {
  const task = h.tasks.get(tid)
  const frame = task?.stack.at(-1)
  if (!task || !frame) return [h]
  const a = automatonOf(reader, task.slot)
  const below = task.stack.slice(0, -1)
  const places = reach(reader, a, { frame, store: h.store })
  return [
    h,
    ...places
      .filter((p) => p.frame.node !== frame.node && visibleAt(a, p.frame))
      .map((p) => withStack(h, tid, task.slot, [...below, p.frame], p.store)),
  ]
}

/** Whether some task has decided to call this member of the list and has not done so yet. */
export const isAbout = (reader: Reader, h: Hypothesis, id: string): boolean =>
  [...h.tasks.values()].some(({ slot, stack }) => {
    const frame = stack.at(-1)
    return frame !== undefined && nodeAt(automatonOf(reader, slot), frame).out?.detail.id === id
  })

export function distinct(list: readonly Hypothesis[]): Hypothesis[] {
  const seen = new Map<string, Hypothesis>()
  for (const h of list) {
    const key = keyOf(h)
    if (!seen.has(key)) seen.set(key, h)
  }
  return [...seen.values()]
}

function keyOf(h: Hypothesis): string {
  const tasks = [...h.tasks]
    .sort(([a], [b]) => a - b)
    .map(([tid, { slot, stack }]) => {
      const frames = stack.map((f) => `${f.node}:${showKey(f.where)}`)
      return `${tid}@${slot}[${frames.join()}]`
    })
  return `${h.store.join()}|${tasks.join(';')}|${[...h.done].sort().join()}|${h.offset ?? ''}`
}
