/**
 * Progress under strong fairness: every task (daemons aside) does finish, on every run that gives each task its turn whenever it could
 * have one again and again. What breaks it is a fair run that goes round for ever while somebody who still could finish does not.
 *
 * A choice that always goes the same way is no scheduler's doing. So a loop counts as broken only if it is fair to the alternatives of
 * all choices too; if there are none but of the other kind, the promise holds on a condition, which is told.
 */
import { type Variable, variablesOf } from '@mmulab/model'
import { finishedMasks } from './components.ts'
import {
  createFairness,
  FAIR_BYTES,
  type Fairness,
  type FairRules,
  type FairTo,
  hasLoop,
  type Region,
} from './fair-regions.ts'
import type { Target } from './findings.ts'
import { sourceOf } from './graph.ts'
import { lassoFrom } from './lasso.ts'
import { at } from './layout.ts'
import { firstStates, nameOf, nodeOf, type StateSpace } from './liveness.ts'
import { ORBIT_BYTES } from './orbits.ts'
import type { FairResult, Move, Starved, Starving } from './result.ts'
import { moveOf, nthEdge } from './schedule.ts'
import { tasksOf } from './wait-for.ts'
import type { Budget, Work } from './work.ts'

/** The verdict, or undefined where there is no memory to find out. */
export function* fairProgress(
  space: StateSpace,
  budget: Budget,
  rules?: FairRules,
): Work<FairResult | undefined> {
  const { search, graph } = space
  if (!budget.take(search.states * (FAIR_BYTES + (search.symmetry ? ORBIT_BYTES : 0))))
    return undefined
  const fairness = createFairness(search, graph, rules)
  const toTasks = yield* fairRegions(space, fairness)
  if (toTasks.length === 0) return { verdict: 'holds' }
  if (search.symmetry && !search.symmetry.keepsPlaces)
    return { verdict: 'unfinished', message: WHICH_WAY }
  const toChoices: Region[] = []
  for (const { states } of toTasks)
    toChoices.push(...(yield* fairness.refine(fairness.region(states), 'choices')))
  // Of a reduced space only the verdict is told: steps are missing from its loops, and tasks change their names on them.
  if (search.reduced)
    return toChoices.length > 0
      ? { verdict: 'violated', message: NEED_NOT }
      : { verdict: 'holds', message: ON_A_CONDITION }
  if (toChoices.length > 0)
    return { verdict: 'violated', ...(yield* starving(space, fairness, toChoices, 'choices')) }
  const again = toTasks.map(({ states }) => fairness.region(states))
  return { verdict: 'holds', unless: yield* starving(space, fairness, again, 'tasks') }
}

/** Fairness to the alternatives of choices follows each of them, and such exchanges turn one into another. */
const WHICH_WAY =
  'unfinished: with symmetry of pages nobody knows whether a choice always goes the same way'
const NEED_NOT = 'a task need not finish, though it gets its turns'
const ON_A_CONDITION = 'as long as no choice always goes the same way'

/** Whether it is about a run that goes round for ever, which a reduced search leaves to the plain one to tell. */
export const isOfLoop = ({ verdict, message }: FairResult): boolean =>
  verdict === 'violated' || (verdict === 'holds' && message !== undefined) || message === WHICH_WAY

/** All regions that are fair to the tasks and in which some task that could finish has not. */
function* fairRegions(space: StateSpace, fairness: Fairness): Work<Region[]> {
  const { search, graph, components, loops, asked } = space
  const { order, of } = loops
  const over = finishedMasks(search.linked.automata, search.layout)
  const found: Region[] = []
  for (let i = 0; i < order.length; ) {
    const begin = i
    const s = order[begin] as number
    const c = of[s] as number
    while (i < order.length && of[order[i] as number] === c) i++
    if (i - begin === 1 && !hasLoop(graph, s)) continue
    // Round a loop everybody can still do the same, under whatever name: one state speaks for all.
    const finish = components.finish[components.of[s] as number] as number
    if ((asked & finish & ~over(search.statesWith(s), search.placeOf(s))) === 0) continue
    found.push(...(yield* fairness.refine(fairness.region(order.slice(begin, i)), 'tasks')))
  }
  return found
}

