// A search that goes on in other memories when one is full: the same states, numbers, edges, verdicts and schedules.
import { describe, expect, it } from 'vitest'
import { reductionOf } from '../src/alone.ts'
import type { Linked } from '../src/automaton.ts'
import { check } from '../src/check.ts'
import { buildGraph } from '../src/graph.ts'
import { layOut } from '../src/layout.ts'
import { isReduced, type Reductions } from '../src/reductions.ts'
import { createSearch, type Search, type SearchOptions } from '../src/search.ts'
import { complete } from '../src/work.ts'
import { known } from './known.ts'
import { randomWorld } from './random-world.ts'
import { spawn } from './threads.ts'
import { twinWorld } from './twin-world.ts'

const SMALL = Array.from({ length: 120 }, (_, i) => i + 1)
/** Worlds of some thousands of states. */
const LARGE = [1739, 2584, 7494, 9135, 18267, 22530]

/** So few states that small worlds have several memories. */
const apart = (states: number): SearchOptions => ({ shard: { states } })

function searched(
  linked: Linked,
  options: SearchOptions,
  from?: Search,
  reductions: Reductions = {},
): Search {
  const reduction = isReduced(reductions) ? reductionOf(linked, reductions) : undefined
  const search = createSearch(linked, layOut(linked), options, reduction, from?.save())
  for (let slice = 1; !search.done; slice++) search.run(slice * 10)
  return search
}

/** The edges, made again from the states; with what was not looked up cut off. */
function edgesOf(search: Search) {
  const graph = complete(buildGraph(search, search.states))
  const edges = graph.first.at(-1)
  return { ...graph, target: graph.target.slice(0, edges), task: graph.task.slice(0, edges) }
}

let most = 0
let turned = false

describe('several memories against one', () => {
  it.each([...SMALL, ...LARGE])('random world %i: the same states, numbers and edges', (seed) => {
    const linked = randomWorld(seed)
    const one = searched(linked, {})
    for (const states of [10, 300]) {
      const several = searched(linked, apart(states))
      most = Math.max(most, several.memories)
      expect(known(several)).toEqual(known(one))
      expect(edgesOf(several)).toEqual(edgesOf(one))
    }
  })

  it.each([...SMALL, ...LARGE])('random world %i: the same with reductions', (seed) => {
    for (const linked of [randomWorld(seed), twinWorld(seed)]) sameReduced(linked)
  })

  const sameReduced = (linked: Linked): void => {
    const all = { fusion: true, partialOrder: true, symmetry: true }
    const one = searched(linked, {}, undefined, all)
    const several = searched(linked, apart(30), undefined, all)
    expect(known(several)).toEqual(known(one))
    expect(edgesOf(several)).toEqual(edgesOf(one))
    turned ||= one.symmetry !== undefined && several.memories > 1
  }

  it('there were many', () => {
    expect(most).toBeGreaterThan(8)
    expect(turned).toBe(true)
  })

  it.each(LARGE)('random world %i: the same verdicts, schedules, causes and pairs', (seed) => {
    const linked = randomWorld(seed)
    const [one, several] = [{}, apart(200)].map((options) => {
      const result = check(linked, { ...options, all: true, pairs: true })
      return { ...result, bytesPerState: 0 }
    })
    const { memories, ...rest } = several ?? {}
    expect(memories).toBeGreaterThan(2)
    expect(rest).toEqual(one)
  })

  it.each(LARGE)('random world %i: one goes on with what several have saved, and back', (seed) => {
    const linked = randomWorld(seed)
    const one = searched(linked, {})
    for (const [first, then] of [
      [apart(100), {}],
      [{}, apart(100)],
      [apart(300), apart(70)],
    ] as const) {
      const begun = searched(linked, { ...first, maxStates: 1000 })
      expect(begun.stopped).toBeDefined()
      expect(known(searched(linked, then, begun))).toEqual(known(one))
    }
  })

  it('limits are met at the same number of states', () => {
    const linked = randomWorld(18267)
    for (const maxStates of [1, 99, 1000, 1501]) {
      const search = searched(linked, { ...apart(100), maxStates })
      expect(search.states).toBe(maxStates)
      expect(search.stopped).toBe(`the limit of ${maxStates} states was met`)
    }
  })

  it('all memories together stay within the limit of bytes', () => {
    const linked = randomWorld(18267)
    const maxBytes = 3 * 2 ** 17
    const search = searched(linked, { ...apart(100), maxBytes })
    expect(search.stopped).toMatch(/^memory is exhausted after \d+ states$/)
    expect(search.memories).toBeGreaterThan(2)
    expect(search.bytes).toBeLessThanOrEqual(maxBytes)
  })

  it('threads help until the first memory is full', () => {
    const linked = randomWorld(22530)
    const workers = { count: 2, spawn, from: 2, patience: 60_000 }
    const search = searched(linked, { ...apart(500), workers })
    expect(search.memories).toBeGreaterThan(2)
    expect(known(search)).toEqual(known(searched(linked, {})))
  })
})
