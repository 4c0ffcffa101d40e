/**
 * The edges of the state space, forward, as flat arrays. They are not kept during the search, which would take more room
 * than the states; they are made again from the states when somebody asks about more than one state at a time.
 */
import { at } from './layout.ts'
import type { Search } from './search.ts'
import { BREATH, type Work } from './work.ts'

export interface Graph {
  /** States whose edges are here: all below this number. */
  readonly states: number
  /** `first[s]` to `first[s + 1]`: the edges of state `s`, ordered by task and then as in the automaton. */
  readonly first: Int32Array
  readonly target: Int32Array
  readonly task: Uint8Array
  /** 1: the state has a move beyond which nothing is known (the kernel stops, or a variable leaves its domain). */
  readonly open: Uint8Array
  /** With symmetry: per edge, which exchanges of tasks made its target what it is. */
  readonly turned?: Int32Array
}

/** Bytes that the graph of so many states takes. */
export const graphBytes = (search: Search, states: number): number =>
  states * 5 + edgesOf(search, states) * (search.symmetry ? 9 : 5)

/** Exact for the whole space but for moves that stop the kernel; a guess for a part of it. */
const edgesOf = (search: Search, states: number): number =>
  Math.ceil(search.transitions * (search.expanded > 0 ? states / search.expanded : 1)) + 64

/** The edges of the first `states` states, all of which must have been expanded. */
export function* buildGraph(search: Search, states: number): Work<Graph> {
  const stride = search.layout.words + 1
  const first = new Int32Array(states + 1)
  const open = new Uint8Array(states)
  let target = new Int32Array(edgesOf(search, states))
  let task = new Uint8Array(target.length)
  let turned = new Int32Array(search.symmetry ? target.length : 0)
  const taskOf = Uint8Array.from(search.sites, (s) => s.task)
  let edges = 0
  const append = (from: number): number => {
    const next = search.again(from, states, (s) => {
      open[s] = 1
    })
    const { ends, slots, succ, turned: turns } = search.batch
    const count = at(ends, next - from - 1) / stride
    if (edges + count > target.length) {
      const larger = Math.ceil((edges + count) * 1.5)
      target = resized(target, new Int32Array(larger))
      task = resized(task, new Uint8Array(larger))
      if (search.symmetry) turned = resized(turned, new Int32Array(larger))
    }
    let k = 0
    for (let s = from; s < next; s++) {
      const end = (ends[s - from] as number) / stride
      for (; k < end; k++) {
        target[edges] = slots[k] as number
        task[edges] = taskOf[succ[k * stride + stride - 1] as number] as number
        if (turns) turned[edges] = turns[k] as number
        edges++
      }
      first[s + 1] = edges
    }
    return next
  }
  let breath = BREATH
  for (let from = 0; from < states; ) {
    from = append(from)
    if (edges < breath) continue
    breath = edges + BREATH
    yield { what: 'edges', done: from, of: states }
  }
  return { states, first, target, task, open, ...(search.symmetry && { turned }) }
}

function resized<A extends Int32Array | Uint8Array>(from: A, to: A): A {
  to.set(from)
  return to
}

/** The state from which an edge goes out. */
export function sourceOf(graph: Graph, edge: number): number {
  let low = 0
  let high = graph.states - 1
  while (low < high) {
    const middle = (low + high + 1) >> 1
    if (at(graph.first, middle) <= edge) low = middle
    else high = middle - 1
  }
  return low
}
