/**
 * Loops of a task, and the places that are taken out of them so that it does not go alone for ever.
 */
import type { Node } from './automaton.ts'

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
  const parts = [Array.from(nodes.keys()).filter((i) => left[i] === true)]
  for (let part = parts.pop(); part; part = parts.pop())
    for (const loop of loopsIn(nodes, part)) {
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
function loopsIn(nodes: readonly Node[], places: readonly number[]): number[][] {
  const among = new Set(places)
  const next = new Map(
    places.map((i) => [i, (nodes[i]?.edges ?? []).map((e) => e.to).filter((to) => among.has(to))]),
  )
  const visited = new Map<number, number>()
  const low = new Map<number, number>()
  const open: number[] = []
  const isOpen = new Set<number>()
  const loops: number[][] = []
  const lower = (i: number, to: number | undefined): void => {
    low.set(i, Math.min(low.get(i) ?? 0, to ?? 0))
  }
  for (const root of places) {
    if (visited.has(root)) continue
    const way: { readonly place: number; done: number }[] = []
    const enter = (place: number): void => {
      low.set(place, visited.size)
      visited.set(place, visited.size)
      open.push(place)
      isOpen.add(place)
      way.push({ place, done: 0 })
    }
    enter(root)
    for (let here = way.at(-1); here; here = way.at(-1)) {
      const { place } = here
      const to = next.get(place)?.[here.done++]
      if (to !== undefined) {
        if (!visited.has(to)) enter(to)
        else if (isOpen.has(to)) lower(place, visited.get(to))
        continue
      }
      way.pop()
      const before = way.at(-1)
      if (before) lower(before.place, low.get(place))
      if (low.get(place) !== visited.get(place)) continue
      const part = open.splice(open.lastIndexOf(place))
      for (const i of part) isOpen.delete(i)
      if (part.length > 1 || next.get(place)?.includes(place)) loops.push(part)
    }
  }
  return loops
}
