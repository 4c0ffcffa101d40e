/**
 * The shortest fair way round in a part of the space: breadth-first over states, together with what is owed and what is done. A
 * task owes a move once it could move in some state of the way, and so does each alternative of a choice that somebody stands at. Round
 * again at the beginning with nothing owed, the way is fair by itself.
 *
 * That is a traveller's problem, so it is given up when it takes too long; what was found until then is fair all the same.
 */
import type { Fairness, FairTo, Region } from './fair-regions.ts'
import type { Graph } from './graph.ts'
import { tasksOf } from './wait-for.ts'
import { BREATH, type Work } from './work.ts'

export interface Round {
  readonly start: number
  readonly edges: readonly number[]
}

/** Sets of what is owed and of what is done have to fit into a number, beside the state. */
const MOST_DUTIES = 16
/** Every state of a part is tried as a beginning. */
const MOST_STATES = 2 ** 16
/** States, with what is owed and done in them, that are looked at for one part. */
const PATIENCE = 2 ** 18

interface Found {
  readonly round: Round | undefined
  /** Nothing shorter is in the part. */
  readonly proved: boolean
}

/** Whether there is a chance to find it in a part. */
export const isTried = (part: Region): boolean => part.states.length <= MOST_STATES

/** Shorter than `bound`; of equally short ones that which begins first in `starts`, all states of the part in some order. */
export function* shortestRound(
  graph: Graph,
  fairness: Fairness,
  part: Region,
  starts: readonly number[],
  to: FairTo,
  bound: number,
): Work<Found> {
  if (!isTried(part)) return { round: undefined, proved: false }
  const duties = dutiesIn(graph, fairness, part, to)
  if (duties.count > MOST_DUTIES) return { round: undefined, proved: false }
  const { first, target } = graph
  const number = new Map(starts.map((s, i) => [s, i]))
  const owes = new Map<number, number>()
  const owedAt = (s: number): number => {
    let mask = owes.get(s)
    if (mask === undefined) {
      mask = duties.at(s)
      owes.set(s, mask)
    }
    return mask
  }
  const scale = 2 ** duties.count
  let left = PATIENCE
  let round: Round | undefined
  let shortest = bound
  for (const [nth, start] of starts.entries()) {
    // A way round through an earlier beginning has been looked for there.
    const isInside = (s: number): boolean => (number.get(s) ?? -1) >= nth
    const seen = new Set<number>()
    const at = [start]
    const owed = [owedAt(start)]
    const done = [0]
    const into = [-1]
    const from = [-1]
    const depth = [0]
    search: for (let i = 0; i < at.length; i++) {
      const s = at[i] as number
      const steps = (depth[i] as number) + 1
      if (steps >= shortest) break
      if (--left < 0) return { round, proved: false }
      if (left % BREATH === 0) yield { what: 'fairness', done: nth, of: starts.length }
      for (let e = first[s] as number; e < (first[s + 1] as number); e++) {
        const next = target[e] as number
        if (!isInside(next)) continue
        const paid = (done[i] as number) | duties.paidBy(s, e)
        const rest = ((owed[i] as number) | owedAt(next)) & ~paid
        if (next === start && rest === 0) {
          const edges = [e]
          for (let k = i; k > 0; k = from[k] as number) edges.push(into[k] as number)
          round = { start, edges: edges.reverse() }
          shortest = steps
          break search
        }
        // Each step is one task's.
        if (steps + Math.max(1, tasksOf(rest & duties.tasks).length) >= shortest) continue
        const key = ((number.get(next) as number) * scale + rest) * scale + paid
        if (seen.has(key)) continue
        seen.add(key)
        at.push(next)
        owed.push(rest)
        done.push(paid)
        into.push(e)
        from.push(i)
        depth.push(steps)
      }
    }
  }
  return { round, proved: true }
}

/** What can be owed in a part, each by a bit. */
function dutiesIn(graph: Graph, fairness: Fairness, part: Region, to: FairTo) {
  const bits = new Map<string, number>()
  let tasks = 0
  const bitOf = (duty: string): number => {
    let bit = bits.get(duty)
    if (bit === undefined) {
      bit = 1 << bits.size
      bits.set(duty, bit)
      if (duty.startsWith('task')) tasks |= bit
    }
    return bit
  }
  const at = (s: number): number => {
    let mask = 0
    for (const t of tasksOf(fairness.enabled(s))) mask |= bitOf(`task ${t}`)
    if (to === 'choices') for (const a of fairness.alternatives(s)) mask |= bitOf(`way ${a}`)
    return mask
  }
  for (const s of part.states) {
    if (bits.size > MOST_DUTIES) break
    at(s)
  }
  return {
    count: bits.size,
    tasks,
    at,
    paidBy(s: number, edge: number): number {
      const way = to === 'choices' ? fairness.alternativeOf(s, edge) : undefined
      const mover = bitOf(`task ${graph.task[edge]}`)
      return way === undefined ? mover : mover | bitOf(`way ${way}`)
    },
  }
}
