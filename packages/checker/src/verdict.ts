/**
 * Verdicts: what a finished (or stopped) search says about each claim, and what it does not speak of. Nothing is said to
 * hold that was not looked at.
 */
import { CLAIMS, type ClaimId, type World } from '@mmulab/model'
import type { Automaton, Linked } from './automaton.ts'
import { type Cause, causeKey, causesOf } from './causes.ts'
import type { EdgeAt } from './findings.ts'
import {
  type Futures,
  graphCache,
  INTERRUPTED,
  type JudgingOptions,
  judgeFutures,
} from './futures.ts'
import { at } from './layout.ts'
import { lockOrder } from './lock-order.ts'
import { grouped } from './mode.ts'
import { nodeAt } from './node-plan.ts'
import type {
  CheckResult,
  ClaimResult,
  FairResult,
  MeasureResult,
  Move,
  SometimesResult,
} from './result.ts'
import { createSchedules, type Schedules } from './schedule.ts'
import type { Search } from './search.ts'
import { enabledTogether } from './together.ts'
import { complete, createBudget, unless, type Work } from './work.ts'

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
  const means = { search, graphs, schedules, budget }
  const futures = isComplete ? yield* judgeFutures(means, options) : NOTHING
  const { all = false, shouldStop = () => false } = options
  const wantsCauses = all && isComplete && !search.reduced
  const causes = wantsCauses ? yield* unless(shouldStop, causesOf(search)) : undefined
  const claims: Partial<Record<ClaimId, ClaimResult>> = {}
  for (const claim of CLAIMS) {
    const broken =
      claim === 'lock-order'
        ? lockOrder(linked.lockOrder)
        : yield* safety(search, schedules, claim, isComplete)
    const others = broken && causes && (yield* otherCauses(search, schedules, broken, causes))
    const told = broken && others ? { ...broken, others } : broken
    claims[claim] = judge(linked.world, claim, told ?? futures.claims.get(claim), open, isComplete)
  }
  const every = claims as Record<ClaimId, ClaimResult>
  const result = resultOf(search, every, fairOf(every.progress, futures.fair, open), stopped)
  if (!options.pairs || search.reduced) return result
  const together = yield* unless(shouldStop, enabledTogether(search))
  return together ? { ...result, together } : result
}

const NOTHING: Futures = { claims: new Map(), fair: undefined }

/** Where a task can never finish any more, no fairness helps. Otherwise fair runs were looked for, or there is a reason. */
function fairOf(
  progress: ClaimResult,
  found: FairResult | undefined,
  open: string | undefined,
): FairResult {
  const { verdict, message } = progress
  if (verdict === 'not-claimed') return { verdict, ...(message !== undefined && { message }) }
  if (found?.verdict === 'violated') return found
  if (verdict === 'violated')
    return { verdict, message: 'no fairness lets a task finish that never can' }
  if (!found || open !== undefined) return { verdict: 'unfinished', message: open ?? INTERRUPTED }
  return found
}

function resultOf(
  search: Search,
  claims: Record<ClaimId, ClaimResult>,
  found: FairResult,
  stopped: string | undefined,
): CheckResult {
  const { linked } = search
  const complete = stopped === undefined
  const sometimes = sometimesResults(search)
  const fair = withholdIfVacuous(claims, found, sometimes, complete)
  return {
    complete,
    states: search.states,
    transitions: search.transitions,
    depth: search.depth,
    words: search.layout.words,
    bytesPerState: search.bytes / search.states,
    ...(search.memories > 1 && { memories: search.memories }),
    claims,
    fair,
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
  fair: FairResult,
  sometimes: readonly SometimesResult[],
  complete: boolean,
): FairResult {
  const never = sometimes.filter((s) => !s.reached).map((s) => s.name)
  const broken = [...Object.values(claims), fair].some((c) => c.verdict === 'violated')
  if (!complete || broken || never.length === 0) return fair
  const message = `nothing was shown: it never happens that ${never.join(', or that ')}`
  for (const claim of CLAIMS)
    if (claims[claim].verdict === 'holds') claims[claim] = { verdict: 'unfinished', message }
  return fair.verdict === 'holds' ? { verdict: 'unfinished', message } : fair
}

/**
 * What was found of a world, said of another that has the same automata and claims the same: the order in which locks are taken is judged anew.
 * Undefined where that changes what else can be said, since nothing holds in a world in which nothing happens but for what is broken there.
 */
export function withLockOrderOf(linked: Linked, result: CheckResult): CheckResult | undefined {
  const { claims, complete, sometimes } = result
  const known = claims['lock-order']
  if (known.verdict === 'not-claimed') return result
  const broken = lockOrder(linked.lockOrder)
  const wasBroken = known.verdict === 'violated'
  if (!broken && !wasBroken) return result
  const isShort = claims.bound.verdict === 'violated' || sometimes.some((s) => !s.reached)
  if (!(broken && wasBroken) && complete && isShort) return undefined
  return { ...result, claims: { ...claims, 'lock-order': broken ?? { verdict: 'holds' } } }
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

/** What else breaks the promise, each with a schedule of its own; nearest first. */
function* otherCauses(
  search: Search,
  schedules: Schedules,
  { schedule, message = '' }: ClaimResult,
  causes: readonly Cause[],
): Work<ClaimResult[] | undefined> {
  if (!schedule) return undefined
  const own = causeKey(search, message, lastOp(search, schedule.moves))
  const others: ClaimResult[] = []
  for (const { claim, key, targets, depth } of causes) {
    if (claim !== schedule.claim || key === own) continue
    const way = yield* schedules.best(targets, depth)
    if (!way) continue
    const { moves, switches, fewestSwitches } = way
    others.push({
      verdict: 'violated',
      message: way.target.message,
      schedule: { claim, moves, prefix: moves.length },
      steps: moves.length,
      switches,
      fewestSwitches,
    })
  }
  return others
}

/** Where the task of the last move stood before it. */
function lastOp({ linked }: Search, moves: readonly Move[]): EdgeAt | undefined {
  const last = moves.at(-1)
  if (!last) return undefined
  let node = at(linked.automata, last.task).start
  let edge = 0
  for (const [i, m] of moves.entries()) {
    if (m.task !== last.task) continue
    const { edges } = nodeAt(at(linked.automata, last.task), node)
    edge = edges.findIndex((e) => e.answer === m.answer)
    if (i < moves.length - 1) node = at(edges, edge).to
  }
  return { task: last.task, node, edge }
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
  const wasReached = search.reached()
  const reached = new Map<string, boolean>()
  automata.forEach((a, task) => {
    a.nodes.forEach((n, i) => {
      if (n.kind === 'end') return
      const text = `${a.name}: ${[...n.stack, n.label].join(' > ')}`
      reached.set(text, (reached.get(text) ?? false) || wasReached(task, i))
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
      `the search was stopped (${stopped}): ${grouped(search.expanded)} of at least ${grouped(search.states)} states were expanded`,
    )
  for (const v of search.exceeded)
    out.push(`states in which ${v.name} is outside of its domain [${v.min}, ${v.max}]`)
  const never = stopped === undefined ? 'never happens' : 'has not happened so far'
  for (const s of sometimes) if (!s.reached) out.push(`${never}: ${s.name}`)
  return out
}
