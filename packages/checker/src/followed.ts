/**
 * What each task can still do, where states stand for others in which tasks have changed places: the same as `components.ts`
 * says, but state by state, since within one component a task can come back under another name.
 */
import type { Components } from './components.ts'
import type { Graph } from './graph.ts'
import type { Symmetry } from './symmetry.ts'
import { namesAfter } from './symmetry-code.ts'
import { BREATH, type Work } from './work.ts'

/** Bytes per state, besides those of the components. */
export const FOLLOWED_BYTES = 17

/** Every state is a component of its own in what comes back; `components` still has those of the graph. */
export function* followed(
  symmetry: Symmetry,
  graph: Graph,
  components: Components,
  tasks: number,
  finished: (state: number) => number,
): Work<Components> {
  const { states, first, target, task, open, turned } = graph
  const { of, order } = components
  const everybody = 2 ** tasks - 1
  const finish = new Int32Array(states)
  const move = new Int32Array(states)
  const blocked = new Int32Array(states)
  const bottom = new Uint8Array(states)
  const before = createBefore(symmetry, tasks)

  /** Takes over what is known behind the edges of a state; whether that was news. */
  const settle = (s: number): boolean => {
    let canFinish = finish[s] as number
    let canMove = move[s] as number
    for (let e = first[s] as number; e < (first[s + 1] as number); e++) {
      const to = target[e] as number
      const t = turned?.[e] ?? 0
      canMove |= 1 << (task[e] as number)
      canFinish |= before(finish[to] as number, t)
      canMove |= before(move[to] as number, t)
    }
    const isNews = canFinish !== finish[s] || canMove !== move[s]
    finish[s] = canFinish
    move[s] = canMove
    return isNews
  }

  for (let s = 0; s < states; s++) {
    finish[s] = open[s] === 1 ? everybody : finished(s)
    move[s] = open[s] === 1 ? everybody : 0
    bottom[s] = components.bottom[of[s] as number] as number
  }
  let breath = BREATH
  for (let begin = 0; begin < states; ) {
    const component = of[order[begin] as number]
    let end = begin
    for (let more = true; more; ) {
      more = false
      for (end = begin; end < states && of[order[end] as number] === component; end++)
        if (settle(order[end] as number)) more = true
    }
    begin = end
    if (begin < breath) continue
    breath = begin + BREATH
    yield { what: 'components', done: begin, of: states }
  }
  for (let s = 0; s < states; s++) blocked[s] = everybody & ~finished(s) & ~(move[s] as number)
  const itself = Int32Array.from({ length: states }, (_, s) => s)
  return { count: states, of: itself, order, finish, move, blocked, bottom }
}

/** A set of tasks as it was before exchanges. */
function createBefore(symmetry: Symmetry, tasks: number): (mask: number, turned: number) => number {
  const known = new Map<number, Int32Array>()
  return (mask, turned) => {
    if (turned === 0) return mask
    let after = known.get(turned)
    if (!after) {
      after = Int32Array.from(namesAfter(symmetry, turned, tasks))
      known.set(turned, after)
    }
    let out = 0
    for (let t = 0; t < tasks; t++) out |= ((mask >> (after[t] as number)) & 1) << t
    return out
  }
}
