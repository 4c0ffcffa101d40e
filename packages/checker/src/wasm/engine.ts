/** The engine whose code is WebAssembly: states, table and successors are in one memory, which grows without being copied. */
import type { Engine, EngineInput } from '../engine.ts'
import { sitesOf } from '../generate.ts'
import { canShare, compile, run } from './host.ts'
import { memoryMap } from './memory-map.ts'
import { type Exports, moduleCode } from './module.ts'
import { tell } from './reports.ts'
import { createRoom } from './room.ts'
import { createShare } from './share.ts'
import { STRIPE } from './table.ts'
import { createTeam, type Team } from './team.ts'
import { type Views, viewsOf } from './views.ts'

const MOST_STATES = 2 ** 30
const MOST_WORKERS = 64
/** States of one depth from which on several work on them, by default. */
const SHARED_FROM = 1 << 13

export function createWasmEngine(input: EngineInput): Engine {
  const { linked, layout, watches, listener, options } = input
  const wanted = Math.min(options.workers?.count ?? 1, MOST_WORKERS)
  const workers = wanted > 1 && canShare() ? wanted : 1
  const sharedFrom = options.workers?.from ?? SHARED_FROM
  const map = memoryMap(linked, layout, sitesOf(linked.automata).length, watches.length, workers)
  const room = createRoom(map.states, layout.words, options.maxBytes, workers > 1)
  const module = compile(moduleCode(linked, layout, watches, map, room.pages))
  const code = run(module, room.memory) as Exports
  const limit = options.maxStates ?? MOST_STATES
  const stride = layout.words + 1
  const regionOf = (worker: number): number => map.regions + worker * map.regionBytes
  const listOf = (worker: number): number => worker * map.capacity
  const own = regionOf(0)
  const everybody = Array.from({ length: workers }, (_, i) => i)
  const share = createShare(map.capacity - map.lengths.batch)
  let team: Team | undefined
  let count = 0
  let moves = 0
  let full: string | undefined
  const seen = (): Views => viewsOf(room.memory.buffer, map, linked.measures.length, room.table)
  let views = seen()
  views.live.fill(1)
  views.least.fill(2 ** 31 - 1)
  views.most.fill(-(2 ** 31))

  const hear = (worker: number): void => tell(views, worker, listener)

  /** Makes room for `more` states. */
  const reserve = (more: number): boolean => {
    const before = room.table
    if (!room.reserve(count, more)) return false
    if (room.table !== before) {
      views = seen()
      code.refill(own, room.table, room.size, room.bits, count)
    }
    return true
  }

  const stop = (why: string): void => {
    full = why
    team?.disband()
    team = undefined
  }

  /** One batch by this worker alone. */
  const alone = (from: number, to: number): number => {
    const most = reserve(map.lengths.batch) ? Math.min(limit, room.most) : 0
    const { table, size, bits } = room
    const next = code.gather(own, table, size, listOf(0), from, to, 1)
    hear(0)
    const { left, made } = views.gathered(0)
    const n =
      most < count
        ? -1 - count
        : left > 0
          ? code.insert(own, table, size, bits, left, count, most)
          : count
    count = n < 0 ? -1 - n : n
    if (n < 0) {
      stop(
        count === limit
          ? `the limit of ${limit} states was met`
          : `memory is exhausted after ${count} states`,
      )
      return from
    }
    moves += made
    return next
  }

  /** A share for each; undefined where there might be no room for all that comes of it. */
  const together = ({ together: all }: Team, from: number, to: number): number | undefined => {
    const more = workers * map.capacity
    if (!reserve(more) || count + more > Math.min(limit, room.most)) return undefined
    const { table, size, bits } = room
    const span = Math.min(to - from, workers * share.states)
    const begin = (worker: number): number => from + Math.floor((span * worker) / workers)
    const enough = map.capacity - map.lengths.batch
    const ends = all(
      'gather',
      everybody.map((w) => [regionOf(w), table, size, listOf(w), begin(w), begin(w + 1), enough]),
    )
    // Whoever comes after somebody who has not come to the end has worked for nothing, and must not remember it.
    const short = everybody.find((w) => ends[w] !== begin(w + 1))
    const cut = short ?? workers - 1
    share.learn(
      short === undefined ? undefined : (ends[short] as number) - begin(short),
      Math.max(...everybody.map((w) => views.gathered(w).left)) / Math.ceil(span / workers),
    )
    for (const w of everybody) {
      if (w <= cut) hear(w)
      else {
        views.discard(w)
        code.forget(regionOf(w))
      }
    }
    const stripes = size / STRIPE
    const stripe = (w: number): number => table + Math.floor((stripes * w) / workers) * STRIPE * 4
    all(
      'claim',
      everybody.map((w) => [regionOf(w), table, size, bits, count, stripe(w), stripe(w + 1)]),
    )
    const gathered = everybody.map((w) => views.gathered(w))
    const fresh = everybody.map((w) => code.fresh(listOf(w), gathered[w]?.left ?? 0))
    const first = everybody.map((w) => count + sum(fresh.slice(0, w)))
    all(
      'settle',
      everybody.map((w) => [regionOf(w), listOf(w), gathered[w]?.left ?? 0, bits, first[w] ?? 0]),
    )
    count += sum(fresh)
    moves += sum(gathered.map((g) => g.made))
    return ends[cut]
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
      code.refill(own, room.table, room.size, room.bits, count)
      // What is recent must be known; at the beginning, the first state is.
      for (const worker of everybody) code.forget(regionOf(worker))
      return true
    },
    advance(from, to) {
      if (workers === 1 || to - from < sharedFrom) return alone(from, to)
      team ??= createTeam(module, room.memory, map, code, options.workers?.spawn ?? noSpawn)
      return (
        (team.isReady(options.workers?.patience) ? together(team, from, to) : undefined) ??
        alone(from, to)
      )
    },
    look(from, to) {
      const next = code.expand(own, from, to)
      hear(0)
      const made = (views.batch.ends[next - from - 1] as number) / stride
      if (made > 0) code.resolve(own, room.table, room.size, room.bits, made)
      return next
    },
    close() {
      team?.disband()
      team = undefined
    },
  }
}

const sum = (numbers: readonly number[]): number => numbers.reduce((a, b) => a + b, 0)

const noSpawn = (): never => {
  throw new Error('nobody can be started')
}
