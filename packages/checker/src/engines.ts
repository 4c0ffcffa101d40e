/** Which engine runs a search. */
import type { Engine, EngineInput } from './engine.ts'
import { createJsEngine } from './js-engine.ts'
import { createWasmEngine } from './wasm/engine.ts'
import { hasWasm } from './wasm/host.ts'

export function createEngine(input: EngineInput): Engine {
  const wanted = input.options.backend ?? (hasWasm() ? 'wasm' : 'javascript')
  return wanted === 'wasm' && !input.reduction ? createWasmEngine(input) : createJsEngine(input)
}
