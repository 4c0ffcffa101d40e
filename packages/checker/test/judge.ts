/** What a check must have said, worked out again from the plain exploration by the most naive means. */
import { closeOther, evaluate, type Variable, variablesOf } from '@mmulab/model'
import type { Linked, Node } from '../src/automaton.ts'
import { initialState, type Unpacked } from '../src/layout.ts'
import {
  type PlainSpace,
  type PlainState,
  plainCanReach,
  plainKey,
  plainReader,
  plainStep,
} from '../src/plain.ts'
import type { Move } from '../src/result.ts'

const isOpen = (s: PlainState): boolean => s.exceeded.length > 0 || s.moves.some((m) => !m.to)

const isEnd = (linked: Linked, s: PlainState, task: number): boolean =>
  linked.automata[task]?.nodes[s.state.pcs[task] ?? 0]?.kind === 'end'

/** Per task, the states from which it can finish, or from which nobody knows. */
export const canFinish = (linked: Linked, space: PlainSpace): ReadonlySet<string>[] =>
  linked.automata.map((_, t) => plainCanReach(space, (s) => isOpen(s) || isEnd(linked, s, t)))

const canMove = (linked: Linked, space: PlainSpace): ReadonlySet<string>[] =>
  linked.automata.map((_, t) =>
    plainCanReach(space, (s) => isOpen(s) || s.moves.some((m) => m.task === t)),
  )

/** The least depth at which some task that is meant to finish cannot. */
export function progressDepth(linked: Linked, space: PlainSpace): number | undefined {
  const can = canFinish(linked, space)
  const lost = [...space.states.values()].filter((s) =>
    linked.automata.some((a, t) => !a.daemon && !can[t]?.has(s.key)),
  )
  return lost.length > 0 ? Math.min(...lost.map((s) => s.depth)) : undefined
}

/** The states from which the world's goal can still be reached; all of them where it has none. */
export function canReachGoal(linked: Linked, space: PlainSpace): ReadonlySet<string> {
  const [goal] = linked.goals
  const holds = (s: PlainState): boolean =>
    !goal || evaluate(goal.holds, plainReader(linked.variables, s.state)) !== 0
  return plainCanReach(space, (s) => isOpen(s) || holds(s))
}

/** The least depth at which some goal has become impossible. */
export function goalDepth(linked: Linked, space: PlainSpace): number | undefined {
  const can = canReachGoal(linked, space)
  const lost = [...space.states.values()].filter((s) => !can.has(s.key)).map((s) => s.depth)
  return lost.length > 0 ? Math.min(...lost) : undefined
}

export function deadlockDepth(linked: Linked, space: PlainSpace): number | undefined {
  const can = canMove(linked, space)
  const dead = [...space.states.values()].filter((s) => isDeadlock(linked, s, can))
  return dead.length > 0 ? Math.min(...dead.map((s) => s.depth)) : undefined
}

/** States in which some tasks wait for each other for ever. */
export function deadlocked(linked: Linked, space: PlainSpace): ReadonlySet<string> {
  const can = canMove(linked, space)
  const dead = [...space.states.values()].filter((s) => isDeadlock(linked, s, can))
  return new Set(dead.map((s) => s.key))
}

function isDeadlock(linked: Linked, s: PlainState, can: ReadonlySet<string>[]): boolean {
  const tasks = linked.automata.map((_, t) => t)
  const blocked = tasks.filter((t) => !isEnd(linked, s, t) && !can[t]?.has(s.key))
  const edges = new Map(blocked.map((t) => [t, waitsFor(linked, s, t)]))
  const ring = (path: readonly number[], held: boolean): boolean => {
    const last = path.at(-1) ?? 0
    return (edges.get(last)?.tasks ?? []).some((next) => {
      const holds = held || (edges.get(last)?.held ?? false)
      if (next === path[0]) return holds || path.some((t) => !linked.automata[t]?.daemon)
      return blocked.includes(next) && !path.includes(next) && ring([...path, next], holds)
    })
  }
  return blocked.some((t) => ring([t], false))
}

