// A stripe of the table that is full is an error: whoever looks for a free slot in it would look for ever.
import { describe, expect, it } from 'vitest'
import type { Engine } from '../src/engine.ts'
import { initialState, layOut, pack } from '../src/layout.ts'
import { createSearch } from '../src/search.ts'
import { createWasmEngine } from '../src/wasm/engine.ts'
import { randomWorld } from './random-world.ts'

const linked = randomWorld(22530)
const layout = layOut(linked)
const nobody = (): void => {}
const listener = {
  flag: nobody,
  halt: nobody,
  bound: nobody,
  watched: nobody,
  impossible: nobody,
}

/** Searched with stripes of so many slots. */
function searched(stripe?: number): Engine {
  const deaf = (run: () => void): void => run()
  const input = { linked, layout, watches: [], listener, options: {}, reduction: undefined, deaf }
  const engine = createWasmEngine(input, stripe)
  const { pcs, values } = initialState(linked)
  engine.start(1, [pack(layout, pcs, values)])
  for (let next = 0; next < engine.count; ) next = engine.advance(next, engine.count)
  return engine
}

describe('stripes of the table', () => {
  it('a small one holds what a large one holds', () => {
    const search = createSearch(linked, layout)
    while (!search.done) search.run(1000)
    for (const stripe of [64, undefined]) expect(searched(stripe).count).toBe(search.states)
  })

  it('a full one is an error', () => {
    expect(() => searched(1)).toThrow(expect.objectContaining({ code: 'TABLE' }))
  })
})
