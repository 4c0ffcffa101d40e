/**
 * Strong fairness by the most naive means: for every set of tasks and of choices, is there a strongly connected set of states in which
 * nobody else could do anything, everybody of the set does something, and every alternative of those choices is taken?
 */
import type { Linked } from '../src/automaton.ts'
import { type PlainSpace, type PlainState, plainKey } from '../src/plain.ts'
import { canFinish } from './judge.ts'

export type FairTo = 'tasks' | 'choices'

/** Tasks that could do something in a state, with or without coming to another one. */
export const enabledIn = (s: PlainState): Set<number> =>
  new Set([...s.moves.map((m) => m.task), ...s.exceeded.map((x) => x.task)])

/** `task.node` of the choices at which tasks stand. */
export const choicesIn = (linked: Linked, s: PlainState): string[] =>
  linked.automata.flatMap((a, t) => {
    const pc = s.state.pcs[t] ?? 0
    const node = a.nodes[pc]
    return node?.kind === 'choose' && node.edges.length > 1 ? [`${t}.${pc}`] : []
  })

/** Whether these states and what happens between them are fair as a whole. */
function isFair(linked: Linked, states: readonly PlainState[], to: FairTo): boolean {
  const keys = new Set(states.map((s) => s.key))
  const done = new Set<string>()
  for (const s of states)
    for (const m of s.moves)
      if (m.to && keys.has(plainKey(m.to)))
        done.add(`${m.task}`).add(`${m.task}.${s.state.pcs[m.task]}=${m.answer}`)
  if (done.size === 0) return false
  if (states.some((s) => [...enabledIn(s)].some((t) => !done.has(`${t}`)))) return false
  return (
    to === 'tasks' ||
    states.every((s) =>
      choicesIn(linked, s).every((c) => {
        const [t, pc] = c.split('.').map(Number)
        const node = linked.automata[t ?? 0]?.nodes[pc ?? 0]
        return node?.edges.every((e) => done.has(`${c}=${e.answer}`))
      }),
    )
  )
}

/** How many sets of tasks and choices there are to try, as a power of two. */
export const effort = (linked: Linked): number =>
  linked.automata.length +
  linked.automata.flatMap((a) => a.nodes).filter((n) => n.kind === 'choose' && n.edges.length > 1)
    .length

/** States that are passed again and again on some fair run on which a task that could finish does not. */
export function starvingStates(linked: Linked, space: PlainSpace, to: FairTo): Set<string> {
  const all = [...space.states.values()]
  const finish = canFinish(linked, space)
  const starves = (s: PlainState): boolean =>
    linked.automata.some(
      (a, t) =>
        !a.daemon && a.nodes[s.state.pcs[t] ?? 0]?.kind !== 'end' && !!finish[t]?.has(s.key),
    )
  const names = [
    ...linked.automata.map((_, t) => `${t}`),
    ...(to === 'choices' ? new Set(all.flatMap((s) => choicesIn(linked, s))) : []),
  ]
  const found = new Set<string>()
  for (let bits = 1; bits < 2 ** names.length; bits++) {
    const has = new Set(names.filter((_, i) => (bits >> i) & 1))
    const within = all.filter(
      (s) =>
        [...enabledIn(s)].every((t) => has.has(`${t}`)) &&
        (to === 'tasks' || choicesIn(linked, s).every((c) => has.has(c))),
    )
    for (const set of stronglyConnected(within))
      if (isFair(linked, set, to)) for (const s of set) if (starves(s)) found.add(s.key)
  }
  return found
}

/** By pivots: what a state reaches and what reaches it. */
function stronglyConnected(states: readonly PlainState[]): PlainState[][] {
  const byKey = new Map(states.map((s) => [s.key, s]))
  const into = new Map<string, string[]>()
  const out = new Map<string, string[]>()
  for (const s of states)
    for (const m of s.moves) {
      const key = m.to && plainKey(m.to)
      if (key === undefined || !byKey.has(key)) continue
      out.set(s.key, [...(out.get(s.key) ?? []), key])
      into.set(key, [...(into.get(key) ?? []), s.key])
    }
  const reached = (from: string, edges: ReadonlyMap<string, string[]>): Set<string> => {
    const seen = new Set([from])
    for (const k of seen) for (const next of edges.get(k) ?? []) seen.add(next)
    return seen
  }
  const left = new Set(byKey.keys())
  const sets: PlainState[][] = []
  for (const pivot of left) {
    const back = reached(pivot, into)
    const set = [...reached(pivot, out)].filter((k) => back.has(k))
    for (const k of set) left.delete(k)
    sets.push(set.flatMap((k) => byKey.get(k) ?? []))
  }
  return sets
}

/** What is owed once a state has been passed. */
function owedIn(linked: Linked, s: PlainState, to: FairTo): string[] {
  const tasks = [...enabledIn(s)].map((t) => `${t}`)
  if (to === 'tasks') return tasks
  const ways = choicesIn(linked, s).flatMap((c) => {
    const [t, pc] = c.split('.').map(Number)
    return linked.automata[t ?? 0]?.nodes[pc ?? 0]?.edges.map((e) => `${c}=${e.answer}`) ?? []
  })
  return [...tasks, ...ways]
}

/**
 * Steps of the shortest fair way round through a state on which at most so many tasks move, if it has fewer than `bound`: every way
 * there is, one by one, but for those that come to the same with the same owed and done.
 */
export function shortestFairLoop(
  linked: Linked,
  space: PlainSpace,
  start: string,
  to: FairTo,
  movers: number,
  bound: number,
): number | undefined {
  const first = space.states.get(start) as PlainState
  const seen = new Set<string>()
  let ways = [{ s: first, owed: new Set(owedIn(linked, first, to)), done: new Set<string>() }]
  for (let steps = 1; steps < bound; steps++) {
    const next: typeof ways = []
    for (const { s, owed, done } of ways)
      for (const m of s.moves) {
        const state = m.to && space.states.get(plainKey(m.to))
        if (!state) continue
        const did = new Set(done)
          .add(`${m.task}`)
          .add(`${m.task}.${s.state.pcs[m.task]}=${m.answer}`)
        if ([...did].filter((d) => !d.includes('.')).length > movers) continue
        const owes = new Set([...owed, ...owedIn(linked, state, to)])
        if (state.key === start && [...owes].every((o) => did.has(o))) return steps
        const key = [state.key, [...owes].sort().join(), [...did].sort().join()].join(' ')
        if (seen.has(key)) continue
        seen.add(key)
        next.push({ s: state, owed: owes, done: did })
      }
    ways = next
  }
  return undefined
}
