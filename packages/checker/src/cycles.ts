/**
 * Loops of a task, and the places that are taken out of them so that it does not go alone for ever.
 */
import type { Node } from './automaton.ts'
import { at } from './layout.ts'

/**
 * Takes places away until no way round a loop of the task leads over remaining ones only: a task that goes alone stops doing so
 * after finitely many steps, and then everybody has a turn. Dearer places, at which it could seldom go alone, go first; of equally dear ones
 * the first. What is cut in one strongly connected part changes nothing in another, so each is gone on with by itself.
 */
export function cutCycles(
  nodes: readonly Node[],
  may: readonly boolean[],
  cost: readonly number[],
): boolean[] {
  const left = [...may]
  const room = roomFor(nodes.length)
  const parts = [Array.from(nodes.keys()).filter((i) => left[i] === true)]
  for (let part = parts.pop(); part; part = parts.pop())
    for (const loop of loopsIn(nodes, part, room)) {
      const dearer = (a: number, b: number): boolean => {
        const [x, y] = [cost[a] ?? 0, cost[b] ?? 0]
        return x > y || (x === y && a < b)
      }
      const worst = loop.reduce((a, b) => (dearer(b, a) ? b : a))
      left[worst] = false
      parts.push(loop.filter((i) => i !== worst))
    }
  return left
}

/** Strongly connected parts of the subgraph of these places that have a loop (Tarjan's algorithm, without recursion). */
function loopsIn(nodes: readonly Node[], places: readonly number[], room: Room): number[][] {
  const { visited, low, isAmong, isOpen } = room
  for (const i of places) isAmong[i] = 1
  const nexts = (i: number): Node['edges'] => at(nodes, i).edges
  const open: number[] = []
  const loops: number[][] = []
  const lower = (i: number, to: number): void => {
    if (to < at(low, i)) low[i] = to
  }
  let count = 0
  for (const root of places) {
    if (at(visited, root) >= 0) continue
    const way: { readonly place: number; done: number }[] = []
    const enter = (place: number): void => {
      low[place] = count
      visited[place] = count++
      open.push(place)
      isOpen[place] = 1
      way.push({ place, done: 0 })
    }
    enter(root)
    for (let here = way.at(-1); here; here = way.at(-1)) {
      const { place } = here
      const edges = nexts(place)
      if (here.done < edges.length) {
        const { to } = at(edges, here.done++)
        if (to < 0 || isAmong[to] !== 1) continue
        if (at(visited, to) < 0) enter(to)
        else if (isOpen[to] === 1) lower(place, at(visited, to))
        continue
      }
      way.pop()
      const before = way.at(-1)
      if (before) lower(before.place, at(low, place))
      if (low[place] !== visited[place]) continue
      const part = open.splice(open.lastIndexOf(place))
      for (const i of part) isOpen[i] = 0
      if (part.length > 1 || edges.some((e) => e.to === place)) loops.push(part)
    }
  }
  for (const i of places) {
    isAmong[i] = 0
    visited[i] = -1
  }
  return loops
}

/** Of all places, left clean after each use. */
interface Room {
  /** -1 where nobody was. */
  readonly visited: Int32Array
  readonly low: Int32Array
  readonly isAmong: Uint8Array
  readonly isOpen: Uint8Array
}

const roomFor = (places: number): Room => ({
  visited: new Int32Array(places).fill(-1),
  low: new Int32Array(places),
  isAmong: new Uint8Array(places),
  isOpen: new Uint8Array(places),
})
