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
  readonly RuntimeError: new () => Error
  readonly Memory: new (limits: MemoryLimits) => WasmMemory
  readonly Module: new (code: Uint8Array<ArrayBuffer>) => object
  readonly Instance: new (
    module: object,
    imports: { readonly env: { readonly memory: WasmMemory } },
  ) => { readonly exports: object }
}

const host = (): Host => (globalThis as unknown as { WebAssembly: Host }).WebAssembly

export const hasWasm = (): boolean => 'WebAssembly' in globalThis

/** Whether memory can be shared with other threads, and this thread may wait for them: not so on most pages. */
export function canShare(): boolean {
  if (typeof SharedArrayBuffer === 'undefined') return false
  try {
    return Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 1) === 'not-equal'
  } catch {
    return false
  }
}

export const newMemory = (limits: MemoryLimits): WasmMemory => new (host().Memory)(limits)

/** @throws where the host does not allow code to be made */
export const compile = (code: Uint8Array<ArrayBuffer>): object => new (host().Module)(code)

/** What the module exports. */
export const run = (module: object, memory: WasmMemory): object =>
  new (host().Instance)(module, { env: { memory } }).exports

/** Whether it is what code throws that has told the host to stop it. */
export const isStop = (error: unknown): boolean =>
  error instanceof host().RuntimeError && /unreachable/i.test((error as Error).message)
