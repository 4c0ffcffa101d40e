/**
 * One memory of a search: states one after another, the table that finds them, and the code that runs on both. A search has several
 * where one cannot hold all states: each then has the states from a number on, in order, and knows them by their place in it.
 */
import { LabError } from '@mmulab/model'
import type { EngineInput } from '../engine.ts'
import { isStop, run } from './host.ts'
import { type MemoryMap, STRIPE } from './memory-map.ts'
import type { Exports } from './module.ts'
import { tell } from './reports.ts'
import type { Room } from './room.ts'
import type { Team } from './team.ts'
import { type Views, viewsOf } from './views.ts'

/** States from which on several enter them into a table. */
const HELPED_FROM = 1 << 14

export interface Shard {
  /** Number of its first state. */
  readonly base: number
  /** How many states it has. */
  count: number
  readonly room: Room
  readonly code: Exports
  readonly views: Views
  /** Who helps to fill its table again. */
  team: Team | undefined
  /** Makes room for `more` states. */
  reserve(more: number): boolean
  /** Enters all of its states into its table, which is empty. */
  refill(): void
  /** Tells what a worker has noted here. */
  hear(worker: number): void
}

/** `module`: the code of the world, to be run on the memory of `room`. */
export function createShard(
  { linked, listener }: EngineInput,
  map: MemoryMap,
  module: object,
  room: Room,
  base: number,
): Shard {
  const code = guarded(run(module, room.memory))
  const seen = (): Views => viewsOf(room.memory.buffer, map, linked.measures.length, room.table)
  let views = seen()
  const shard: Shard = {
    base,
    count: 0,
    room,
    code,
    get views() {
      return views
    },
    team: undefined,
    reserve(more) {
      const before = room.table
      if (!room.reserve(shard.count, more)) return false
      if (room.table !== before) {
        views = seen()
        shard.refill()
      }
      return true
    },
    refill() {
      const { team, count } = shard
      const helps = count >= HELPED_FROM && team?.isReady() === true
      const of = helps ? map.workers : 1
      const { table, size, bits } = room
      const args = Array.from({ length: of }, (_, w): Parameters<Exports['refill']> => {
        const region = map.regions + w * map.regionBytes
        const [low, high] = [stripeOf(room, w, of), stripeOf(room, w + 1, of)]
        return [region, table, size, bits, count, w * map.capacity, low, high]
      })
      if (helps) team?.together('refill', args)
      else for (const a of args) code.refill(...a)
    },
    hear: (worker) => tell(views, worker, base, listener),
  }
  return shard
}

/** The address where the stripes of one of several workers begin. */
export const stripeOf = ({ table, size }: Room, worker: number, of: number): number =>
  table + Math.floor(((size / STRIPE) * worker) / of) * STRIPE * 4

/** The code, with the one error that it stops with said in words. */
function guarded(code: object): Exports {
  const calls = Object.entries(code as Record<string, (...args: number[]) => number>)
  const safe = calls.map(([name, f]) => {
    const call = (...args: number[]): number => {
      try {
        return f(...args)
      } catch (error) {
        if (!isStop(error)) throw error
        throw new LabError({
          code: 'TABLE',
          kind: 'internal',
          message: `A stripe of the table of states is full (${name}): their hashes are not as even as they should be.`,
        })
      }
    }
    return [name, call]
  })
  return Object.fromEntries(safe) as unknown as Exports
}
