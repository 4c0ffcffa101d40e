/**
 * Critical sections of a lock that nobody needs to see the inside of: whoever has taken the lock goes on alone until it has
 * given it back, and nobody else finds the lock taken. So who takes it first matters no more than what is done under it.
 *
 * What a section must be for that is asked here, of the automata; why it is enough is in docs/adr/007.
 */
import { type Expr, type Variable, variablesOf } from '@mmulab/model'
import type { Automaton, Linked, Node } from './automaton.ts'
import type { Footprint } from './dependence.ts'
import { at } from './layout.ts'
import type { Relation } from './relation.ts'

/** What is asked of a section. Tests leave things out on purpose; nobody else passes any. */
export interface CriticalRules {
  /** Whether there are any. */
  readonly on: boolean
  /** Nobody else reads or writes the lock. */
  readonly discipline: boolean
  /** Nothing in it waits, stops the kernel, goes round or ends the task. */
  readonly ends: boolean
  /** At most one of its ops on each way through it concerns anybody outside of sections of the lock. */
  readonly oneMover: boolean
  /** Nothing in it says for whom somebody waits. */
  readonly misled: boolean
  /** No claim looks at what is written after that op. */
  readonly looks: boolean
  /** No claim looks at sections of two locks. */
  readonly oneLock: boolean
}

export const CRITICAL_RULES: CriticalRules = {
  on: true,
  discipline: true,
  ends: true,
  oneMover: true,
  misled: true,
  looks: true,
  oneLock: true,
}

/** What a lock is to a node: nothing, or it is taken or given back there; `held` where it is held when the op is run. */
export interface LockUse {
  readonly lock: Variable
  /** Per task and node. */
  readonly held: readonly (readonly boolean[])[]
  readonly takes: readonly (readonly boolean[])[]
  /** What can be run while somebody else holds the lock. */
  readonly outside: readonly (readonly boolean[])[]
}

export interface Critical {
  /** Per task and node, whether the task is in such a section there. */
  readonly inside: readonly (readonly boolean[])[]
  /** Per task and node, the nodes that are run there before anybody else has a turn, itself first. */
  readonly run: readonly (readonly (readonly number[])[])[]
  /** Per task and node of such a section, its lock, which nobody else ever finds taken by it. */
  readonly lockAt: readonly (readonly (Variable | undefined)[])[]
}

type Status = 'free' | 'held'

/** Locks that are only ever waited for, taken and given back by whoever holds them, and that no claim speaks of. */
export function lockUses(
  { automata, variables }: Linked,
  prints: readonly (readonly Footprint[])[],
  looks: ReadonlySet<Variable>,
  rules: CriticalRules,
): LockUse[] {
  return variables.flatMap(({ variable: lock }) => {
    if (lock.init !== 0 || looks.has(lock) || !rules.on) return []
    const held: boolean[][] = []
    const takes: boolean[][] = []
    const outside: boolean[][] = []
    let any = false
    for (const [t, a] of automata.entries()) {
      const kinds = a.nodes.map((n, i) => useOf(n, prints[t]?.[i], lock, t))
      any ||= kinds.includes('take')
      if (rules.discipline && kinds.includes('other')) return []
      const status = statusOf(a, kinds)
      if (!status) return []
      held.push(status.map((s) => s === 'held'))
      takes.push(kinds.map((k) => k === 'take'))
      outside.push(kinds.map((k, i) => k !== 'take' && status[i] === 'free'))
    }
    return any ? [{ lock, held, takes, outside }] : []
  })
}

type Use = 'none' | 'take' | 'drop' | 'other'

function useOf(n: Node, print: Footprint | undefined, lock: Variable, task: number): Use {
  const touches = print?.reads.has(lock) || print?.writes.has(lock)
  if (!touches) return 'none'
  const isNumber = (e: Expr, x: number): boolean => e.k === 'num' && e.n === x
  const { guard: g } = n
  const isFree =
    g.k === 'bin' && g.op === 'eq' && g.a.k === 'var' && g.a.v === lock && isNumber(g.b, 0)
  const [own, ...more] = n.assign.filter((a) => a.to === lock)
  const speaksOf = (e: Expr): boolean => variablesOf(e).has(lock)
  const elsewhere =
    n.kind !== 'step' ||
    speaksOf(n.answer) ||
    n.assign.some((a) => a.to !== lock && speaksOf(a.value)) ||
    more.length > 0
  if (elsewhere || !own) return 'other'
  if (isFree && isNumber(own.value, task + 1)) return 'take'
  const isDrop = isNumber(own.value, 0) && !speaksOf(g) && !print?.holder.has(lock)
  return isDrop ? 'drop' : 'other'
}

/** Whether the lock is held before each node; undefined where that is not known, or it is used in another way. */
function statusOf(
  { nodes, start }: Automaton,
  uses: readonly Use[],
): (Status | undefined)[] | undefined {
  const status: Status[] = []
  status[start] = 'free'
  const queue = [start]
  for (const i of queue) {
    const [here, use] = [status[i], uses[i]]
    if ((use === 'take' && here === 'held') || (use === 'drop' && here === 'free')) return undefined
    const next = use === 'take' ? 'held' : use === 'drop' ? 'free' : (here as Status)
    for (const { to } of nodes[i]?.edges ?? []) {
      if (to < 0) continue
      if (status[to] === undefined) {
        status[to] = next
        queue.push(to)
      } else if (status[to] !== next) return undefined
    }
  }
  return nodes.map((_, i) => status[i])
}

