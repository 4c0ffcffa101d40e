/**
 * Goals: what must stay possible. From every reachable state a state in which the goal holds can still be reached; progress is
 * the goal "this task has finished", and these are those that a world adds.
 */
import type { ClaimId, Expr } from '@mmulab/model'
import type { Target } from './findings.ts'
import { firstStates, type StateSpace } from './liveness.ts'
import { predicate } from './predicate.ts'
import type { ClaimResult } from './result.ts'
import { BREATH, type Work } from './work.ts'

/** The broken goals of a world, by claim; the first one where a claim has several. */
export function* brokenGoals(space: StateSpace): Work<Map<ClaimId, ClaimResult>> {
  const broken = new Map<ClaimId, ClaimResult>()
  for (const { claim, holds, message } of space.search.linked.goals) {
    if (broken.has(claim)) continue
    const can = yield* canReach(space, holds)
    const { of } = space.loops
    const first = yield* firstStates(space.search, claim, (s) => can[of[s] as number] === 0)
    if (!first) continue
    const targets = first.states.map((state): Target => ({ state, move: undefined, message }))
    const way = yield* space.schedules.best(targets, first.depth)
    if (!way) continue
    const prefix = way.moves.length
    broken.set(claim, {
      verdict: 'violated',
      message,
      schedule: {
        claim,
        moves: way.moves,
        prefix,
        ...(prefix > 0 && { pointOfNoReturn: prefix - 1 }),
      },
      steps: prefix,
      switches: way.switches,
      fewestSwitches: way.fewestSwitches,
    })
  }
  return broken
}

/**
 * Per component, 1 when a state in which the goal holds can be reached. Components are closed sinks first, so edges out of
 * one lead to smaller numbers, which are settled before it. Where the kernel stops or a variable leaves its domain nobody
 * knows, and nothing is held against that.
 */
function* canReach({ search, graph, loops }: StateSpace, goal: Expr): Work<Uint8Array> {
  const { states, first, target, open } = graph
  const { of, order, count } = loops
  const holds = predicate(goal, search.layout)
  const can = new Uint8Array(count)
  const settle = (s: number): void => {
    const c = of[s] as number
    if (can[c] === 1) return
    let reached = open[s] === 1 || holds(search.statesWith(s), search.placeOf(s))
    const end = first[s + 1] as number
    for (let e = first[s] as number; !reached && e < end; e++)
      reached = can[of[target[e] as number] as number] === 1
    if (reached) can[c] = 1
  }
  for (let i = 0; i < states; ) {
    for (const until = Math.min(states, i + BREATH); i < until; i++) settle(order[i] as number)
    yield { what: 'goals', done: i, of: states }
  }
  return can
}
