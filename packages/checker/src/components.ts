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

export interface Components {
  readonly count: number
  /** Component of each state. Edges lead to the same component or to one with a smaller number. */
  readonly of: Int32Array
  /** Per component, a bit for each task that has finished or can still finish. */
  readonly finish: Int32Array
  /** Per component, a bit for each task that can move, now or later. */
  readonly move: Int32Array
  /** Per component, a bit for each task that has not finished and will never move again. */
  readonly blocked: Int32Array
  /** Per component, 1 when it cannot be left. */
  readonly bottom: Uint8Array
}

/** A bit for each task that is at its end, per state. */
export function finishedMasks(
  automata: readonly Automaton[],
  layout: Layout,
): (words: Int32Array, state: number) => number {
  const ends = automata.map((a) => Uint8Array.from(a.nodes, (n) => (n.kind === 'end' ? 1 : 0)))
  const fields = layout.pcs.map((f, t) => ({ ...f, end: at(ends, t), low: lowMask(f) }))
  return (words, state) => {
    let mask = 0
    let task = 0
    for (const { word, shift, low, end } of fields) {
      const pc = ((words[state * layout.words + word] as number) >>> shift) & low
      mask |= (end[pc] as number) << task++
    }
    return mask
  }
}

export function componentsOf(
  graph: Graph,
  tasks: number,
  finished: (state: number) => number,
): Components {
  const { states, first, target, task, open } = graph
  const everybody = 2 ** tasks - 1
  const number = new Int32Array(states)
  const pending = new Int32Array(states)
  const frames = new Int32Array(states)
  const next = first.slice(0, states)
  const root = new Uint8Array(states)
  const finish = new Int32Array(states)
  const move = new Int32Array(states)
  const blocked = new Int32Array(states)
  const bottom = new Uint8Array(states)
  let order = 1
  let count = 0
  let held = 0
  let depth = 0

  const enter = (v: number): void => {
    frames[depth++] = v
    number[v] = order++
    root[v] = 1
  }
  /** `v` closes a component: itself and the states above its mark on the stack of pending ones. */
  const close = (v: number): void => {
    const mark = number[v] as number
    pending[held++] = v
    let begin = held - 1
    while (begin > 0 && (number[pending[begin - 1] as number] as number) >= mark) begin--
    // Numbers of components run down from the top, so that they are never below the visit order of a pending state.
    const id = states - 1 - count
    for (let i = begin; i < held; i++) number[pending[i] as number] = id
    // Nobody comes back from the end, so all states of a component agree on who is there.
    const over = finished(v)
    let canFinish = over
    let canMove = 0
    let isBottom = 1
    for (let i = begin; i < held; i++) {
      const s = pending[i] as number
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
    order -= held - begin
    held = begin
    count++
  }

  if (states > 0) enter(0)
  while (depth > 0) {
    const v = frames[depth - 1] as number
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
    else pending[held++] = v
  }
  for (let s = 0; s < states; s++) number[s] = states - 1 - (number[s] as number)
  return { count, of: number, finish, move, blocked, bottom }
}
