/**
 * The memories of a search. When one is full the search goes on in another: what it has stays where it is, and keeps its numbers. So
 * there are as many states as the machine has memory for, and all numbers are those of one memory.
 *
 * A successor is new when none of the memories knows it. Those that are full are asked one after another, the latest first, each
 * about what the ones before did not know; the one that grows is asked last, and stores what nobody knew.
 */
import type { EngineInput } from '../engine.ts'
import { at } from '../layout.ts'
import { canShare, compile } from './host.ts'
import type { MemoryMap } from './memory-map.ts'
import { moduleCode } from './module.ts'
import { createRoom, type Room } from './room.ts'
import type { Rows } from './rows.ts'
import { createShard, type Shard } from './shard.ts'
import type { WasmReduction } from './turns.ts'

export interface Shards {
  readonly module: object
  /** By the numbers of their states. */
  readonly list: readonly Shard[]
  /** The one that grows. */
  readonly last: Shard
  /** The one whose flags and measures count: states were expanded there last. */
  readonly active: Shard
  readonly count: number
  readonly bytes: number
  /** The one that has a state. */
  of(state: number): Shard
  /** From now on states are expanded in this one. */
  activate(shard: Shard): void
  /** Makes room for `more` states in the memory that grows; false where there is none, be it that another one has. */
  fits(more: number): boolean
  /** Makes room for `more` states, if need be in another memory. */
  reserve(more: number): boolean
  /**
   * Stores what is new of the successors on the first list of `from`, `left` of them. False when a limit was met; then some may
   * have been stored.
   */
  enter(from: Shard, left: number): boolean
  /** The numbers of the successors in the batch of `from`, `made` of them, in its `slots`. */
  resolve(from: Shard, made: number): void
  /** Takes these states as the first ones; false where there is no room for all of them. */
  start(given: number, states: Iterable<Int32Array>): boolean
}

/** Numbers of states, and what is made of them, are 32-bit words. */
export const MOST_STATES: number = 2 ** 30

export function createShards(
  input: EngineInput,
  map: MemoryMap,
  rows: Rows,
  reduced: WasmReduction | undefined,
): Shards {
  const { linked, layout, watches, options } = input
  const { words } = layout
  const { maxBytes = Number.POSITIVE_INFINITY, maxStates = MOST_STATES } = options
  const { bytes: shardBytes, states: shardStates = Number.POSITIVE_INFINITY } = options.shard ?? {}
  const own = map.regions
  const isShared = map.workers > 1 && canShare()
  const newRoom = (others: number): Room =>
    createRoom(map.states, words, { maxBytes: maxBytes - others, shared: isShared, shardBytes })
  const room = newRoom(0)
  // Where little room is left, those that come later begin smaller.
  const pages = { ...room.pages, initial: 1 }
  const module = compile(moduleCode(linked, layout, watches, map, pages, rows, reduced))
  const list = [createShard(input, map, module, room, 0)]
  let active = at(list, 0)
  const last = (): Shard => list[list.length - 1] as Shard
  const bytes = (): number => list.reduce((sum, s) => sum + s.room.bytes(s.count), 0)
  const count = (): number => last().base + last().count

  /** Goes on in another memory. False where there is none; or where it is not for want of a place that there is no room. */
  const grow = (): boolean => {
    try {
      const more = newRoom(bytes())
      if (more.most < 1) return false
      const shard = createShard(input, map, module, more, count())
      // Whatever the code looks up is the same everywhere; and what is recent in one memory is known.
      shard.views.fixed.set(last().views.fixed)
      list.push(shard)
      return true
    } catch (error) {
      if (error instanceof RangeError) return false
      throw error
    }
  }

  const isFull = (s: Shard, more: number): boolean =>
    s.count >= shardStates || (!s.reserve(more) && s.room.crowded)

  const reserve = (more: number): boolean => {
    if (isFull(last(), more)) return grow() && last().reserve(more)
    return last().reserve(more)
  }

  /** Copies the first list of one to the other, with the slots that it would have there. */
  const hand = (from: Shard, to: Shard, left: number): void => {
    if (from !== to) {
      to.views.kept.set(from.views.kept.subarray(0, left * words))
      to.views.hashes.set(from.views.hashes.subarray(0, left))
    }
    to.code.seat(to.room.table, to.room.size, left)
  }

  return {
    module,
    list,
    get last() {
      return last()
    },
    get active() {
      return active
    },
    get count() {
      return count()
    },
    get bytes() {
      return bytes()
    },
    of(state) {
      let i = list.length - 1
      while (i > 0 && state < at(list, i).base) i--
      return at(list, i)
    },
    activate(shard) {
      if (shard === active) return
      shard.views.head.set(active.views.head)
      active = shard
    },
    fits: (more) => !isFull(last(), more) && last().reserve(more),
    reserve,
    enter(from, left) {
      let here = from
      let rest = left
      for (let i = list.length - 2; i >= 0 && rest > 0; i--) {
        const full = at(list, i)
        hand(here, full, rest)
        const { table, size, bits } = full.room
        rest = full.code.sieve(own, table, size, bits, rest)
        here = full
      }
      if (rest === 0) return true
      const growing = last()
      hand(here, growing, rest)
      const { table, size, bits, most } = growing.room
      const limit = Math.min(most, maxStates - growing.base)
      if (limit < growing.count) return false
      const n = growing.code.insert(own, table, size, bits, rest, growing.count, limit)
      growing.count = n < 0 ? -1 - n : n
      return n >= 0
    },
    resolve(from, made) {
      const { succ, slots } = from.views.batch
      const given = succ.subarray(0, made * (words + 1))
      for (const s of [from, ...list.filter((x) => x !== from)]) {
        if (s !== from) s.views.batch.succ.set(given)
        s.code.resolve(own, s.room.table, s.room.size, s.room.bits, made)
        const found = s.views.batch.slots
        // Only one of them knows it, and the first one's answers are those that are given.
        for (let k = 0; k < made; k++)
          if ((found[k] as number) >= 0) slots[k] = s.base + (found[k] as number)
      }
    },
    start(given, states) {
      const pieces = takeFrom(states, words)
      for (let left = given; left > 0; ) {
        const shard = last()
        let n = Math.min(left, shardStates)
        while (n > 0 && !shard.reserve(n) && shard.room.crowded) n = Math.floor(n * 0.9)
        if (n === 0 || n > shard.room.most || !shard.reserve(n)) return false
        pieces(n, shard.views.states)
        shard.count = n
        shard.refill()
        left -= n
        if (left > 0 && !grow()) return false
      }
      return true
    },
  }
}

/** Hands out states in order, however they are cut. */
function takeFrom(
  pieces: Iterable<Int32Array>,
  words: number,
): (count: number, to: Int32Array) => void {
  const source = pieces[Symbol.iterator]()
  let rest = new Int32Array(0)
  return (count, to) => {
    for (let filled = 0; filled < count * words; ) {
      if (rest.length === 0) {
        const next = source.next()
        if (next.done) return
        rest = next.value as Int32Array<ArrayBuffer>
      }
      const part = rest.subarray(0, count * words - filled)
      to.set(part, filled)
      filled += part.length
      rest = rest.subarray(part.length)
    }
  }
}
