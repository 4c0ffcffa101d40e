/**
 * A fair run that starves somebody, as a way and a loop: on to a fair part of a region in which as few tasks as possible move, and
 * once round in it, so that everything that is possible there is done.
 */
import { createWalker, edgesOf, type Walker } from './continuation.ts'
import type { Fairness, FairTo, Region } from './fair-regions.ts'
import { type Graph, sourceOf } from './graph.ts'
import { at } from './layout.ts'
import { tasksOf } from './wait-for.ts'
import type { Work } from './work.ts'

export interface Lasso {
  /** Edges (numbers in the graph) from the state where it begins; from index `loop` on they go round. */
  readonly edges: readonly number[]
  readonly loop: number
}

/** Larger regions, times the sets of tasks to try, are not searched for a part in which fewer tasks move. */
const TRIED = 1 << 21
/** Beginnings of a loop that are tried, in parts of up to so many states. */
const BEGINNINGS = 16
const SMALL = 1 << 12

export function* lassoFrom(
  graph: Graph,
  fairness: Fairness,
  region: Region,
  start: number,
  to: FairTo,
): Work<Lasso> {
  const walker = createWalker(graph)
  const part = yield* withFewestMovers(fairness, region, to)
  const isThere = (s: number): boolean => fairness.of[s] === part.id
  // Who has not finished in the region has not on the way to its part.
  walker.from(start, () => true, isThere)
  const arrival = walker.stopped()
  if (arrival === undefined) throw new Error('there is no way to a fair region')
  const way = walker.pathTo(arrival)
  const isSmall = part.states.length <= SMALL
  walker.from(arrival, (e) => isSmall && isThere(at(graph.target, e)))
  const beginnings = walker.order().slice(0, BEGINNINGS)
  const ways = beginnings.map((s) => ({ s, on: walker.pathTo(s) }))
  const rounds = ways.map(({ s, on }): Lasso => {
    const round = roundFrom(graph, walker, fairness, part, s, to)
    return { edges: [...way, ...on, ...round], loop: way.length + on.length }
  })
  return rounds.reduce((a, b) => (b.edges.length < a.edges.length ? b : a))
}

/** A fair part of a region in which as few tasks move as can be; the region itself where that is not known. */
function* withFewestMovers(fairness: Fairness, region: Region, to: FairTo): Work<Region> {
  const movers = region.states.reduce((mask, s) => mask | fairness.enabled(s), 0)
  const subsets = subsetsOf(movers)
  if (region.states.length * subsets.length > TRIED) return region
  for (const few of subsets) {
    const whole = fairness.region(region.states)
    const [part] = yield* fairness.refine(whole, to, movers & ~few)
    if (part) return part
  }
  return fairness.region(region.states)
}

/** Those that are neither empty nor the whole, small ones first; none where they are too many. */
function subsetsOf(mask: number): number[] {
  const tasks = tasksOf(mask)
  if (tasks.length > 12) return []
  const all = Array.from({ length: 2 ** tasks.length - 2 }, (_, i) => i + 1)
  const subset = (bits: number): number =>
    tasks.reduce((m, t, i) => ((bits >> i) & 1 ? m | (1 << t) : m), 0)
  return all.map(subset).sort((a, b) => tasksOf(a).length - tasksOf(b).length || a - b)
}

/** Once round: to the nearest thing that is still owed, again and again, and back. */
function roundFrom(
  graph: Graph,
  walker: Walker,
  fairness: Fairness,
  part: Region,
  start: number,
  to: FairTo,
): number[] {
  const owed = new Set<string>()
  const isInside = (e: number): boolean => fairness.of[at(graph.target, e)] === part.id
  const does = (e: number): string[] => {
    const alternative = fairness.alternativeOf(sourceOf(graph, e), e)
    return [`task ${graph.task[e]}`, ...(alternative === undefined ? [] : [`way ${alternative}`])]
  }
  for (const s of part.states) {
    for (const t of tasksOf(fairness.enabled(s))) owed.add(`task ${t}`)
    if (to === 'choices') for (const a of fairness.alternatives(s)) owed.add(`way ${a}`)
  }
  const pays = (e: number): boolean => isInside(e) && does(e).some((x) => owed.has(x))
  const round: number[] = []
  let here = start
  const go = (edges: readonly number[]): void => {
    for (const e of edges) {
      round.push(e)
      for (const x of does(e)) owed.delete(x)
      here = at(graph.target, e)
    }
  }
  while (owed.size > 0) {
    walker.from(here, isInside, (s) => edgesOf(graph, s).some(pays))
    const next = walker.stopped()
    const edge = next === undefined ? undefined : edgesOf(graph, next).find(pays)
    if (next === undefined || edge === undefined)
      throw new Error('a region owes what it never does')
    go([...walker.pathTo(next), edge])
  }
  walker.from(here, isInside, (s) => s === start)
  go(walker.pathTo(start))
  return round
}
