/**
 * What comes of a state in which a task cannot finish any more: on to where nothing changes for the better, all others
 * finished if that can be, and once round the loop in which the task goes for ever, if it moves at all.
 */
import type { Components } from './components.ts'
import type { Graph } from './graph.ts'
import { sourceOf } from './graph.ts'
import { at } from './layout.ts'
import { tasksOf } from './wait-for.ts'

export interface Continuation {
  /** Edges (numbers in the graph) in order. */
  readonly path: readonly number[]
  /** Index in `path` from which it goes round; undefined when the task does not move any more. */
  readonly loop: number | undefined
  /** The state at the end of the path; with a loop, also the one where the loop begins. */
  readonly last: number
}

/** Starts of loops that are tried for one in which nobody else moves. */
const TRIES = 64

/** `asked`: the tasks, as bits, that are meant to finish. */
export function continuation(
  graph: Graph,
  components: Components,
  from: number,
  stuck: number,
  asked: number,
): Continuation {
  const tree = walk(graph, [from], () => true)
  const goal = bestBottom(components, tree.order, asked & ~(1 << stuck))
  const there = tree.order.filter((s) => components.of[s] === goal)
  const inside = (e: number): boolean => components.of[at(graph.target, e)] === goal
  const own = (e: number): boolean => graph.task[e] === stuck
  const starts = there.filter((s) => edgesOf(graph, s).some(own))
  const alone = starts.slice(0, TRIES).flatMap((s) => loopFrom(graph, s, own, own) ?? [])[0]
  const loop = alone ?? starts.slice(0, 1).flatMap((s) => loopFrom(graph, s, own, inside) ?? [])[0]
  const last = loop ? loop.start : at(there, 0)
  const path = tree.pathTo(last)
  return { path: [...path, ...(loop?.edges ?? [])], loop: loop && path.length, last }
}

/** Of the components that are never left: most of the others finished, then nearest. */
function bestBottom(c: Components, order: readonly number[], others: number): number {
  let best = -1
  let unfinished = Number.POSITIVE_INFINITY
  for (const s of order) {
    const id = at(c.of, s)
    if (at(c.bottom, id) === 0) continue
    const n = tasksOf(others & ~at(c.finish, id)).length
    if (n < unfinished) {
      best = id
      unfinished = n
    }
  }
  return best
}

interface Tree {
  /** States in the order in which they were met, nearest first. */
  readonly order: readonly number[]
  pathTo(state: number): number[]
}

/** Breadth-first from some states over the edges that are allowed. */
function walk(graph: Graph, from: readonly number[], allowed: (edge: number) => boolean): Tree {
  const order = [...from]
  const into = new Map<number, number>(from.map((s) => [s, -1]))
  for (let i = 0; i < order.length; i++)
    for (const e of edgesOf(graph, at(order, i))) {
      const to = at(graph.target, e)
      if (into.has(to) || !allowed(e)) continue
      into.set(to, e)
      order.push(to)
    }
  return {
    order,
    pathTo(state) {
      const path: number[] = []
      for (let e = into.get(state) ?? -1; e >= 0; e = into.get(sourceOf(graph, e)) ?? -1)
        path.unshift(e)
      return path
    },
  }
}

/** A shortest way from a state back to it whose first edge is one of `first` and whose others are `allowed`. */
function loopFrom(
  graph: Graph,
  start: number,
  first: (edge: number) => boolean,
  allowed: (edge: number) => boolean,
): { start: number; edges: number[] } | undefined {
  const loops = edgesOf(graph, start)
    .filter((e) => first(e) && allowed(e))
    .flatMap((e) => {
      const to = at(graph.target, e)
      if (to === start) return [[e]]
      const back = walk(graph, [to], allowed)
      return back.order.includes(start) ? [[e, ...back.pathTo(start)]] : []
    })
  const edges = loops.sort((a, b) => a.length - b.length)[0]
  return edges && { start, edges }
}

function edgesOf(graph: Graph, state: number): number[] {
  const from = at(graph.first, state)
  return Array.from({ length: at(graph.first, state + 1) - from }, (_, i) => from + i)
}
