/** The memory of a search, and the place of the table in it. */
import { type MemoryLimits, newMemory, type WasmMemory } from './host.ts'
import { STRIPE } from './memory-map.ts'

export interface Room {
  readonly memory: WasmMemory
  readonly pages: MemoryLimits
  /** Address of the table, entries that it has, and low bits of an entry that hold the state's index plus one. */
  readonly table: number
  readonly size: number
  readonly bits: number
  /** The last time that there was no room there was no place for a larger table; otherwise the limit was met. */
  readonly crowded: boolean
  /** States that may be stored beside this table. */
  readonly most: number
  /** States with which the table is full. */
  readonly fill: number
  /** Makes the table large enough for `more` states beyond `count`; where `table` has changed it is empty. False when it cannot be. */
  reserve(count: number, more: number): boolean
  /** Of so many states, and of the table. */
  bytes(count: number): number
}

const PAGE = 2 ** 16
/** All that 32 bits can address but for a page, so that no address after the end is 0. */
const MOST_PAGES = 2 ** 16 - 1
/** Tables fuller than this are grown; where memory is at its end they may become as full as the second number says. */
const FULL = 0.75
const PACKED = 0.85
/** Entries to begin with, the most that a limit allows: small worlds touch little memory. */
const FIRST = [1 << 15, 1 << 14]
/** Entries of the second one, at least: to enter the few states of the first again is nothing, and it is full with 290,000. */
const SECOND = 3 << 17
const STRIPE_BYTES = STRIPE * 4
/** As long as a table has fewer entries than that it grows by more than double, and never beyond. */
const LARGE = 1 << 22

const much = (size: number): number =>
  size < LARGE ? Math.min(LARGE, Math.max(SECOND, size * 2.2)) : 2 * size

interface RoomLimits {
  /** Of states and table. */
  readonly maxBytes: number
  /** Whether other workers are to see it. */
  readonly shared: boolean
  /** Bytes of the memory; all that it can have, by default. */
  readonly shardBytes: number | undefined
}

export function createRoom(
  begin: number,
  words: number,
  { maxBytes, shared, shardBytes = MOST_PAGES * PAGE }: RoomLimits,
): Room {
  const width = words * 4
  /** The table begins where the states would end that fill it as far as can be. */
  const place = (size: number, after: number): number =>
    Math.ceil(Math.max(after, begin + Math.ceil(size * PACKED) * width) / STRIPE_BYTES) *
    STRIPE_BYTES
  /** Entries of the largest table that is full before the limit is met. */
  const largest = Math.floor(maxBytes / (FULL * width + 4) / STRIPE) * STRIPE
  const isSmall = (n: number): boolean => n <= largest && n * (width + 4) * 4 <= shardBytes
  let size = FIRST.find(isSmall) ?? STRIPE
  let table = place(size, 0)
  const initial = Math.ceil((table + size * 4) / PAGE)
  const mostPages = Math.min(MOST_PAGES, Math.floor(shardBytes / PAGE))
  const pages = { initial, maximum: MOST_PAGES + 1, shared }
  const memory = newMemory(pages)

  const bytes = (count: number): number => count * width + size * 4

  let crowded = false

  /** Moves the table to a larger place, if the limit and the host allow it. */
  const grow = (wanted: number): boolean => {
    const at = place(wanted, table + size * 4)
    const end = at + wanted * 4
    if (end > mostPages * PAGE) return false
    const more = Math.ceil(end / PAGE) - memory.buffer.byteLength / PAGE
    try {
      if (more > 0) memory.grow(more)
    } catch (error) {
      if (error instanceof RangeError) return false
      throw error
    }
    table = at
    size = wanted
    return true
  }

  return {
    memory,
    pages,
    get table() {
      return table
    },
    get size() {
      return size
    },
    get bits() {
      return 32 - Math.clz32(size)
    },
    get most() {
      return Math.floor((maxBytes - size * 4) / width)
    },
    get fill() {
      return Math.floor(size * FULL)
    },
    bytes,
    get crowded() {
      return crowded
    },
    reserve(count, more) {
      const needed = count + more
      if (needed > size * FULL) {
        const fit = Math.ceil(needed / FULL / STRIPE) * STRIPE
        const sizes = [much(size), 2 * size, 1.6 * size, 1.2 * size].map((s) =>
          Math.min(Math.max(fit, Math.ceil(s / STRIPE) * STRIPE), largest),
        )
        const larger = sizes.filter((s) => s >= fit && s > size)
        const grown = larger.some(grow)
        crowded = larger.length > 0 && !grown
        if (!grown && needed > size * PACKED) return false
      }
      return true
    },
  }
}
