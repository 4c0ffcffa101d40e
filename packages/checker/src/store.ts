/**
 * Memory of a search: the states one after another, and the hash table of their indices. Both grow by less than double once they
 * are large, so that little of what is allocated lies idle.
 */
import { LabError } from '@mmulab/model'
import type { Program } from './generate.ts'

/** Tables fuller than this are grown; where memory is at its end they may become as full as the second number says. */
const FULL = 0.75
const PACKED = 0.92
/** Below this many entries an array doubles. */
const SMALL = 1 << 17
const FIRST = 1 << 11

export class Store {
  count = 0
  states: Int32Array
  table: Int32Array
  /** Low bits of a table entry that hold the state's index plus one. */
  bits: number
  readonly #words: number
  readonly #maxBytes: number

  constructor(words: number, maxBytes: number | undefined) {
    this.#words = words
    this.#maxBytes = maxBytes ?? Number.POSITIVE_INFINITY
    this.states = new Int32Array(FIRST * words)
    this.table = new Int32Array(FIRST * 2)
    this.bits = bitsOf(FIRST * 2)
  }

  get bytes(): number {
    return this.states.byteLength + this.table.byteLength
  }

  /**
   * Makes room for `more` states. False when there is not enough memory; what is stored stays as it is.
   */
  reserve(more: number, program: Program): boolean {
    const needed = this.count + more
    return this.#reserveStates(needed) && this.#reserveTable(needed, program)
  }

  #reserveStates(needed: number): boolean {
    const words = this.#words
    const capacity = this.states.length / words
    if (needed <= capacity) return true
    const factors = capacity < SMALL ? [2, 1.25, 1.05] : [1.25, 1.05]
    const grown = this.#allocate(factors, capacity, needed, words, this.states.byteLength)
    if (!grown) return false
    grown.set(this.states.subarray(0, this.count * words))
    this.states = grown
    return true
  }

  #reserveTable(needed: number, program: Program): boolean {
    const size = this.table.length
    if (needed <= size * FULL) return true
    const factors = size < SMALL ? [2, 1.6, 1.2] : [1.6, 1.2]
    const fit = Math.ceil(needed / FULL)
    const grown = this.#allocate(factors, size, fit, 1, this.table.byteLength)
    if (!grown) return needed <= size * PACKED
    this.table = grown
    this.bits = bitsOf(grown.length)
    program.rehash(this.states, this.count, grown, grown.length, this.bits)
    return true
  }

  /** The first of the wanted sizes that the limit allows and the host can give. */
  #allocate(
    factors: readonly number[],
    old: number,
    needed: number,
    width: number,
    replaced: number,
  ): Int32Array | undefined {
    for (const factor of factors) {
      const length = Math.max(needed, Math.ceil(old * factor)) * width
      if (this.bytes - replaced + length * 4 > this.#maxBytes) continue
      const array = orNothing(() => new Int32Array(length))
      if (array) return array
    }
    return undefined
  }
}

/** Bits for indices up to `size`, the number of entries of a table; never all 32, because one must be left to shift by. */
function bitsOf(size: number): number {
  const bits = 32 - Math.clz32(size)
  if (bits > 31)
    throw new LabError({
      code: 'TABLE',
      kind: 'internal',
      message: `A table of ${size} entries cannot be addressed.`,
    })
  return bits
}

/** What was made, or undefined where the host has no memory for it: that is a result like any other. */
export function orNothing<T>(make: () => T): T | undefined {
  try {
    return make()
  } catch (error) {
    if (error instanceof RangeError) return undefined
    throw error
  }
}
