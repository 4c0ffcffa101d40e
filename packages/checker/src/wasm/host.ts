/** What is used of the host's WebAssembly: it is no part of the language, but Node and every browser have it. */

export interface WasmMemory {
  readonly buffer: ArrayBuffer
  /** @throws RangeError when there is no more */
  grow(pages: number): number
}

export interface MemoryLimits {
  readonly initial: number
  readonly maximum: number
  readonly shared: boolean
}

interface Host {
  readonly Memory: new (limits: MemoryLimits) => WasmMemory
  readonly Module: new (code: Uint8Array<ArrayBuffer>) => object
  readonly Instance: new (
    module: object,
    imports: { readonly env: { readonly memory: WasmMemory } },
  ) => { readonly exports: object }
}

const host = (): Host => (globalThis as unknown as { WebAssembly: Host }).WebAssembly

export const hasWasm = (): boolean => 'WebAssembly' in globalThis

export const newMemory = (limits: MemoryLimits): WasmMemory => new (host().Memory)(limits)

/** What the module exports. @throws where the host does not allow code to be made */
export function run(code: Uint8Array<ArrayBuffer>, memory: WasmMemory): object {
  const { Module, Instance } = host()
  return new Instance(new Module(code), { env: { memory } }).exports
}
