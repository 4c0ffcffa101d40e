/**
 * Goals: what must stay possible. From every reachable state a state in which the goal holds can still be reached; progress is
 * the goal "this task has finished", and these are those that a world adds.
 */
import type { ClaimId, Expr } from '@mmulab/model'
import { truthCode } from './expression-code.ts'
import type { Target } from './findings.ts'
import { at, type Layout } from './layout.ts'
import { firstStates, type StateSpace } from './liveness.ts'
import type { ClaimResult } from './result.ts'

/** The broken goals of a world, by claim; the first one where a claim has several. */
export function brokenGoals(space: StateSpace): Map<ClaimId, ClaimResult> {
  const broken = new Map<ClaimId, ClaimResult>()
  for (const { claim, holds, message } of space.search.linked.goals) {
    if (broken.has(claim)) continue
    const can = canReach(space, holds)
    const of = space.components.of
    const first = firstStates(space.search, (s) => can[at(of, s)] === 0)
    if (!first) continue
    const targets = first.states.map((state): Target => ({ state, move: undefined, message }))
    const way = space.schedules.best(targets, first.depth)
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
function canReach({ search, graph, components }: StateSpace, goal: Expr): Uint8Array {
  const { states, first, target, open } = graph
  const { of, count } = components
  const holds = predicate(goal, search.layout)
  const can = new Uint8Array(count)
  for (const s of byComponent(of, states, count)) {
    const c = at(of, s)
    if (can[c] === 1) continue
    let reached = open[s] === 1 || holds(search.packed, s * search.layout.words)
    for (let e = at(first, s); !reached && e < at(first, s + 1); e++)
      reached = can[at(of, at(target, e))] === 1
    if (reached) can[c] = 1
  }
  return can
}

/** The states in the order of their components (a counting sort). */
function byComponent(of: Int32Array, states: number, count: number): Int32Array {
  const start = new Int32Array(count + 1)
  for (let s = 0; s < states; s++) start[at(of, s) + 1] = at(start, at(of, s) + 1) + 1
  for (let c = 0; c < count; c++) start[c + 1] = at(start, c + 1) + at(start, c)
  const order = new Int32Array(states)
  for (let s = 0; s < states; s++) {
    const c = at(of, s)
    const i = at(start, c)
    order[i] = s
    start[c] = i + 1
  }
  return order
}

function predicate(e: Expr, layout: Layout): (words: Int32Array, offset: number) => boolean {
  const words = Array.from({ length: layout.words }, (_, i) => `s${i}=w[o+${i}]`).join()
  const body = `const ${words};return !!(${truthCode(e, layout)})`
  return new Function('w', 'o', body) as (words: Int32Array, offset: number) => boolean
}
