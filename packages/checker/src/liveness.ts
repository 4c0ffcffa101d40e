/**
 * Progress: from every reachable state each task (daemons aside) can still finish. No fairness is assumed and none is needed:
 * the promise is not that a task will finish under every scheduler, but that it never becomes impossible.
 */
import type { Node } from './automaton.ts'
import { wordsOf } from './causes.ts'
import type { Components } from './components.ts'
import { continuation } from './continuation.ts'
import type { Target } from './findings.ts'
import type { Graph } from './graph.ts'
import { sourceOf } from './graph.ts'
import { at } from './layout.ts'
import type { ClaimResult, Move, WaitFor } from './result.ts'
import { moveOf, nthEdge, type Schedules, type Shortest } from './schedule.ts'
import type { Search } from './search.ts'
import { tasksOf, type WaitGraph } from './wait-for.ts'
import { BREATH, type Work } from './work.ts'

/** What is known about all states of a search that is complete. */
export interface StateSpace {
  readonly search: Search
  readonly graph: Graph
  /** What each task can still do. */
  readonly components: Components
  /** The strongly connected components of the graph; the same, unless states stand for several (`followed.ts`). */
  readonly loops: Components
  readonly schedules: Schedules
  readonly waits: WaitGraph
  /** Tasks, as bits, that are meant to finish. */
  readonly asked: number
}

/** The first states, breadth-first, for which something holds: all of them at the least depth. */
export function* firstStates(
  search: Search,
  what: string,
  holds: (state: number) => boolean,
): Work<{ depth: number; states: number[] } | undefined> {
  let breath = BREATH
  for (let depth = 0; depth < search.levels.length; depth++) {
    const found: number[] = []
    const end = search.levels[depth + 1] ?? search.states
    for (let s = at(search.levels, depth); s < end; ) {
      for (const until = Math.min(end, breath); s < until; s++)
        if (holds(s) && !search.isBetween(s)) found.push(s)
      if (s < breath) continue
      breath += BREATH
      yield { what, done: s, of: search.states }
    }
    if (found.length > 0) return { depth, states: found }
  }
  return undefined
}

const MESSAGE = 'a task can never finish'

/** The verdict on progress, or undefined when it holds. */
export function* progress(space: StateSpace): Work<ClaimResult | undefined> {
  const { search, components, asked, schedules } = space
  const { of, finish } = components
  const lost = (s: number): number => asked & ~(finish[of[s] as number] as number)
  const first = yield* firstStates(search, 'progress', (s) => lost(s) !== 0)
  if (!first) return undefined
  const candidates: { task: number; shortest: Shortest }[] = []
  for (const task of tasksOf(asked)) {
    const states = first.states.filter((s) => (lost(s) & (1 << task)) !== 0)
    const targets = states.map((state): Target => ({ state, move: undefined, message: MESSAGE }))
    const shortest = yield* schedules.best(targets, first.depth)
    if (shortest) candidates.push({ task, shortest })
  }
  const chosen = candidates.sort((a, b) => a.shortest.switches - b.shortest.switches)[0]
  return chosen && story(space, chosen.task, chosen.shortest)
}

/** Every task that can come to where it can never finish, each by a shortest way; one of those that say the same. */
export function* everyLackOfProgress(space: StateSpace): Work<ClaimResult[]> {
  const { search, components, asked, schedules } = space
  const { of, finish } = components
  const found = new Map<string, ClaimResult>()
  for (const task of tasksOf(asked)) {
    const isLost = (s: number): boolean => ((finish[of[s] as number] as number) & (1 << task)) === 0
    const first = yield* firstStates(search, 'causes', isLost)
    const targets = (first?.states ?? []).map(
      (state): Target => ({ state, move: undefined, message: MESSAGE }),
    )
    const shortest = first && (yield* schedules.best(targets, first.depth))
    if (!shortest) continue
    const result = story(space, task, shortest)
    const words = wordsOf(result.message ?? '')
    if (!found.has(words)) found.set(words, result)
  }
  return [...found.values()]
}

function story(space: StateSpace, stuck: number, way: Shortest): ClaimResult {
  const { search, graph, components, asked } = space
  const rest = continuation(graph, components, way.target.state, stuck, asked)
  const moves: Move[] = rest.path.map((edge) => {
    const source = sourceOf(graph, edge)
    return moveOf(search, source, nthEdge(search, source, edge - at(graph.first, source)))
  })
  const prefix = way.moves.length
  const blocked = rest.loop === undefined
  const waitFor = blocked ? chain(space, rest.last, stuck) : undefined
  return {
    verdict: 'violated',
    message: blocked
      ? waitingMessage(space, rest.last, stuck)
      : `${nameOf(search, stuck)} can never finish: it retries for ever`,
    schedule: {
      claim: 'progress',
      moves: [...way.moves, ...moves],
      prefix,
      // At the least depth the state before could still go either way.
      ...(prefix > 0 && { pointOfNoReturn: prefix - 1 }),
      ...(rest.loop !== undefined && { loop: prefix + rest.loop }),
      stuck,
    },
    steps: prefix,
    switches: way.switches,
    fewestSwitches: way.fewestSwitches,
    ...(waitFor && { waitFor }),
  }
}

export const nameOf = (search: Search, task: number): string =>
  at(search.linked.automata, task).name

function waitingMessage(space: StateSpace, state: number, stuck: number): string {
  const { search, waits } = space
  const name = nameOf(search, stuck)
  const waiting = waits.waiting(state, stuck)
  const holders = waiting.held ? tasksOf(waiting.waitsFor) : []
  if (holders.length === 0) return `${name} can never finish: it waits for ever for ${waiting.on}`
  const gone = holders.filter((h) => nodeOf(search, state, h).kind === 'end')
  const who = (list: readonly number[]): string => list.map((h) => nameOf(search, h)).join(' and ')
  const why =
    gone.length > 0
      ? `which ${who(gone)} took and never released`
      : holders.includes(stuck)
        ? 'which it holds itself'
        : `which ${who(holders)} ${holders.length > 1 ? 'hold' : 'holds'}`
  return `${name} can never finish: it waits for ${waiting.on}, ${why}`
}

/** The stuck task and, one after another, the blocked ones that it waits for. */
function chain(space: StateSpace, state: number, stuck: number): WaitFor[] {
  const blocked = at(space.components.blocked, at(space.components.of, state))
  const list = [stuck]
  for (const task of list)
    for (const next of tasksOf(space.waits.waiting(state, task).waitsFor & blocked))
      if (!list.includes(next)) list.push(next)
  return list.map((task) => waitForOf(space, state, task))
}

export const nodeOf = (search: Search, state: number, task: number): Node =>
  at(at(search.linked.automata, task).nodes, search.nodeAt(state, task))

export function waitForOf(space: StateSpace, state: number, task: number): WaitFor {
  const { search, waits } = space
  const node = nodeOf(search, state, task)
  const { on, waitsFor } = waits.waiting(state, task)
  return {
    task: nameOf(search, task),
    at: [...node.stack, node.label].join(' > '),
    on,
    waitsFor: tasksOf(waitsFor).map((t) => nameOf(search, t)),
  }
}
