import { describe, expect, it } from 'vitest'
import type { Automaton, Edge, Node } from '../src/automaton.ts'
import { createKeys } from '../src/keys.ts'
import { minimise } from '../src/minimise.ts'
import { automaton, edge, end, node } from './build.ts'
import { randomFrom } from './random-world.ts'

/** Nodes of two kinds whose answers lead anywhere, many of them to equal futures. */
function randomAutomaton(seed: number): Automaton {
  const below = randomFrom(seed)
  const count = 2 + below(30)
  const nodes = Array.from({ length: count }, (_, i): Node => {
    if (below(8) === 0) return end
    const edges = Array.from({ length: 1 + below(2) }, (_, answer): Edge => {
      const to = below(12) === 0 ? -1 : below(2) === 0 ? below(count) : below(Math.min(count, 4))
      return edge(answer, to, below(10) === 0 ? [{ kind: 'mark', name: 'seen' }] : [])
    })
    return node({ answer: below(2), edges, label: `node ${i}` })
  })
  return automaton('task', nodes)
}

/** Moore, as written in the books: whether two nodes differ, for every pair, until nothing changes. */
function differ(a: Automaton): boolean[][] {
  const own = (n: Node): string =>
    JSON.stringify([n.kind, n.answer, n.edges.map((e) => [e.answer, e.to < 0, e.flags])])
  const table = a.nodes.map((x) => a.nodes.map((y) => own(x) !== own(y)))
  for (let changed = true; changed; ) {
    changed = false
    a.nodes.forEach((x, i) => {
      a.nodes.forEach((y, j) => {
        if (table[i]?.[j]) return
        const apart = x.edges.some(
          (e, k) => e.to >= 0 && table[e.to]?.[y.edges[k]?.to ?? -1] === true,
        )
        if (!apart) return
        for (const [p, q] of [
          [i, j],
          [j, i],
        ] as const)
          (table[p] as boolean[])[q] = true
        changed = true
      })
    })
  }
  return table
}

/** Classes of what can be reached. */
function classes(a: Automaton): number {
  const apart = differ(a)
  const seen = new Set([a.start])
  for (const i of seen) for (const e of a.nodes[i]?.edges ?? []) if (e.to >= 0) seen.add(e.to)
  return [...seen].filter((i) => ![...seen].some((j) => j < i && !apart[i]?.[j])).length
}

/** Whether both do the same, whatever the answers. */
function alike(a: Automaton, b: Automaton): boolean {
  const both: Automaton = {
    ...a,
    nodes: [
      ...a.nodes,
      ...b.nodes.map((n) => ({
        ...n,
        edges: n.edges.map((e) => ({ ...e, to: e.to < 0 ? -1 : e.to + a.nodes.length })),
      })),
    ],
  }
  return !differ(both)[a.start]?.[b.start + a.nodes.length]
}

describe('minimising', () => {
  it.each(Array.from({ length: 200 }, (_, i) => i + 1))(
    'leaves one node of each class, and does the same (seed %i)',
    (seed) => {
      const a = randomAutomaton(seed)
      const least = minimise(a, createKeys())
      expect(least.nodes).toHaveLength(classes(a))
      expect(alike(a, least)).toBe(true)
    },
  )

  it('tells apart what differs only at the end of a long way', () => {
    const chain = (first: number, last: number): Node[] =>
      Array.from({ length: 500 }, (_, i) =>
        i === 499 ? node({ answer: last, to: -1 }) : node({ to: first + i + 1 }),
      )
    const fork = node({ choose: true, to: [0, 500] })
    const a = automaton('task', [...chain(0, 1), ...chain(500, 2), fork], { start: 1000 })
    expect(minimise(a, createKeys()).nodes).toHaveLength(1001)
  })
})
