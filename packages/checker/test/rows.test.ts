// What nodes do as rows that are walked along, and as code where there would be too many of them: the same as in JavaScript.
import { type ExprLike, eq, lt, ne, plus, type Variable, variable, when } from '@mmulab/model'
import { describe, expect, it } from 'vitest'
import type { Linked } from '../src/automaton.ts'
import type { Backend } from '../src/engine.ts'
import { sitesOf } from '../src/generate.ts'
import { layOut } from '../src/layout.ts'
import { createSearch, type Search } from '../src/search.ts'
import { rowsOf } from '../src/wasm/rows.ts'
import { automaton, edge, end, linkedOf, node, sequence } from './build.ts'
import { known } from './known.ts'

function searched(linked: Linked, backend: Backend): Search {
  const search = createSearch(linked, layOut(linked), { backend })
  while (!search.done) search.run(10_000)
  return search
}

/** How many nodes of each task are compiled. */
const compiledOf = (linked: Linked): number[] =>
  rowsOf(linked, layOut(linked), sitesOf(linked.automata).length).compiled.map((c) => c.size)

const upTo = (v: Variable, n: number) =>
  automaton('counts', [node({ guard: lt(v, n), set: [[v, plus(v, 1)]], edges: [edge(0, 0)] }), end])

describe('rows', () => {
  it('a node with too many cases is compiled: a large variable that is copied, in several functions', () => {
    const [x, y] = [variable('x', { max: 300 }), variable('y', { max: 300 })]
    const copies = Array.from({ length: 400 }, (_, i) => ({
      set: [[y, when(lt(x, i), x, plus(x, i % 3))]] as const,
      guard: lt(y, 299),
    }))
    const few = automaton('counts', [
      node({ guard: ne(x, 40), set: [[x, plus(x, 1)]], edges: [edge(0, 0)] }),
      end,
    ])
    const linked = linkedOf([few, sequence('copies', copies)], [x, y])
    const [counts, copied] = compiledOf(linked)
    expect(counts).toBe(0)
    expect(copied).toBeGreaterThan(390)
    const [wasm, javascript] = [searched(linked, 'wasm'), searched(linked, 'javascript')]
    expect(wasm.states).toBeGreaterThan(10_000)
    expect(known(wasm)).toEqual(known(javascript))
  })

  it('what leaves its domain is said, by how much, and is no move; what comes before and after it is', () => {
    const [x, flag] = [variable('x', { max: 3 }), variable('flag', { max: 1 })]
    const choice = node({
      choose: true,
      set: [
        [flag, when(eq(x, 2), 1, flag)],
        [x, plus(x, when(eq(flag, 1), 3, 1))],
      ],
      edges: [edge(0, 0), edge(1, 1, [{ kind: 'mark', name: 'chosen' }])],
    })
    const linked = linkedOf([automaton('chooses', [choice, end])], [x, flag])
    expect(compiledOf(linked)).toEqual([0])
    const [wasm, javascript] = [searched(linked, 'wasm'), searched(linked, 'javascript')]
    expect([...wasm.exceeded]).toEqual([x])
    expect(wasm.transitions).toBe(6)
    expect([...wasm.marks]).toEqual(['chosen'])
    expect(known(wasm)).toEqual(known(javascript))
  })

  it.each([1, 2, 3, 4, 5, 6, 7])('states of %i words: sums and values in each of them', (words) => {
    // Two large variables fill a word, or one of them and the places of the tasks.
    const variables = Array.from({ length: 2 * words - 1 }, (_, i) =>
      variable(`v${i}`, { max: 16_383, init: 9_000 + i }),
    )
    // All down or all up, but for some that are set: what is added to a word is negative, too.
    const steps = (from: number) =>
      [1, -1, -1, 1, -1].map((n, i) => ({
        set: variables.map((v, at): [Variable, ExprLike] =>
          (at + i) % 5 === from ? [v, (at + from + 1) * 100] : [v, plus(v, n)],
        ),
      }))
    const linked = linkedOf([sequence('a', steps(0)), sequence('b', steps(3))], variables)
    expect(compiledOf(linked)).toEqual([0, 0])
    expect(layOut(linked).words).toBe(words)
    const [wasm, javascript] = [searched(linked, 'wasm'), searched(linked, 'javascript')]
    expect(wasm.transitions).toBeGreaterThan(50)
    expect([...wasm.exceeded]).toEqual([])
    expect(known(wasm)).toEqual(known(javascript))
  })

  it('one large variable that only counts needs few rows', () => {
    const x = variable('x', { max: 10_000 })
    const linked = linkedOf([upTo(x, 10_000)], [x])
    expect(compiledOf(linked)).toEqual([0])
    expect(searched(linked, 'wasm').states).toBe(10_001)
  })
})
