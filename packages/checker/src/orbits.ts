/**
 * Who is who in a region of states that stand for others, in which equal tasks have changed places. Round a loop of such states a task
 * may come back under another name; unrolled, it is a loop on which each of the tasks that come back as each other does in turn what
 * one of them does here. So what is possible or done in a region is asked of all of them together: of an orbit.
 *
 * Each state of a region has names for tasks, and those of its first state are taken for all: along a tree of edges it is known who
 * is who, and any other edge says which of the first state's names come back as each other. Nothing else has to be followed.
 */
import type { Graph } from './graph.ts'
import type { Symmetry } from './symmetry.ts'
import { namesAfter } from './symmetry-code.ts'
import { tasksOf } from './wait-for.ts'
import { BREATH, type Work } from './work.ts'

/** States that bear the mark `id`. */
interface Marked {
  readonly id: number
  readonly states: Int32Array
}

export interface Orbits {
  /** Finds out who is who in a strongly connected region: all edges that lead from states of it to states with its mark are in it. */
  settle(region: Marked, of: Int32Array): Work<void>
  /** Tasks of a state, and whoever comes back as one of them, under the names of the first state. */
  all(tasks: number, state: number): number
  /** The one that stands for the orbit of a task of a state. */
  one(task: number, state: number): number
}

/** Where nobody changes places everybody is himself. */
export const NOBODY_MOVES: Orbits = { *settle() {}, all: (tasks) => tasks, one: (task) => task }

/** Bytes per state. */
export const ORBIT_BYTES = 8

export function createOrbits(graph: Graph, symmetry: Symmetry, tasks: number): Orbits {
  const { states, first, target, turned } = graph
  /** Per state the number of its names plus one; 0 as long as they are not known. */
  const named = new Int32Array(states)
  const queue = new Int32Array(states)
  const { names, after } = createNames(symmetry, tasks)
  const root = new Uint8Array(tasks)
  /** Per task of the first state, its orbit as bits. */
  const orbit = new Int32Array(tasks)

  const find = (task: number): number => {
    let t = task
    while (root[t] !== t) t = root[t] as number
    return t
  }

  /** Those who have one place under the one set of names and the other come back as each other. */
  const join = (a: number, b: number): void => {
    const [x, y] = [names(a), names(b)]
    for (let t = 0; t < tasks; t++) {
      const [p, q] = [find(x[t] as number), find(y[t] as number)]
      root[Math.max(p, q)] = Math.min(p, q)
    }
  }

  return {
    *settle({ id, states: list }, of) {
      for (const s of list) named[s] = 0
      for (let t = 0; t < tasks; t++) root[t] = t
      const start = list[0] as number
      named[start] = 1
      queue[0] = start
      let end = 1
      const joined = new Set<number>()
      for (let i = 0; i < end; i++) {
        const s = queue[i] as number
        const here = (named[s] as number) - 1
        for (let e = first[s] as number; e < (first[s + 1] as number); e++) {
          const to = target[e] as number
          if (of[to] !== id) continue
          const there = after(here, turned?.[e] ?? 0)
          const known = (named[to] as number) - 1
          if (known < 0) {
            named[to] = there + 1
            queue[end++] = to
          } else if (known !== there && !joined.has(known * 2 ** 26 + there)) {
            joined.add(known * 2 ** 26 + there)
            join(known, there)
          }
        }
        if ((i + 1) % BREATH === 0) yield { what: 'fairness', done: i, of: list.length }
      }
      orbit.fill(0)
      for (let t = 0; t < tasks; t++) orbit[find(t)] = (orbit[find(t)] as number) | (1 << t)
      for (let t = 0; t < tasks; t++) orbit[t] = orbit[find(t)] as number
    },
    all(mask, state) {
      const own = names((named[state] as number) - 1)
      let out = 0
      for (const t of tasksOf(mask)) out |= orbit[own[t] as number] as number
      return out
    },
    one: (task, state) => find(names((named[state] as number) - 1)[task] as number),
  }
}

/** Names are numbered as they come up: number 0 is one's own, and `[task here]` is the task of the first state. */
function createNames(
  symmetry: Symmetry,
  tasks: number,
): { names(n: number): Uint8Array; after(n: number, turned: number): number } {
  const list = [Uint8Array.from({ length: tasks }, (_, t) => t)]
  const numbers = new Map([[list.join(), 0]])
  const known = new Map<number, number>()
  const names = (n: number): Uint8Array => list[n] as Uint8Array
  return {
    names,
    after(n, turned) {
      if (turned === 0) return n
      // Fewer than 2^22 names, and exchanges are 30 bits: a number holds both.
      const key = n * 2 ** 30 + turned
      const found = known.get(key)
      if (found !== undefined) return found
      const next = new Uint8Array(tasks)
      for (const [before, now] of namesAfter(symmetry, turned, tasks).entries())
        next[now] = names(n)[before] as number
      const text = next.join()
      const number = numbers.get(text) ?? list.push(next) - 1
      numbers.set(text, number)
      known.set(key, number)
      return number
    },
  }
}
