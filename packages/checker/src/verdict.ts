/**
 * Verdicts: what a finished (or stopped) search says about each claim, and what it does not speak of. Nothing is said to
 * hold that was not looked at.
 */
import { CLAIMS, type ClaimId, type World } from '@mmulab/model'
import type { Automaton } from './automaton.ts'
import { COMPONENT_BYTES, componentsOf, finishedMasks } from './components.ts'
import { deadlock } from './deadlock.ts'
import { brokenGoals } from './goals.ts'
import { buildGraph, type Graph, graphBytes } from './graph.ts'
import { progress, type StateSpace } from './liveness.ts'
import { lockOrder } from './lock-order.ts'
import type { CheckResult, ClaimResult, MeasureResult, SometimesResult } from './result.ts'
import { createSchedules, type Schedules } from './schedule.ts'
import type { Search } from './search.ts'
import { createWaitGraph } from './wait-for.ts'
import { type Budget, complete, createBudget, ifThereIsMemory, unless, type Work } from './work.ts'

export interface JudgingOptions {
  /** Why the search did not go to its end, where the search itself does not know it. */
  readonly interrupted?: string | undefined
  /** Asked now and then; when it says yes, what asks about more than one state at a time is given up. */
  readonly shouldStop?: (() => boolean) | undefined
}

/** In one go. */
export const verdicts = (search: Search, interrupted?: string): CheckResult =>
  complete(judging(search, { interrupted }))

export function* judging(search: Search, options: JudgingOptions = {}): Work<CheckResult> {
  const { linked } = search
  const stopped = options.interrupted ?? search.stopped
  const isComplete = stopped === undefined
  const budget = createBudget(search.spare)
  const graphs = graphCache(search, budget, options)
  const schedules = createSchedules(search, graphs, budget)
  const open = isComplete ? boundReason(search) : `unfinished: ${stopped}`
  const live = new Map<ClaimId, ClaimResult>()
  if (isComplete) yield* liveness({ search, graphs, schedules, budget }, live, options)
  const claims: Partial<Record<ClaimId, ClaimResult>> = {}
  for (const claim of CLAIMS) {
    const broken =
      claim === 'lock-order'
        ? lockOrder(linked.lockOrder)
        : yield* safety(search, schedules, claim, isComplete)
    claims[claim] = judge(linked.world, claim, broken ?? live.get(claim), open, isComplete)
  }
  return resultOf(search, claims as Record<ClaimId, ClaimResult>, stopped)
}

function resultOf(
  search: Search,
  claims: Record<ClaimId, ClaimResult>,
  stopped: string | undefined,
): CheckResult {
  const { linked } = search
  const complete = stopped === undefined
  const sometimes = sometimesResults(search)
  withholdIfVacuous(claims, sometimes, complete)
  return {
    complete,
    states: search.states,
    transitions: search.transitions,
    depth: search.depth,
    words: search.layout.words,
    bytesPerState: search.bytes / search.states,
    claims,
    sometimes,
    measures: measureResults(search),
    neverReached: neverReached(search, linked.automata),
    notCovered: notCovered(search, stopped, sometimes),
  }
}

/**
 * A world in which what the scenario is about never happens keeps every promise; that says nothing. Where something is
 * broken all the same, that much did happen, and the rest stands.
 */
function withholdIfVacuous(
  claims: Record<ClaimId, ClaimResult>,
  sometimes: readonly SometimesResult[],
  complete: boolean,
): void {
  const never = sometimes.filter((s) => !s.reached).map((s) => s.name)
  const broken = Object.values(claims).some((c) => c.verdict === 'violated')
  if (!complete || broken || never.length === 0) return
  const message = `nothing was shown: it never happens that ${never.join(', or that ')}`
  for (const claim of CLAIMS)
    if (claims[claim].verdict === 'holds') claims[claim] = { verdict: 'unfinished', message }
}

function judge(
  world: World,
  claim: ClaimId,
  broken: ClaimResult | undefined,
  open: string | undefined,
  complete: boolean,
): ClaimResult {
  const reason = world.notClaimed[claim]
  // Whoever builds a world may give up any promise but the model's own: that its bounds were large enough.
  if (reason !== undefined && claim !== 'bound') return { verdict: 'not-claimed', message: reason }
  if (broken) return broken
  // Lock order is judged from the automata alone. They are made for the domains of the variables, but not for any limit.
  const covered = open === undefined || (claim === 'lock-order' && !complete)
  return covered ? { verdict: 'holds' } : { verdict: 'unfinished', message: open }
}

function* safety(
  search: Search,
  schedules: Schedules,
  claim: ClaimId,
  complete: boolean,
): Work<ClaimResult | undefined> {
  const finding = search.findings.get(claim)
  const way = finding && (yield* schedules.best(finding.targets, finding.depth))
  if (!way) return undefined
  return {
    verdict: 'violated',
    message: way.target.message,
    schedule: { claim, moves: way.moves, prefix: way.moves.length },
    steps: way.moves.length,
    switches: way.switches,
    // What is as deep as the search itself may have company that was not looked at any more.
    fewestSwitches:
      way.fewestSwitches && !finding.more && (complete || finding.depth < search.depth),
  }
}

