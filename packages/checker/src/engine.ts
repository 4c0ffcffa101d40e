/**
 * What a search runs on: the states that are stored, the set that knows them, and the code that makes successors. States are
 * numbered in the order in which they are found: by the number of their source, then by task, then as in the automaton. So
 * all engines give the same numbers for the same world.
 */
import type { Reduction } from './alone.ts'
import type { Linked } from './automaton.ts'
import type { Batch, Listener, Watch } from './generate.ts'
import type { Layout } from './layout.ts'

/** What the code of a search is made as. The answers are the same. */
export type Backend = 'wasm' | 'javascript'

/** A thread that was started. */
export interface Helper {
  /** Sends it a message. */
  post(message: object, transfer?: ArrayBuffer[]): void
  /** Ends it if it has not ended by itself. */
  stop(): void
}

/**
 * Starts a thread that calls a function, given as text, with `data` and a port (`threads.ts`). `hear` is told what it says, and of an error
 * as `{ failed }`; without it nothing is heard.
 */
export type Spawn = (text: string, data: object, hear?: (message: unknown) => void) => Helper

export interface Workers {
  /** How many work on a search, the caller included. */
  readonly count: number
  readonly spawn: Spawn
  /** States of one depth below which one works alone: meeting takes longer than the work. 2,048 by default. */
  readonly from?: number | undefined
  /** Milliseconds to wait until the others have come; 0 by default, for the work goes on without them. */
  readonly patience?: number | undefined
  /**
   * Whether they are sent messages: never, by default; or where memory cannot be shared; or always. Only for callers that wait for
   * `Progress.wait`: without it no message is ever heard.
   */
  readonly messages?: 'where needed' | 'always' | undefined
}

export interface EngineOptions {
  /** States that may be stored. */
  readonly maxStates?: number | undefined
  /** Bytes that states and table may take; as much as there is, by default. */
  readonly maxBytes?: number | undefined
  /** When to go on in another memory: at so many bytes or states. As late as can be, by default. For WebAssembly. */
  readonly shard?:
    | { readonly bytes?: number | undefined; readonly states?: number | undefined }
    | undefined
  /** WebAssembly by default, where the host has it. */
  readonly backend?: Backend | undefined
  /** One by default. The answers do not depend on how many they are. Only WebAssembly and memory that can be shared allow for more. */
  readonly workers?: Workers | undefined
}

export interface Engine {
  /** The array that a packed state is in, and where it begins there; both may be others after `start` and `advance`. */
  statesWith(state: number): Int32Array
  placeOf(state: number): number
  /** All packed states in order, in as many arrays as there are memories. */
  pieces(): Iterable<Int32Array>
  /** Memories that the states are in. */
  readonly memories: number
  /** How many of them there are. */
  readonly count: number
  /** Successors that were stored or found to be known. */
  readonly moves: number
  /** Of the states and of what finds them. */
  readonly bytes: number
  /** Per site, per watch (from `sites.length` on) and per measure after them: whether it is still of interest. */
  readonly live: Uint8Array
  /** Per first site of a node: whether its guard has held. */
  readonly hit: Uint8Array
  /** Per measure: smallest and largest value so far. */
  readonly least: Int32Array
  readonly most: Int32Array
  /** What `look` has found. */
  readonly batch: Batch
  /** Takes so many packed states, all different, as the first ones; once, at the beginning. False when there is no room for them. */
  start(count: number, states: Iterable<Int32Array>): boolean
  /** Expands states from `from` on, before `to`, stores what is new, and returns the first state not expanded. */
  advance(from: number, to: number): number
  /** Set where `advance` could not go on before somebody has answered. */
  readonly wait: Promise<void> | undefined
  /** Why `advance` could not expand any state: the limit that was met. */
  readonly full: string | undefined
  /** The successors of states from `from` on, before the returned number, in `batch`. Stores nothing. */
  look(from: number, to: number): number
  /** Helpers go. What is asked for after that, it does alone. */
  close(): void
}

export interface EngineInput {
  readonly linked: Linked
  readonly layout: Layout
  readonly watches: readonly Watch[]
  readonly listener: Listener
  readonly options: EngineOptions
  readonly reduction: Reduction | undefined
  /** Runs code on states that were made up, without anybody hearing of it. */
  deaf(run: () => void): void
}
