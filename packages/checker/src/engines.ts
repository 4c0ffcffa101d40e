/** Which engine runs a search. */
import type { Engine, EngineInput } from './engine.ts'
import { createJsEngine } from './js-engine.ts'
import { createWasmEngine } from './wasm/engine.ts'
import { hasWasm } from './wasm/host.ts'

export function createEngine(input: EngineInput): Engine {
  const wanted = input.options.backend ?? (hasWasm() ? 'wasm' : 'javascript')
  if (wanted === 'javascript') return createJsEngine(input)
  try {
    return createWasmEngine(input)
  } catch (error) {
    // Its memory wants gigabytes of addresses, of which little is used; where they are limited there are none.
    if (error instanceof RangeError) return createJsEngine(input)
    throw error
  }
}