interface Means {
  readonly search: Search
  readonly graphs: (states: number) => Work<Graph | undefined>
  readonly schedules: Schedules
  readonly budget: Budget
}

/** Progress, deadlock and goals into `out`, as far as memory and patience go. */
function* liveness(
  means: Means,
  out: Map<ClaimId, ClaimResult>,
  { shouldStop = () => false }: JudgingOptions,
): Work<void> {
  const { automata, world, goals } = means.search.linked
  const wanted = (['progress', 'deadlock'] as const).filter((c) => !(c in world.notClaimed))
  if (wanted.length === 0 && goals.length === 0) return
  const made = yield* unless(shouldStop, stateSpace(means, automata))
  const space = typeof made === 'object' ? made : undefined
  const unknown = made === NO_ROOM ? NO_ROOM : INTERRUPTED
  for (const claim of wanted) {
    const judge = claim === 'progress' ? progress : deadlock
    const found = space ? yield* unless(shouldStop, orHolds(judge(space))) : unknown
    if (found === 'holds') continue
    out.set(claim, typeof found === 'object' ? found : unfinished(found ?? INTERRUPTED))
  }
  const broken = space ? yield* unless(shouldStop, brokenGoals(space)) : undefined
  for (const { claim } of goals) {
    const result = broken ? broken.get(claim) : unfinished(unknown)
    if (result && !out.has(claim)) out.set(claim, result)
  }
}

const NO_ROOM = 'memory is exhausted by the edges of the states'
const INTERRUPTED = 'unfinished: interrupted'

const unfinished = (message: string): ClaimResult => ({ verdict: 'unfinished', message })

function* orHolds(work: Work<ClaimResult | undefined>): Work<ClaimResult | 'holds'> {
  return (yield* work) ?? 'holds'
}

function* stateSpace(
  { search, graphs, schedules, budget }: Means,
  automata: readonly Automaton[],
): Work<StateSpace | typeof NO_ROOM> {
  const graph = yield* graphs(search.states)
  if (!graph || !budget.take(search.states * LIVENESS_BYTES)) return NO_ROOM
  const mask = finishedMasks(automata, search.layout)
  const components = yield* ifThereIsMemory(
    componentsOf(graph, automata.length, (state) => mask(search.packed, state)),
  )
  if (!components) return NO_ROOM
  const asked = automata.reduce((bits, a, i) => (a.daemon ? bits : bits | (1 << i)), 0)
  const waits = createWaitGraph(search)
  return { search, graph, components, schedules, waits, asked }
}

/** Per state: the components, and what walks through them for a story. */
const LIVENESS_BYTES = COMPONENT_BYTES + 12

/** The graph of at least as many states as asked for, made once; undefined when there is no memory for it. */
function graphCache(
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

function boundReason(search: Search): string | undefined {
  const names = [...search.exceeded].map((v) => v.name)
  if (names.length === 0) return undefined
  const what = names.length === 1 ? `the bound of ${names[0]}` : `the bounds of ${names.join(', ')}`
  return `unfinished: ${what} was exceeded, and what comes after that was not explored`
}

function sometimesResults(search: Search): SometimesResult[] {
  return search.linked.sometimes.map((s, i) => ({
    name: s.name,
    reached: 'mark' in s.when ? search.marks.has(s.when.mark) : search.sometimes.has(i),
  }))
}

function measureResults(search: Search): MeasureResult[] {
  return search.linked.measures.map((m, i) => {
    const seen = search.measured(i)
    return { name: m.name, claim: m.claim, min: seen?.min, max: seen?.max, of: m.of }
  })
}

/**
 * Several nodes can come from one op (the same code with another future); it counts as reached when any of them was.
 */
function neverReached(search: Search, automata: readonly Automaton[]): string[] {
  const reached = new Map<string, boolean>()
  automata.forEach((a, task) => {
    a.nodes.forEach((n, i) => {
      if (n.kind === 'end') return
      const text = `${a.name}: ${[...n.stack, n.label].join(' > ')}`
      reached.set(text, (reached.get(text) ?? false) || search.wasReached(task, i))
    })
  })
  return [...reached].flatMap(([text, was]) => (was ? [] : [text]))
}

function notCovered(
  search: Search,
  stopped: string | undefined,
  sometimes: readonly SometimesResult[],
): string[] {
  const out: string[] = []
  if (stopped !== undefined)
    out.push(
      `the search was stopped (${stopped}): ${search.expanded} of at least ${search.states} states were expanded`,
    )
  for (const v of search.exceeded)
    out.push(`states in which ${v.name} is outside of its domain [${v.min}, ${v.max}]`)
  for (const s of sometimes) if (!s.reached) out.push(`never happens: ${s.name}`)
  return out
}
