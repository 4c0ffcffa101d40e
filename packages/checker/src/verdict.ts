/**
 * Verdicts: what a finished (or stopped) search says about each claim, and what it does not speak of. Nothing is said to
 * hold that was not looked at.
 */
import { CLAIMS, type ClaimId, type World } from '@mmulab/model'
import type { Automaton } from './automaton.ts'
import { componentsOf, finishedMasks } from './components.ts'
import { deadlock } from './deadlock.ts'
import { brokenGoals } from './goals.ts'
import { buildGraph, type Graph } from './graph.ts'
import { progress, type StateSpace } from './liveness.ts'
import { lockOrder } from './lock-order.ts'
import type { CheckResult, ClaimResult, MeasureResult, SometimesResult } from './result.ts'
import { createSchedules, type Schedules } from './schedule.ts'
import type { Search } from './search.ts'
import { orNothing } from './store.ts'
import { createWaitGraph } from './wait-for.ts'

/** `stopped`: why the search did not go to its end, where the search itself does not know it. */
export function verdicts(search: Search, interrupted?: string): CheckResult {
  const { linked } = search
  const stopped = interrupted ?? search.stopped
  const complete = stopped === undefined
  const graphs = graphCache(search)
  const schedules = createSchedules(search, graphs)
  const open = complete ? boundReason(search) : `unfinished: ${stopped}`
  const live = complete ? liveness(search, graphs, schedules) : new Map<ClaimId, ClaimResult>()
  const claims = Object.fromEntries(
    CLAIMS.map((claim) => {
      const broken =
        claim === 'lock-order'
          ? lockOrder(linked.lockOrder)
          : safety(search, schedules, claim, complete)
      return [claim, judge(linked.world, claim, broken ?? live.get(claim), open, complete)]
    }),
  ) as Record<ClaimId, ClaimResult>
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

function safety(
  search: Search,
  schedules: Schedules,
  claim: ClaimId,
  complete: boolean,
): ClaimResult | undefined {
  const finding = search.findings.get(claim)
  const way = finding && schedules.best(finding.targets, finding.depth)
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

/** Progress and deadlock; what they say where memory is not enough for their graphs. */
function liveness(
  search: Search,
  graphs: (states: number) => Graph | undefined,
  schedules: Schedules,
): Map<ClaimId, ClaimResult> {
  const out = new Map<ClaimId, ClaimResult>()
  const { automata, world } = search.linked
  const wanted = (['progress', 'deadlock'] as const).filter((c) => !(c in world.notClaimed))
  if (wanted.length === 0 && search.linked.goals.length === 0) return out
  const judges = { progress, deadlock }
  const space = stateSpace(search, graphs, schedules, automata)
  for (const claim of wanted) {
    const result = space ? judges[claim](space) : NO_MEMORY
    if (result) out.set(claim, result)
  }
  const goals = space ? brokenGoals(space) : unknownGoals(search)
  for (const [claim, result] of goals) out.set(claim, out.get(claim) ?? result)
  return out
}

const NO_MEMORY: ClaimResult = {
  verdict: 'unfinished',
  message: 'memory is exhausted by the edges of the states',
}

const unknownGoals = (search: Search): [ClaimId, ClaimResult][] =>
  search.linked.goals.map((g) => [g.claim, NO_MEMORY])

function stateSpace(
  search: Search,
  graphs: (states: number) => Graph | undefined,
  schedules: Schedules,
  automata: readonly Automaton[],
): StateSpace | undefined {
  const graph = graphs(search.states)
  if (!graph) return undefined
  const mask = finishedMasks(automata, search.layout)
  const components = orNothing(() =>
    componentsOf(graph, automata.length, (state) => mask(search.packed, state)),
  )
  if (!components) return undefined
  const asked = automata.reduce((bits, a, i) => (a.daemon ? bits : bits | (1 << i)), 0)
  const waits = createWaitGraph(search)
  return { search, graph, components, schedules, waits, asked }
}

/** The graph of at least as many states as asked for, made once; undefined when there is no memory for it. */
function graphCache(search: Search): (states: number) => Graph | undefined {
  let made: Graph | undefined
  return (states) => {
    if (!made || made.states < states) {
      // Liveness will ask for all of them: one graph is cheaper than two.
      const all = search.stopped === undefined && search.expanded === search.states
      made = orNothing(() => buildGraph(search, all ? search.states : states))
    }
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