/** What is known of the ops of a world. */
export interface Ops {
  readonly linked: Linked
  /** Of the ops as they are. */
  readonly relation: Relation
  /** Whether an op neither stops the kernel nor leaves a domain. */
  goesOn(task: number, node: number): boolean
  /** Which claims, goals, measures and `sometimes`, by number, may be undone by a node. */
  looks(task: number, node: number): readonly number[]
}

export function criticalSections(
  { linked, relation, goesOn, looks }: Ops,
  uses: readonly LockUse[],
  rules: CriticalRules,
): Critical {
  const { automata } = linked
  const good = uses.flatMap((use) =>
    automata.flatMap(({ nodes }, task) => {
      const held = at(use.held, task)
      const takes = at(use.takes, task)
      const apart = outsideOf(use, task, relation)
      const isGood = (part: readonly number[]): boolean => {
        const order = orderOf(nodes, part, held)
        const isClosed = (i: number): boolean =>
          goesOn(task, i) && !isOpen(at(nodes, i), at(held, i))
        if (rules.ends && !(order && part.every(isClosed))) return false
        return isAtomic(order ?? part)
      }
      const isAtomic = (order: readonly number[]): boolean => {
        const passed = new Set<number>()
        return order.every((i) => {
          const kind = at(at(relation.kinds, task), i)
          if (rules.misled && apart.some((m) => relation.misled(kind, m))) return false
          const isMover = apart.some((m) => !areApart(relation, kind, m))
          const isAfter = passed.has(i)
          if (isMover || isAfter)
            for (const { to } of at(nodes, i).edges) if (held[to]) passed.add(to)
          if (!isAfter) return true
          return !(rules.oneMover && isMover) && !(rules.looks && looks(task, i).length > 0)
        })
      }
      return partsOf(nodes, held, takes)
        .filter(isGood)
        .map((part) => ({ lock: use.lock, task, part, held }))
    }),
  )
  const locks = new Map<number, Set<Variable>>()
  const looksAt = ({ task, part }: (typeof good)[number]): number[] =>
    part.flatMap((i) => looks(task, i))
  for (const s of good)
    for (const c of looksAt(s)) locks.set(c, (locks.get(c) ?? new Set()).add(s.lock))
  const isAlone = (c: number): boolean => !rules.oneLock || locks.get(c)?.size === 1
  const inside = automata.map((a) => a.nodes.map(() => false))
  const run = automata.map((a) => a.nodes.map((_, i) => [i]))
  const lockAt = automata.map((a): (Variable | undefined)[] => a.nodes.map(() => undefined))
  for (const s of good) {
    if (!looksAt(s).every(isAlone)) continue
    for (const i of s.part) {
      at(lockAt, s.task)[i] = s.lock
      if (s.held[i]) at(inside, s.task)[i] = true
      else at(run, s.task)[i] = reachable(at(automata, s.task).nodes, i, s.held)
    }
  }
  return { inside, run, lockAt }
}

/** Whether two ops go in either order, wherever one of them can be run. */
const areApart = ({ conflict, enabled }: Relation, b: number, m: number): boolean =>
  !conflict(b, m) && !conflict(m, b) && !enabled(b, m) && !enabled(m, b)

/** Kinds of the ops that others can run while a task holds the lock. */
const outsideOf = ({ outside }: LockUse, task: number, { kinds }: Relation): number[] => [
  ...new Set(
    kinds.flatMap((list, u) =>
      u === task ? [] : Array.from(list).filter((_, m) => outside[u]?.[m]),
    ),
  ),
]

/** Whether a task may wait there in a section, or end in it. */
const isOpen = (n: Node, isHeld: boolean): boolean =>
  n.kind === 'end' || (isHeld && !(n.guard.k === 'num' && n.guard.n !== 0))

/** The nodes that belong together: sections that share a node are one. */
function partsOf(
  nodes: readonly Node[],
  held: readonly boolean[],
  takes: readonly boolean[],
): number[][] {
  const beside: number[][] = nodes.map(() => [])
  nodes.forEach((n, i) => {
    if (!held[i] && !takes[i]) return
    for (const { to } of n.edges)
      if (held[to]) {
        at(beside, i).push(to)
        at(beside, to).push(i)
      }
  })
  const seen = new Set<number>()
  return nodes.flatMap((_, i) => {
    if (!takes[i] || seen.has(i)) return []
    const part = [i]
    seen.add(i)
    for (const k of part)
      for (const next of at(beside, k))
        if (!seen.has(next)) {
          seen.add(next)
          part.push(next)
        }
    return [part]
  })
}

/** A part in an order in which each node comes after those that lead to it; undefined where it goes round. */
function orderOf(
  nodes: readonly Node[],
  part: readonly number[],
  held: readonly boolean[],
): number[] | undefined {
  const before = new Map(part.map((i) => [i, 0]))
  const nexts = (i: number): number[] =>
    at(nodes, i).edges.flatMap(({ to }) => (held[to] ? [to] : []))
  for (const i of part) for (const to of nexts(i)) before.set(to, (before.get(to) ?? 0) + 1)
  const order = part.filter((i) => before.get(i) === 0)
  for (const i of order)
    for (const to of nexts(i)) {
      const left = (before.get(to) ?? 0) - 1
      before.set(to, left)
      if (left === 0) order.push(to)
    }
  return order.length === part.length ? order : undefined
}

/** What is run from a node on until the lock is given back. */
function reachable(nodes: readonly Node[], start: number, held: readonly boolean[]): number[] {
  const found = [start]
  for (const i of found)
    for (const { to } of at(nodes, i).edges) if (held[to] && !found.includes(to)) found.push(to)
  return found
}
