/** The engine whose code is WebAssembly: states, table and successors are in one memory, which grows without being copied. */
import type { Engine, EngineInput } from '../engine.ts'
import { sitesOf } from '../generate.ts'
import { run } from './host.ts'
import { memoryMap, REPORT_WORDS, recentShift } from './memory-map.ts'
import { type Exports, moduleCode } from './module.ts'
import { REPORT } from './node.ts'
import { createRoom } from './room.ts'

const MOST_STATES = 2 ** 30

export function createWasmEngine(input: EngineInput): Engine {
  const { linked, layout, watches, listener, options } = input
  const sites = sitesOf(linked.automata)
  const map = memoryMap(linked, layout, sites.length, watches.length)
  const room = createRoom(map.states, layout.words, options.maxBytes)
  const code = moduleCode(linked, layout, watches, map, room.pages)
  const { expand, sift, insert, resolve, refill } = run(code, room.memory) as Exports
  const limit = options.maxStates ?? MOST_STATES
  const stride = layout.words + 1
  const measures = linked.measures.length
  let count = 0
  let moves = 0
  let full: string | undefined
  let views = viewsOf()

  function viewsOf() {
    const { buffer } = room.memory
    const ints = (at: number, length: number): Int32Array => new Int32Array(buffer, at, length)
    const bytes = (at: number, length: number): Uint8Array => new Uint8Array(buffer, at, length)
    return {
      live: bytes(map.live, map.lengths.live),
      hit: bytes(map.hit, map.lengths.hit),
      least: ints(map.least, measures),
      most: ints(map.most, measures),
      log: ints(map.log, (map.succ - map.log) / 4),
      batch: {
        succ: ints(map.succ, map.lengths.succ),
        ends: ints(map.ends, (map.hashes - map.ends) / 4),
        slots: ints(map.slots, (map.touched - map.slots) / 4),
      },
      recent: ints(map.recent, (map.touched - map.recent) / 4),
      states: ints(map.states, (room.table - map.states) >>> 2),
    }
  }
  views.live.fill(1)
  views.least.fill(2 ** 31 - 1)
  views.most.fill(-(2 ** 31))

  const tell = (): void => {
    const { log } = views
    const reports = log[0] as number
    for (let i = 0; i < reports; i++) {
      const word = (n: number): number => log[1 + i * REPORT_WORDS + n] as number
      const [kind, state, what] = [word(0), word(1), word(2)]
      if (kind === REPORT.flag) listener.flag(state, what)
      else if (kind === REPORT.halt) listener.halt(state, what)
      else if (kind === REPORT.bound) listener.bound(state, what, word(3), word(4))
      else if (kind === REPORT.watched) listener.watched(state, what)
      else listener.impossible(state, what)
    }
  }

  /** Makes room for `more` states. */
  const reserve = (more: number): boolean => {
    const before = room.table
    if (!room.reserve(count, more)) return false
    if (room.table !== before) {
      views = viewsOf()
      refill(room.table, room.size, room.bits, count)
    }
    return true
  }

  const successors = (from: number, to: number): { next: number; made: number } => {
    const next = expand(from, to)
    tell()
    return { next, made: (views.batch.ends[next - from - 1] as number) / stride }
  }

  return {
    get live() {
      return views.live
    },
    get hit() {
      return views.hit
    },
    get least() {
      return views.least
    },
    get most() {
      return views.most
    },
    get batch() {
      return views.batch
    },
    get states() {
      return views.states
    },
    get count() {
      return count
    },
    get moves() {
      return moves
    },
    get bytes() {
      return room.bytes(count)
    },
    get full() {
      return full
    },
    start(states) {
      const given = states.length / layout.words
      if (!reserve(given) || given > room.most) return false
      views.states.set(states)
      count = given
      refill(room.table, room.size, room.bits, count)
      // What is recent must be known; at the beginning, the first state is.
      const width = 1 << (recentShift(layout.words) - 2)
      for (let at = 0; at < views.recent.length; at += width)
        views.recent.set(states.subarray(0, layout.words), at)
      return true
    },
    advance(from, to) {
      const { next, made } = successors(from, to)
      const most = reserve(made) ? Math.min(limit, room.most) : 0
      const left = made > 0 ? sift(room.table, room.size, made) : 0
      const n =
        most < count
          ? -1 - count
          : left > 0
            ? insert(room.table, room.size, room.bits, left, count, most)
            : count
      count = n < 0 ? -1 - n : n
      if (n < 0) {
        full =
          count === limit
            ? `the limit of ${limit} states was met`
            : `memory is exhausted after ${count} states`
        return from
      }
      moves += made
      return next
    },
    look(from, to) {
      const { next, made } = successors(from, to)
      if (made > 0) resolve(room.table, room.size, room.bits, made)
      return next
    },
  }
}
