/**
 * The engine whose code is WebAssembly: states, table and successors are in one memory, which grows without being copied; what does not
 * fit there goes into others.
 */
import type { Engine, EngineInput } from '../engine.ts'
import { sitesOf } from '../generate.ts'
import { at } from '../layout.ts'
import { canShare } from './host.ts'
import { memoryMap, STRIPE } from './memory-map.ts'
import { createOutwork, type Outwork } from './outwork.ts'
import { rowsOf } from './rows.ts'
import { stripeOf } from './shard.ts'
import { createShards, MOST_STATES } from './shards.ts'
import { createShare } from './share.ts'
import { createTeam, type Team } from './team.ts'
import { wasmReduction } from './turns.ts'

const MOST_WORKERS = 64
/** States of one depth from which on several work on them, by default. */
const SHARED_FROM = 1 << 10
/** They are called when a depth has so many times fewer states: they take some milliseconds to come. */
const CALLED_BEFORE = 16

/** `stripe`: slots of a stripe; only tests that fill one pass any. */
export function createWasmEngine(input: EngineInput, stripe: number = STRIPE): Engine {
  const { linked, layout, watches, listener, options, reduction } = input
  const wanted = Math.min(options.workers?.count ?? 1, MOST_WORKERS)
  const { messages } = options.workers ?? {}
  const shares = wanted > 1 && messages !== 'always' && canShare()
  const workers = shares ? wanted : 1
  const sharedFrom = options.workers?.from ?? SHARED_FROM
  const reduced = reduction && wasmReduction(linked, layout, reduction)
  const sites = sitesOf(linked.automata).length
  const rows = rowsOf(linked, layout, sites)
  const map = memoryMap(linked, layout, sites, watches.length, workers, stripe, {
    rows: rows.words.length,
    aloneWords: reduced?.words.length,
    turns: reduction?.symmetry !== undefined,
  })
  const shards = createShards(input, map, rows, reduced)
  const first = at(shards.list, 0)
  const limit = options.maxStates ?? MOST_STATES
  const { words } = layout
  const stride = words + 1
  const regionOf = (worker: number): number => map.regions + worker * map.regionBytes
  const listOf = (worker: number): number => worker * map.capacity
  const own = regionOf(0)
  const everybody = Array.from({ length: workers }, (_, i) => i)
  const share = createShare(map.capacity - map.lengths.batch)
  let team: Team | undefined
  /** Started when there is work for it; gone for good when a limit is near. */
  let outwork: Outwork | undefined
  let sendsOut = wanted > 1 && !shares && messages !== undefined
  /** Those who have been sent home do not come again: whatever is still asked for is done alone. */
  let helps = workers > 1
  let moves = 0
  let full: string | undefined
  const { live, least, most } = first.views
  live.fill(1)
  least.fill(2 ** 31 - 1)
  most.fill(-(2 ** 31))
  first.views.rows.set(rows.words)
  first.views.head[map.hit + sites] = 1
  first.views.alone.set(reduced?.words ?? [])

  const disband = (): void => {
    team?.disband()
    team = undefined
    first.team = undefined
  }

  /** Undefined where this worker is to go on alone. */
  const sent = (from: number, to: number): number | undefined => {
    if (!options.workers || !sendsOut || (to - from < sharedFrom && !outwork?.isBusy))
      return undefined
    const measures = linked.measures.length
    outwork ??= createOutwork(options.workers, shards, map, words, measures, limit, listener)
    if (!outwork.isReady()) return outwork.wait && from
    const next = outwork.advance(from, to)
    sendsOut = next !== undefined
    return next
  }

  /** Batches by this worker alone: one after another, or one only where room for it is to be found in another memory or under a limit. */
  const alone = (from: number, to: number): number => {
    const hasRoom = shards.reserve(map.lengths.batch)
    // The others know one memory only.
    if (shards.list.length > 1) disband()
    const source = shards.of(from)
    shards.activate(source)
    const { base, count, code, room } = source
    const end = Math.min(to - base, count)
    const most = Math.min(room.fill, room.most, limit)
    if (hasRoom && shards.list.length === 1 && count + map.lengths.batch <= most) {
      const { table, size, bits } = room
      const next = code.explore(own, table, size, bits, count, from, end, most)
      source.hear(0)
      const { left: states, made } = source.views.gathered(0)
      source.count = states
      moves += made
      return next
    }
    const next = code.gather(own, room.table, room.size, listOf(0), from - base, end, 1)
    source.hear(0)
    const { left, made } = source.views.gathered(0)
    if (!hasRoom || (left > 0 && !shards.enter(source, left))) {
      full =
        shards.count === limit
          ? `the limit of ${limit} states was met`
          : `memory is exhausted after ${shards.count} states`
      disband()
      return from
    }
    moves += made
    return base + next
  }

  /** A share for each; undefined where there might be no room for all that comes of it. */
  const together = ({ together: all }: Team, from: number, to: number): number | undefined => {
    const { room, code, count } = first
    const span = Math.min(to - from, workers * share.states)
    const enough = share.expected(Math.ceil(span / workers))
    const more = workers * (enough + map.lengths.batch)
    if (!shards.fits(more) || count + more > Math.min(limit, room.most)) return undefined
    const { table, size, bits } = room
    const begin = (worker: number): number => from + Math.floor((span * worker) / workers)
    const ends = all(
      'gather',
      everybody.map((w) => [regionOf(w), table, size, listOf(w), begin(w), begin(w + 1), enough]),
    )
    // Whoever comes after somebody who has not come to the end has worked for nothing, and must not remember it.
    const short = everybody.find((w) => ends[w] !== begin(w + 1))
    const cut = short ?? workers - 1
    share.learn(
      short === undefined ? undefined : (ends[short] as number) - begin(short),
      Math.max(...everybody.map((w) => first.views.gathered(w).left)) / Math.ceil(span / workers),
    )
    for (const w of everybody) {
      if (w <= cut) first.hear(w)
      else {
        first.views.discard(w)
        code.forget(regionOf(w))
      }
    }
    const stripe = (w: number): number => stripeOf(room, w, workers)
    all(
      'claim',
      everybody.map((w) => [regionOf(w), table, size, bits, count, stripe(w), stripe(w + 1)]),
    )
    const fresh = all(
      'settle',
      everybody.map((w) => [w, bits, count]),
    )
    const gathered = everybody.map((w) => first.views.gathered(w))
    first.count += sum(fresh)
    moves += sum(gathered.map((g) => g.made))
    return ends[cut]
  }

  return {
    get live() {
      return shards.active.views.live
    },
    get hit() {
      return shards.active.views.hit
    },
    get least() {
      return shards.active.views.least
    },
    get most() {
      return shards.active.views.most
    },
    get batch() {
      return shards.active.views.batch
    },
    get memories() {
      return shards.list.length
    },
    get count() {
      return shards.count
    },
    get moves() {
      return moves + (outwork?.moves ?? 0)
    },
    get bytes() {
      return shards.bytes
    },
    get wait() {
      return outwork?.wait
    },
    get full() {
      return full
    },
    statesWith: (state) => shards.of(state).views.states,
    placeOf: (state) => (state - shards.of(state).base) * layout.words,
    *pieces() {
      for (const { views, count } of shards.list)
        yield views.states.subarray(0, count * layout.words)
    },
    start(given, states) {
      if (!shards.start(given, states)) return false
      // What is recent must be known; at the beginning, the first state is.
      for (const worker of everybody) first.code.forget(regionOf(worker))
      return true
    },
    advance(from, to) {
      const next = sent(from, to)
      if (next !== undefined) return next
      const isShared = helps && shards.list.length === 1
      if (!isShared || to - from < sharedFrom / CALLED_BEFORE) return alone(from, to)
      const { module } = shards
      const { memory } = first.room
      team ??= createTeam(module, memory, map, first.code, options.workers?.spawn ?? noSpawn)
      first.team = team
      if (to - from < sharedFrom || !team.isReady(options.workers?.patience)) return alone(from, to)
      return together(team, from, to) ?? alone(from, to)
    },
    look(from, to) {
      const source = shards.of(from)
      shards.activate(source)
      const { base, count, code, views } = source
      const next = code.expand(own, from - base, Math.min(to - base, count))
      source.hear(0)
      const made = (views.batch.ends[next - (from - base) - 1] as number) / stride
      if (made > 0) shards.resolve(source, made)
      return base + next
    },
    close() {
      disband()
      outwork?.stop()
      helps = false
      sendsOut = false
    },
  }
}

const sum = (numbers: readonly number[]): number => numbers.reduce((a, b) => a + b, 0)

const noSpawn = (): never => {
  throw new Error('nobody can be started')
}
