import { describe, expect, it } from 'vitest'
import type { Node } from '../src/automaton.ts'
import { cutCycles } from '../src/cycles.ts'
import { node } from './build.ts'
import { randomFrom } from './random-world.ts'

/** As it is said: of all places from which a way leads back over remaining ones, the dearest goes, until there is none. */
function cutOneByOne(
  nodes: readonly Node[],
  may: readonly boolean[],
  cost: readonly number[],
): boolean[] {
  const left = [...may]
  const comesBack = (start: number): boolean => {
    const seen = new Set<number>()
    const queue = [start]
    for (const i of queue)
      for (const { to } of nodes[i]?.edges ?? []) {
        if (to === start) return true
        if (to < 0 || seen.has(to) || left[to] !== true) continue
        seen.add(to)
        queue.push(to)
      }
    return false
  }
  for (;;) {
    let worst = -1
    for (const i of nodes.keys())
      if (left[i] && comesBack(i) && (worst < 0 || (cost[i] ?? 0) > (cost[worst] ?? 0))) worst = i
    if (worst < 0) return left
    left[worst] = false
  }
}

describe('cutting the loops of a task', () => {
  it('takes what is taken one by one, in 300 random graphs', () => {
    let cut = 0
    for (let seed = 1; seed <= 300; seed++) {
      const below = randomFrom(seed)
      const count = 1 + below(25)
      const nodes = Array.from({ length: count }, () =>
        node({ to: Array.from({ length: 1 + below(3) }, () => below(count + 1) - 1) }),
      )
      const may = nodes.map(() => below(5) > 0)
      const cost = nodes.map(() => below(4))
      const left = cutCycles(nodes, may, cost)
      expect(left, `seed ${seed}`).toEqual(cutOneByOne(nodes, may, cost))
      cut += may.filter((is, i) => is && !left[i]).length
    }
    expect(cut).toBeGreaterThan(500)
  })
})