function waitsFor(linked: Linked, s: PlainState, t: number): { tasks: number[]; held: boolean } {
  const read = plainReader(linked.variables, s.state)
  const tasks = linked.automata.map((_, j) => j)
  const node = linked.automata[t]?.nodes[s.state.pcs[t] ?? 0]
  const holder = node?.waits?.holder
  if (holder)
    return { tasks: tasks.filter((j) => evaluate(closeOther(holder, j), read) !== 0), held: true }
  const woken = memo((x: Node) => node !== undefined && couldWake(linked, x, node))
  const bring = tasks.filter((j) => {
    const seen = new Set<number>()
    const visit = (n: number): boolean => {
      if (n < 0 || seen.has(n)) return false
      seen.add(n)
      const x = linked.automata[j]?.nodes[n]
      return !!x && (woken(x) || x.edges.some((e) => visit(e.to)))
    }
    return visit(s.state.pcs[j] ?? 0)
  })
  return { tasks: bring.filter((j) => j !== t), held: false }
}

const memo = <K, V>(f: (k: K) => V): ((k: K) => V) => {
  const known = new Map<K, V>()
  return (k) => {
    if (!known.has(k)) known.set(k, f(k))
    return known.get(k) as V
  }
}

/** Whether there are values for which `waiter` waits, `op` can run, and after it `waiter` need not wait. */
function couldWake(linked: Linked, op: Node, waiter: Node): boolean {
  const read = variablesOf(waiter.guard)
  if (!op.assign.some((a) => read.has(a.to))) return false
  const involved = new Set([...read, ...variablesOf(op.guard)])
  for (const a of op.assign) variablesOf(a.value, involved)
  const free = linked.variables.filter((v) => involved.has(v.variable))
  const search = (i: number, values: ReadonlyMap<Variable, number>): boolean => {
    const next = free[i]
    const now = (v: Variable): number => values.get(v) ?? v.init
    if (next)
      return Array.from({ length: next.max - next.min + 1 }, (_, n) => next.min + n).some((n) =>
        search(i + 1, new Map(values).set(next.variable, n)),
      )
    if (evaluate(waiter.guard, now) !== 0 || evaluate(op.guard, now) === 0) return false
    const after = new Map(values)
    for (const a of op.assign) after.set(a.to, evaluate(a.value, now))
    return evaluate(waiter.guard, (v) => after.get(v) ?? v.init) !== 0
  }
  return search(0, new Map())
}

/** Runs a schedule; the states passed, and the flags of the last move. */
export function execute(
  linked: Linked,
  moves: readonly Move[],
): { states: Unpacked[]; last: ReturnType<typeof plainStep>['moves'][number] | undefined } {
  const states: Unpacked[] = [initialState(linked)]
  let last: ReturnType<typeof plainStep>['moves'][number] | undefined
  moves.forEach((m, i) => {
    const here = states.at(-1)
    if (!here || states.length !== i + 1) throw new Error(`nothing can come before move ${i}`)
    const fit = plainStep(linked, here).moves.filter(
      (x) => x.task === m.task && x.answer === m.answer,
    )
    if (fit.length !== 1) throw new Error(`move ${i} fits ${fit.length} times`)
    last = fit[0]
    if (last?.to) states.push(last.to)
  })
  return { states, last }
}

/** Fewest switches of any way of exactly `depth` moves that ends as `good` says, by trying all shortest ones. */
export function fewestSwitches(
  space: PlainSpace,
  start: string,
  depth: number,
  good: (state: PlainState, move: PlainState['moves'][number] | undefined) => boolean,
): number {
  let layer = new Map<string, Map<number, number>>([[start, new Map([[-1, 0]])]])
  let best = Number.POSITIVE_INFINITY
  for (let d = 0; d <= depth; d++) {
    const next = new Map<string, Map<number, number>>()
    for (const [key, lasts] of layer) {
      const s = space.states.get(key)
      if (!s || s.depth !== d) continue
      for (const [last, cost] of lasts) {
        if (d === depth && good(s, undefined)) best = Math.min(best, cost)
        for (const m of s.moves) {
          const then = cost + (last >= 0 && last !== m.task ? 1 : 0)
          if (d === depth - 1 && good(s, m)) best = Math.min(best, then)
          if (!m.to) continue
          const cell = next.get(plainKey(m.to)) ?? new Map<number, number>()
          cell.set(m.task, Math.min(then, cell.get(m.task) ?? then))
          next.set(plainKey(m.to), cell)
        }
      }
    }
    layer = next
  }
  return best
}