/** The nearest of these regions, and a run into it and round. */
function* starving(
  space: StateSpace,
  fairness: Fairness,
  regions: readonly Region[],
  to: FairTo,
): Work<Starving> {
  const { search, graph, schedules } = space
  const ids = new Set(regions.map((r) => r.id))
  const first = yield* firstStates(search, 'fairness', (s) => ids.has(fairness.of[s] as number))
  const targets = (first?.states ?? []).map(
    (state): Target => ({ state, move: undefined, message: '' }),
  )
  const way = yield* schedules.best(targets, first?.depth ?? 0)
  const region = way && regions.find((r) => r.id === fairness.of[way.target.state])
  if (!region) throw new Error('a fair region cannot be reached')
  const lasso = yield* lassoFrom(graph, fairness, region, way.target.state, to)
  const round = lasso.edges.slice(lasso.loop)
  const starved = starvedIn(space, round)
  const stuck = at(starved, 0).index
  const prefix = way.moves.length
  const moves = lasso.edges.map((edge): Move => {
    const source = sourceOf(graph, edge)
    return moveOf(search, source, nthEdge(search, source, edge - at(graph.first, source)))
  })
  return {
    message: message(at(starved, 0), to === 'tasks' ? oneSided(space, round) : []),
    schedule: {
      claim: 'progress',
      moves: [...way.moves, ...moves],
      prefix,
      loop: prefix + lasso.loop,
      stuck,
      fair: true,
    },
    steps: prefix,
    switches: way.switches,
    fewestSwitches: way.fewestSwitches,
    shortestLoop: lasso.shortest,
    starved: starved.map(({ index: _, ...rest }) => rest),
  }
}

type Indexed = Starved & { readonly index: number }

/** Who could finish and does not, those first who are kept busy; by whom, and by what they look at that others change. */
function starvedIn(
  { search, graph, components, asked }: StateSpace,
  round: readonly number[],
): Indexed[] {
  const begin = sourceOf(graph, at(round, 0))
  const over = finishedMasks(search.linked.automata, search.layout)(
    search.statesWith(begin),
    search.placeOf(begin),
  )
  const who = asked & at(components.finish, at(components.of, begin)) & ~over
  const states = round.map((e) => sourceOf(graph, e))
  const writes = new Map<number, Set<Variable>>()
  for (const e of round) {
    const t = at(graph.task, e)
    const written = writes.get(t) ?? new Set()
    for (const a of nodeOf(search, sourceOf(graph, e), t).assign) written.add(a.to)
    writes.set(t, written)
  }
  const list = tasksOf(who).map((index): Indexed => {
    const looks = new Set<Variable>()
    for (const s of states) {
      const node = nodeOf(search, s, index)
      variablesOf(node.guard, looks)
      if (node.edges.length > 1) variablesOf(node.answer, looks)
    }
    const others = [...writes].filter(([t, vs]) => t !== index && [...vs].some((v) => looks.has(v)))
    const on = new Set(others.flatMap(([, vs]) => [...vs].filter((v) => looks.has(v))))
    const waits = !writes.has(index)
    const { label, waits: what } = nodeOf(search, begin, index)
    return {
      index,
      task: nameOf(search, index),
      waits,
      by: others.map(([t]) => nameOf(search, t)).sort(),
      on: waits ? [what?.on ?? label] : [...on].map((v) => v.name).sort(),
    }
  })
  return list.sort((a, b) => Number(a.waits) - Number(b.waits) || a.index - b.index)
}

/** Choices on a loop of which it takes one way only. */
function oneSided({ search, graph }: StateSpace, round: readonly number[]): string[] {
  const ways = new Map<string, Set<number>>()
  for (const e of round) {
    const source = sourceOf(graph, e)
    const node = nodeOf(search, source, at(graph.task, e))
    if (node.kind !== 'choose' || node.edges.length < 2) continue
    const move = moveOf(search, source, nthEdge(search, source, e - at(graph.first, source)))
    const seen = ways.get(node.label) ?? new Set()
    ways.set(node.label, seen.add(move.answer))
  }
  return [...ways].flatMap(([label, seen]) => (seen.size === 1 ? [label] : []))
}

/** `vcpu0 need not finish: it retries for ever while madvise0 changes kvm.mmu_notifier_seq each time`. */
function message({ task, waits, by, on }: Starved, luck: readonly string[]): string {
  const who = listed(by)
  const many = by.length > 1
  const what = waits
    ? `it waits for ${listed(on)}${by.length ? ` while ${who} ${many ? 'go' : 'goes'} round for ever` : ' while others go round for ever'}`
    : by.length
      ? `it retries for ever, as ${who} ${many ? 'change' : 'changes'} ${listed(on)} again and again`
      : 'it retries for ever by itself'
  const condition = luck.length ? `, as long as ${listed(luck)} always goes the same way` : ''
  return `${task} need not finish: ${what}${condition}`
}

const listed = (names: readonly string[]): string =>
  names.length < 2 ? names.join() : `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`
