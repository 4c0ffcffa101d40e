/**
 * What asks about more than one state at a time: progress in its two strengths, deadlock, and what a world wants to stay possible. It
 * needs the edges of all states, so it ends where there is no memory for them, or no patience.
 */
import type { ClaimId } from '@mmulab/model'
import type { Automaton } from './automaton.ts'
import { wordsOf } from './causes.ts'
import { COMPONENT_BYTES, componentsOf, finishedMasks } from './components.ts'
import { deadlock, everyDeadlock } from './deadlock.ts'
import type { FairRules } from './fair-regions.ts'
import { fairProgress } from './fairness.ts'
import { FOLLOWED_BYTES, followed } from './followed.ts'
import { brokenGoals } from './goals.ts'
import { buildGraph, type Graph, graphBytes } from './graph.ts'
import { everyLackOfProgress, progress, type StateSpace } from './liveness.ts'
import type { ClaimResult, FairResult } from './result.ts'
import type { Schedules } from './schedule.ts'
import type { Search } from './search.ts'
import { createWaitGraph } from './wait-for.ts'
import { type Budget, ifThereIsMemory, unless, type Work } from './work.ts'

export interface JudgingOptions {
  /** Why the search did not go to its end, where the search itself does not know it. */
  readonly interrupted?: string | undefined
  /** Asked now and then; when it says yes, what asks about more than one state at a time is given up. */
  readonly shouldStop?: (() => boolean) | undefined
  /** Whether every cause is wanted, and not only the nearest. */
  readonly all?: boolean | undefined
  /** Whether it is wanted which ops were ever possible together. */
  readonly pairs?: boolean | undefined
  /** What fairness rests on; only tests that break it pass any. */
  readonly fairRules?: FairRules | undefined
}

/** What is broken, or not known; claims that are not here hold. `fair` is undefined where progress is not claimed. */
export interface Futures {
  readonly claims: ReadonlyMap<ClaimId, ClaimResult>
  readonly fair: FairResult | undefined
}

export interface Means {
  readonly search: Search
  readonly graphs: (states: number) => Work<Graph | undefined>
  readonly schedules: Schedules
  readonly budget: Budget
}

export function* judgeFutures(
  means: Means,
  { shouldStop = () => false, fairRules, all = false }: JudgingOptions,
): Work<Futures> {
  const { automata, world, goals } = means.search.linked
  const claims = new Map<ClaimId, ClaimResult>()
  const wanted = (['progress', 'deadlock'] as const).filter((c) => !(c in world.notClaimed))
  if (wanted.length === 0 && goals.length === 0) return { claims, fair: undefined }
  const made = yield* unless(shouldStop, stateSpace(means, automata))
  const space = typeof made === 'object' ? made : undefined
  const unknown = made === NO_ROOM ? NO_ROOM : INTERRUPTED
  for (const claim of wanted) {
    const judge = claim === 'progress' ? progress : deadlock
    const found = space ? yield* unless(shouldStop, orHolds(judge(space))) : unknown
    if (found === 'holds') continue
    if (typeof found !== 'object') {
      claims.set(claim, unfinished(found ?? INTERRUPTED))
      continue
    }
    const every = claim === 'progress' ? everyLackOfProgress : everyDeadlock
    const others = all && space ? yield* unless(shouldStop, every(space)) : undefined
    claims.set(claim, others ? withOthers(found, others) : found)
  }
  const broken = space ? yield* unless(shouldStop, brokenGoals(space)) : undefined
  for (const { claim } of goals) {
    const result = broken ? broken.get(claim) : unfinished(unknown)
    if (result && !claims.has(claim)) claims.set(claim, result)
  }
  if (!wanted.includes('progress')) return { claims, fair: undefined }
  if (!space) return { claims, fair: unfinished(unknown) }
  const { budget } = means
  const fair = yield* unless(shouldStop, orNoRoom(fairProgress(space, budget, fairRules)))
  return { claims, fair: typeof fair === 'object' ? fair : unfinished(fair ?? INTERRUPTED) }
}

/** Those that say something else, nearest first. */
const withOthers = (c: ClaimResult, every: readonly ClaimResult[]): ClaimResult => ({
  ...c,
  others: every
    .filter((o) => wordsOf(o.message ?? '') !== wordsOf(c.message ?? ''))
    .sort((a, b) => (a.steps ?? 0) - (b.steps ?? 0)),
})

const NO_ROOM = 'memory is exhausted by the edges of the states'
export const INTERRUPTED = 'unfinished: interrupted'

const unfinished = (message: string): ClaimResult => ({ verdict: 'unfinished', message })

function* orNoRoom(work: Work<FairResult | undefined>): Work<FairResult | typeof NO_ROOM> {
  return (yield* ifThereIsMemory(work)) ?? NO_ROOM
}

function* orHolds(work: Work<ClaimResult | undefined>): Work<ClaimResult | 'holds'> {
  return (yield* work) ?? 'holds'
}

function* stateSpace(
  { search, graphs, schedules, budget }: Means,
  automata: readonly Automaton[],
): Work<StateSpace | typeof NO_ROOM> {
  const graph = yield* graphs(search.states)
  if (!graph || !budget.take(search.states * livenessBytes(search))) return NO_ROOM
  const mask = finishedMasks(automata, search.layout)
  const finished = (s: number): number => mask(search.statesWith(s), search.placeOf(s))
  const components = yield* ifThereIsMemory(componentsOf(graph, automata.length, finished))
  if (!components) return NO_ROOM
  const { symmetry } = search
  const tasks = symmetry?.follows
    ? yield* ifThereIsMemory(followed(symmetry, graph, components, automata.length, finished))
    : components
  if (!tasks) return NO_ROOM
  const asked = automata.reduce((bits, a, i) => (a.daemon ? bits : bits | (1 << i)), 0)
  const waits = createWaitGraph(search)
  return { search, graph, components: tasks, loops: components, schedules, waits, asked }
}

/** Per state: the components, and what walks through them for a story. */
const livenessBytes = ({ symmetry }: Search): number =>
  COMPONENT_BYTES + 12 + (symmetry ? FOLLOWED_BYTES : 0)

/** The graph of at least as many states as asked for, made once; undefined when there is no memory for it. */
export function graphCache(
  search: Search,
  budget: Budget,
  { shouldStop = () => false }: JudgingOptions,
): (states: number) => Work<Graph | undefined> {
  let made: Graph | undefined
  return function* graphOf(states) {
    if (made && made.states >= states) return made
    // Liveness will ask for all of them: one graph is cheaper than two.
    const isWhole = search.stopped === undefined && search.expanded === search.states
    const all = isWhole && !shouldStop()
    const wanted = all ? search.states : states
    if (!budget.take(graphBytes(search, wanted))) return undefined
    made = yield* ifThereIsMemory(buildGraph(search, wanted))
    return made
  }
}
