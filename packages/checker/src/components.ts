/**
 * Strongly connected components of the state space and, for each, which tasks can still finish and which can still move.
 *
 * Pearce's form of Tarjan's algorithm, iterative: one number per state serves as visit order, low link and, once it is known,
 * component. Components come out sinks first, so what a component can reach is known when it is closed. Sets of tasks are
 * words of bits; `link` sees to it that there are never more than 31 tasks.
 */
import type { Automaton } from './automaton.ts'
import type { Graph } from './graph.ts'
import { at, type Layout, lowMask } from './layout.ts'
import { BREATH, type Work } from './work.ts'

export interface Components {
  readonly count: number
  /** Component of each state. Edges lead to the same component or to one with a smaller number. */
  readonly of: Int32Array
  /** All states, component after component. */
  readonly order: Int32Array
  /** Per component, a bit for each task that has finished or can still finish. */
  readonly finish: Int32Array
  /** Per component, a bit for each task that can move, now or later. */
  readonly move: Int32Array
  /** Per component, a bit for each task that has not finished and will never move again. */
  readonly blocked: Int32Array
  /** Per component, 1 when it cannot be left. */
  readonly bottom: Uint8Array
}

/** A bit for each task that is at its end, of a packed state and the place where it begins. */
export function finishedMasks(
  automata: readonly Automaton[],
  layout: Layout,
): (words: Int32Array, offset: number) => number {
  const ends = automata.map((a) => Uint8Array.from(a.nodes, (n) => (n.kind === 'end' ? 1 : 0)))
  const fields = layout.pcs.map((f, t) => ({ ...f, end: at(ends, t), low: lowMask(f) }))
  return (words, offset) => {
    let mask = 0
    let task = 0
    for (const { word, shift, low, end } of fields) {
      const pc = ((words[offset + word] as number) >>> shift) & low
      mask |= (end[pc] as number) << task++
    }
    return mask
  }
}

/** Bytes per state that working the components out takes. */
export const COMPONENT_BYTES = 30

export function* componentsOf(
  graph: Graph,
  tasks: number,
  finished: (state: number) => number,
): Work<Components> {
  const { states, first, target, task, open } = graph
  const everybody = 2 ** tasks - 1
  const number = new Int32Array(states)
  // Two stacks in one array: the states on the way from the left, those that wait for their component to close from the right.
  const stacks = new Int32Array(states)
  const ordered = new Int32Array(states)
  const next = first.slice(0, states)
  const root = new Uint8Array(states)
  const finish = new Int32Array(states)
  const move = new Int32Array(states)
  const blocked = new Int32Array(states)
  const bottom = new Uint8Array(states)
  let order = 1
  let count = 0
  let top = states
  let depth = 0
  let closed = 0

  const enter = (v: number): void => {
    stacks[depth++] = v
    number[v] = order++
    root[v] = 1
  }
  /** `v` closes a component: itself and the states above its mark on the stack of pending ones. */
  const close = (v: number): void => {
    const mark = number[v] as number
    // Numbers of components run down from the top, so that they are never below the visit order of a pending state.
    const id = states - 1 - count
    const begin = closed
    ordered[closed++] = v
    number[v] = id
    while (top < states && (number[stacks[top] as number] as number) >= mark) {
      const s = stacks[top++] as number
      ordered[closed++] = s
      number[s] = id
    }
    // Nobody comes back from the end, so all states of a component agree on who is there.
    const over = finished(v)
    let canFinish = over
    let canMove = 0
    let isBottom = 1
    for (let i = begin; i < closed; i++) {
      const s = ordered[i] as number
      if (open[s] === 1) {
        canFinish = canMove = everybody
        isBottom = 0
      }
      for (let e = first[s] as number; e < (first[s + 1] as number); e++) {
        canMove |= 1 << (task[e] as number)
        const to = number[target[e] as number] as number
        if (to === id) continue
        isBottom = 0
        canFinish |= finish[states - 1 - to] as number
        canMove |= move[states - 1 - to] as number
      }
    }
    finish[count] = canFinish
    move[count] = canMove
    blocked[count] = everybody & ~over & ~canMove
    bottom[count] = isBottom
    order -= closed - begin
    count++
  }

  /** Goes on along the next edge, and up again where there is none, so many times. */
  const walk = (steps: number): void => {
    for (let n = 0; n < steps && depth > 0; n++) {
      const v = stacks[depth - 1] as number
      const e = next[v] as number
      if (e < (first[v + 1] as number)) {
        const w = target[e] as number
        // An edge is looked at again after the state it leads to is done, so that its number can be taken over.
        if (number[w] === 0) {
          enter(w)
          continue
        }
        next[v] = e + 1
        if ((number[w] as number) < (number[v] as number)) {
          number[v] = number[w] as number
          root[v] = 0
        }
        continue
      }
      depth--
      if (root[v] === 1) close(v)
      else stacks[--top] = v
    }
  }

  if (states > 0) enter(0)
  while (depth > 0) {
    walk(BREATH)
    yield { what: 'components', done: closed, of: states }
  }
  for (let s = 0; s < states; s++) number[s] = states - 1 - (number[s] as number)
  return { count, of: number, order: ordered, finish, move, blocked, bottom }
}
