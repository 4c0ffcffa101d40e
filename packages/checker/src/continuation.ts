/**
 * What comes of a state in which a task cannot finish any more: on to where nothing changes for the better, all others
 * finished if that can be, and once round the loop in which the task goes for ever, if it moves at all.
 */
import type { Components } from './components.ts'
import { type Graph, sourceOf } from './graph.ts'
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
  const walker = createWalker(graph)
  const arrival = arrive(walker, components, from, asked & ~(1 << stuck))
  const path = walker.pathTo(arrival)
  const home = at(components.of, arrival)
  const inside = (e: number): boolean => components.of[at(graph.target, e)] === home
  const own = (e: number): boolean => graph.task[e] === stuck

  walker.from(arrival, inside)
  const starts = walker.order().filter((s) => edgesOf(graph, s).some(own))
  const ways = new Map(starts.slice(0, TRIES).map((s) => [s, walker.pathTo(s)]))
  const alone = [...ways.keys()].flatMap((s) => loopFrom(walker, graph, s, own, own) ?? [])[0]
  const loop =
    alone ?? starts.slice(0, 1).flatMap((s) => loopFrom(walker, graph, s, own, inside) ?? [])[0]
  if (!loop) return { path, loop: undefined, last: arrival }
  const way = [...path, ...(ways.get(loop.start) ?? [])]
  return { path: [...way, ...loop.edges], loop: way.length, last: loop.start }
}

/**
 * The nearest state of a component that is never left, one with all others finished if there is one, else with as many as
 * can be.
 */
function arrive(walker: Walker, c: Components, from: number, others: number): number {
  let best = from
  let unfinished = Number.POSITIVE_INFINITY
  walker.from(
    from,
    () => true,
    (s) => {
      const id = at(c.of, s)
      if (at(c.bottom, id) === 0) return false
      const n = tasksOf(others & ~at(c.finish, id)).length
      if (n >= unfinished) return false
      best = s
      unfinished = n
      return n === 0
    },
  )
  return best
}

/** Breadth-first walks; one walk's marks are forgotten by starting the next one. */
export interface Walker {
  /** Walks from a state over allowed edges until `stop` says so. */
  from(start: number, allowed: (edge: number) => boolean, stop?: (state: number) => boolean): void
  /** Where the last walk was stopped. */
  stopped(): number | undefined
  /** States met by the last walk, nearest first. */
  order(): number[]
  met(state: number): boolean
  pathTo(state: number): number[]
}

export function createWalker(graph: Graph): Walker {
  const { states, first, target } = graph
  const seen = new Int32Array(states)
  const into = new Int32Array(states)
  const queue = new Int32Array(states)
  let walk = 0
  let end = 0
  let halted: number | undefined
  return {
    from(start, allowed, stop) {
      walk++
      halted = undefined
      seen[start] = walk
      into[start] = -1
      queue[0] = start
      end = 1
      for (let i = 0; i < end; i++) {
        const s = queue[i] as number
        if (stop?.(s)) {
          halted = s
          return
        }
        for (let e = first[s] as number; e < (first[s + 1] as number); e++) {
          const to = target[e] as number
          if (seen[to] === walk || !allowed(e)) continue
          seen[to] = walk
          into[to] = e
          queue[end++] = to
        }
      }
    },
    stopped: () => halted,
    order: () => [...queue.subarray(0, end)],
    met: (state) => seen[state] === walk,
    pathTo(state) {
      const path: number[] = []
      for (let e = at(into, state); e >= 0; e = at(into, sourceOf(graph, e))) path.push(e)
      return path.reverse()
    },
  }
}

/** A shortest way from a state back to it whose first edge is one of `first` and whose others are `allowed`. */
function loopFrom(
  walker: Walker,
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
      walker.from(to, allowed, (s) => s === start)
      return walker.met(start) ? [[e, ...walker.pathTo(start)]] : []
    })
  const edges = loops.sort((a, b) => a.length - b.length)[0]
  return edges && { start, edges }
}

export function edgesOf(graph: Graph, state: number): number[] {
  const from = at(graph.first, state)
  return Array.from({ length: at(graph.first, state + 1) - from }, (_, i) => from + i)
}
