import { describe, expect, it, vi } from 'vitest'
import { type Reduction, reductionOf } from '../src/alone.ts'
import type { Linked } from '../src/automaton.ts'
import { check } from '../src/check.ts'
import type { Backend } from '../src/engine.ts'
import { buildGraph } from '../src/graph.ts'
import { layOut } from '../src/layout.ts'
import { createSearch, type Search, type SearchOptions } from '../src/search.ts'
import { complete } from '../src/work.ts'
import { known } from './known.ts'
import { loopWorld } from './loop-world.ts'
import { pairOfWorlds } from './pair-of-worlds.ts'
import { driversWorld, pagesWorld } from './parts-world.ts'
import { randomWorld } from './random-world.ts'
import { lockedWorld, sparseWorld } from './sparse-world.ts'
import { twinWorld } from './twin-world.ts'

const SEEDS = Array.from({ length: 400 }, (_, i) => i + 1)
/** Worlds of some thousands of states. */
const LARGE = [1739, 2584, 7494, 9135, 18267, 22530]

const MODES = [
  { fusion: true },
  { partialOrder: true },
  { symmetry: true },
  { fusion: true, partialOrder: true, symmetry: true },
]

function searched(
  linked: Linked,
  backend: Backend,
  options: SearchOptions = {},
  reduction?: Reduction,
): Search {
  const search = createSearch(linked, layOut(linked), { ...options, backend }, reduction)
  for (let slice = 1; !search.done; slice++) search.run(slice * 10)
  return search
}

/** The edges, made again from the states; with what was not looked up cut off. */
function edgesOf(search: Search) {
  const graph = complete(buildGraph(search, search.states))
  const edges = graph.first.at(-1)
  const { target, task, turned } = graph
  return {
    ...graph,
    target: target.slice(0, edges),
    task: task.slice(0, edges),
    turned: turned?.slice(0, edges),
  }
}

describe('WebAssembly against JavaScript, on random worlds', () => {
  it.each([...SEEDS, ...LARGE])(
    'seed %i: the same states in the same order, and the same edges',
    (seed) => {
      const linked = randomWorld(seed)
      const [wasm, javascript] = [searched(linked, 'wasm'), searched(linked, 'javascript')]
      expect(known(wasm)).toEqual(known(javascript))
      expect(edgesOf(wasm)).toEqual(edgesOf(javascript))
    },
  )

  it.each(LARGE)('seed %i: the same verdicts and schedules', (seed) => {
    const linked = randomWorld(seed)
    const [wasm, javascript] = (['wasm', 'javascript'] as const).map((backend) => ({
      ...check(linked, { backend }),
      bytesPerState: 0,
    }))
    expect(wasm).toEqual(javascript)
  })

  it.each(LARGE)('seed %i: the same where a limit is met', (seed) => {
    const linked = randomWorld(seed)
    const options = { maxStates: 1000 + (seed % 700) }
    expect(known(searched(linked, 'wasm', options))).toEqual(
      known(searched(linked, 'javascript', options)),
    )
  })

  it.each([1, 2, 3, 4].map((i) => i * 25))('reduced searches likewise, seeds to %i', (to) => {
    for (let seed = to - 24; seed <= to; seed++) {
      const worlds = [
        ...[randomWorld, sparseWorld, lockedWorld, twinWorld],
        ...[pairOfWorlds, loopWorld, driversWorld, pagesWorld],
      ]
      const linked = (worlds[seed % worlds.length] as typeof randomWorld)(seed)
      for (const reductions of MODES) {
        const [wasm, javascript] = (['wasm', 'javascript'] as const).map((backend) => {
          const reduction = reductionOf(linked, reductions)
          return searched(linked, backend, { maxStates: 3_000 }, reduction)
        }) as [Search, Search]
        const what = `${seed} ${JSON.stringify(reductions)}`
        expect(known(wasm), what).toEqual(known(javascript))
        if (!wasm.stopped) expect(edgesOf(wasm), what).toEqual(edgesOf(javascript))
      }
    }
  })

  it('JavaScript stands in where the host has no memory for WebAssembly', () => {
    const linked = randomWorld(1739)
    const whole = known(searched(linked, 'javascript'))
    let asked = 0
    class Memory {
      constructor() {
        asked++
        throw new RangeError('could not allocate memory')
      }
    }
    vi.stubGlobal('WebAssembly', { Memory })
    expect(known(searched(linked, 'wasm'))).toEqual(whole)
    vi.unstubAllGlobals()
    expect(asked).toBe(1)
  })
})
