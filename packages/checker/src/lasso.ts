/**
 * A fair run that starves somebody, as a way and a loop: on to a fair part of a region in which as few tasks as possible move, and
 * once round in it, by the shortest way that is fair where that can be found.
 */
import { createWalker, edgesOf, type Walker } from './continuation.ts'
import type { Fairness, FairTo, Region } from './fair-regions.ts'
import { type Graph, sourceOf } from './graph.ts'
import { at } from './layout.ts'
import { isTried, shortestRound } from './shortest-round.ts'
import { tasksOf } from './wait-for.ts'
import type { Work } from './work.ts'

export interface Lasso {
  /** Edges (numbers in the graph) from the state where it begins; from index `loop` on they go round. */
  readonly edges: readonly number[]
  readonly loop: number
  /** No fair loop of the region in which as few tasks move has fewer steps. */
  readonly shortest: boolean
}

/** Larger regions, times the sets of tasks to try, are not searched for a part in which fewer tasks move. */
const TRIED = 1 << 21
/** Parts that are looked at. */
const PARTS = 16
/** Beginnings of a loop that are tried greedily, in parts of up to so many states. */
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
  const { parts, fewest } = yield* withFewestMovers(fairness, region, to)
  let best: Lasso | undefined
  let shortest = fewest && parts.length <= PARTS
  for (const states of parts.slice(0, PARTS)) {
    const found = yield* lassoIn(graph, walker, fairness, fairness.region(states), start, to)
    shortest &&= found.shortest
    if (!best || isBetter(found, best)) best = found
  }
  if (!best) throw new Error('a fair region has no fair part')
  return { ...best, shortest }
}

/** A shorter loop, and of equally short ones one that is nearer. */
function isBetter(a: Lasso, b: Lasso): boolean {
  const [x, y] = [a, b].map(({ edges, loop }) => edges.length - loop) as [number, number]
  return x < y || (x === y && a.edges.length < b.edges.length)
}

function* lassoIn(
  graph: Graph,
  walker: Walker,
  fairness: Fairness,
  part: Region,
  start: number,
  to: FairTo,
): Work<Lasso> {
  const isThere = (s: number): boolean => fairness.of[s] === part.id
  const isInside = (e: number): boolean => isThere(at(graph.target, e))
  // Who has not finished in the region has not on the way to its part.
  walker.from(start, () => true, isThere)
  const arrival = walker.stopped()
  if (arrival === undefined) throw new Error('there is no way to a fair region')
  const way = walker.pathTo(arrival)
  walker.from(arrival, (e) => isTried(part) && isInside(e))
  const starts = walker.order()
  const beginnings = starts.slice(0, part.states.length <= SMALL ? BEGINNINGS : 1)
  const ways = beginnings.map((s) => ({ s, on: walker.pathTo(s) }))
  const greedy = ways
    .map(({ s, on }): Lasso => {
      const round = roundFrom(graph, walker, fairness, part, s, to)
      const loop = way.length + on.length
      return { edges: [...way, ...on, ...round], loop, shortest: false }
    })
    .reduce((a, b) => (isBetter(b, a) ? b : a))
  const bound = greedy.edges.length - greedy.loop
  const { round, proved } = yield* shortestRound(graph, fairness, part, starts, to, bound)
  if (!round) return { ...greedy, shortest: proved }
  walker.from(arrival, isInside, (s) => s === round.start)
  const on = walker.pathTo(round.start)
  return {
    edges: [...way, ...on, ...round.edges],
    loop: way.length + on.length,
    shortest: proved,
  }
}

/** The fair parts of a region in which as few tasks move as can be; the region itself where that is not known. */
function* withFewestMovers(
  fairness: Fairness,
  region: Region,
  to: FairTo,
): Work<{ parts: readonly Int32Array[]; fewest: boolean }> {
  const { states } = region
  const movers = states.reduce((mask, s) => mask | fairness.enabled(s), 0)
  const subsets = subsetsOf(movers)
  if (!subsets || states.length * subsets.length > TRIED) return { parts: [states], fewest: false }
  const parts: Int32Array[] = []
  let least = 0
  for (const few of subsets) {
    const many = tasksOf(few).length
    if (parts.length > 0 && many > least) break
    least = many
    const whole = fairness.region(states)
    for (const part of yield* fairness.refine(whole, to, movers & ~few)) parts.push(part.states)
  }
  return { parts: parts.length > 0 ? parts : [states], fewest: true }
}

/** Those that are neither empty nor the whole, small ones first; undefined where they are too many. */
function subsetsOf(mask: number): number[] | undefined {
  const tasks = tasksOf(mask)
  if (tasks.length > 12) return undefined
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
  /** Tasks, as bits, and alternatives. */
  let tasks = 0
  const ways = new Set<number>()
  const isInside = (e: number): boolean => fairness.of[at(graph.target, e)] === part.id
  const wayOf = (e: number): number | undefined =>
    ways.size > 0 ? fairness.alternativeOf(sourceOf(graph, e), e) : undefined
  for (const s of part.states) {
    tasks |= fairness.enabled(s)
    if (to === 'choices') for (const a of fairness.alternatives(s)) ways.add(a)
  }
  const pays = (e: number): boolean =>
    isInside(e) && ((tasks & (1 << at(graph.task, e))) !== 0 || ways.has(wayOf(e) ?? -1))
  const round: number[] = []
  let here = start
  const go = (edges: readonly number[]): void => {
    for (const e of edges) {
      round.push(e)
      tasks &= ~(1 << at(graph.task, e))
      ways.delete(wayOf(e) ?? -1)
      here = at(graph.target, e)
    }
  }
  while (tasks !== 0 || ways.size > 0) {
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
