/**
 * Deadlock: tasks that wait for each other in a ring, none of which will ever move again. Other tasks may go on for ever;
 * a task that waits for something that nobody will ever give back is stuck too, but that is a broken promise of
 * progress.
 */
import { wordsOf } from './causes.ts'
import type { Target } from './findings.ts'
import { at } from './layout.ts'
import { firstStates, nameOf, type StateSpace, waitForOf } from './liveness.ts'
import type { ClaimResult } from './result.ts'
import { tasksOf, type Waiting } from './wait-for.ts'
import type { Work } from './work.ts'

/** The verdict on deadlock, or undefined when there is none. */
export function* deadlock(space: StateSpace): Work<ClaimResult | undefined> {
  const first = yield* firstStates(space.search, 'deadlock', (s) => ringIn(space, s) !== undefined)
  return first && (yield* nearest(space, first.states, first.depth))
}

/** Rings between other tasks, or over other locks: each by a shortest way. */
export function* everyDeadlock(space: StateSpace): Work<ClaimResult[]> {
  const { search } = space
  const found = new Map<string, { depth: number; states: number[] }>()
  let depth = -1
  yield* firstStates(search, 'causes', (s) => {
    while (s >= (search.levels[depth + 1] ?? search.states)) depth++
    const ring = ringIn(space, s)
    if (!ring) return false
    const words = wordsOf(message(space, s, ring))
    const known = found.get(words)
    if (!known) found.set(words, { depth, states: [s] })
    else if (known.depth === depth) known.states.push(s)
    // Goes on to the last state.
    return false
  })
  const results: ClaimResult[] = []
  for (const { states, depth: d } of found.values()) {
    const result = yield* nearest(space, states, d)
    if (result) results.push(result)
  }
  return results
}

/** The story of one of these states, all of the same depth. */
function* nearest(
  space: StateSpace,
  states: readonly number[],
  depth: number,
): Work<ClaimResult | undefined> {
  const { components, schedules, asked } = space
  const targets = states.map((state): Target => ({ state, move: undefined, message: '' }))
  const way = yield* schedules.best(targets, depth)
  if (!way) return undefined
  const { state } = way.target
  const ring = ringIn(space, state) ?? []
  const inRing = ring.reduce((mask, t) => mask | (1 << t), 0)
  // Daemons never finish; of a ring of daemons alone one asks when they could move for the last time.
  const able = (s: number): number =>
    at((inRing & asked) === 0 ? components.move : components.finish, at(components.of, s))
  const wanted = inRing & asked || inRing
  const lost = way.states.findIndex((s) => (wanted & ~able(s)) !== 0)
  return {
    verdict: 'violated',
    message: message(space, state, ring),
    schedule: {
      claim: 'deadlock',
      moves: way.moves,
      prefix: way.moves.length,
      ...(lost > 0 && { pointOfNoReturn: lost - 1 }),
      ...(ring[0] !== undefined && { stuck: ring[0] }),
    },
    steps: way.moves.length,
    switches: way.switches,
    fewestSwitches: way.fewestSwitches,
    waitFor: ring.map((task) => waitForOf(space, state, task)),
  }
}

/**
 * A shortest ring of tasks that wait for each other for ever, from its lowest task that is meant to finish. A ring of
 * daemons that wait for work from each other is just idle; it counts only when one of them holds what another waits for.
 */
function ringIn(space: StateSpace, state: number): number[] | undefined {
  const { of, blocked: blockedIn } = space.components
  const blocked = blockedIn[of[state] as number] as number
  if (blocked === 0 || isTree(space, state, blocked)) return undefined
  const waiting = new Map(tasksOf(blocked).map((t) => [t, space.waits.waiting(state, t)]))
  const next = (t: number): number[] => tasksOf((waiting.get(t)?.waitsFor ?? 0) & blocked)
  for (const t of tasksOf(blocked & space.asked)) {
    const ring = ringThrough(t, next(t), next)
    if (ring) return ring
  }
  for (const t of tasksOf(blocked)) {
    const ring = waiting.get(t)?.held ? ringThrough(t, next(t), next) : undefined
    if (ring) return ring
  }
  return undefined
}

/** Sets aside whoever waits for none of the others, again and again: without a ring nobody is left. Asked of many states. */
function isTree(space: StateSpace, state: number, blocked: number): boolean {
  let rest = blocked
  for (let before = 0; before !== rest; ) {
    before = rest
    for (let left = rest; left !== 0; left &= left - 1) {
      const t = 31 - Math.clz32(left & -left)
      if ((space.waits.mask(state, t) & rest) === 0) rest &= ~(1 << t)
    }
  }
  return rest === 0
}

function ringThrough(
  start: number,
  first: readonly number[],
  next: (task: number) => number[],
): number[] | undefined {
  const before = new Map<number, number>()
  const queue: number[] = []
  for (const t of first) {
    before.set(t, start)
    queue.push(t)
  }
  for (const t of queue) {
    if (t === start) break
    for (const n of next(t))
      if (!before.has(n)) {
        before.set(n, t)
        queue.push(n)
      }
  }
  let t = before.get(start)
  if (t === undefined) return undefined
  const ring: number[] = []
  for (; t !== start; t = before.get(t ?? start)) if (t !== undefined) ring.unshift(t)
  return [start, ...ring]
}

/** `a waits for L, held by b, which waits for M, held by a`. */
function message(space: StateSpace, state: number, ring: readonly number[]): string {
  const { search, waits } = space
  const link = (w: Waiting, to: number): string =>
    w.held ? `held by ${nameOf(search, to)}` : `which is up to ${nameOf(search, to)}`
  const [only] = ring
  if (ring.length === 1 && only !== undefined) {
    const w = waits.waiting(state, only)
    const why = w.held ? 'which it holds itself' : 'which only it could bring about'
    return `${nameOf(search, only)} waits for ${w.on}, ${why}`
  }
  return ring
    .map((task, i) => {
      const w = waits.waiting(state, task)
      const to = ring[(i + 1) % ring.length] ?? task
      const who = i === 0 ? nameOf(search, task) : ', which'
      return `${who} waits for ${w.on}, ${link(w, to)}`
    })
    .join('')
}
