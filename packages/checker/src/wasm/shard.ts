/**
 * One memory of a search: states one after another, the table that finds them, and the code that runs on both. A search has several
 * where one cannot hold all states: each then has the states from a number on, in order, and knows them by their place in it.
 */
import type { EngineInput } from '../engine.ts'
import { run } from './host.ts'
import type { MemoryMap } from './memory-map.ts'
import type { Exports } from './module.ts'
import { tell } from './reports.ts'
import type { Room } from './room.ts'
import { type Views, viewsOf } from './views.ts'

export interface Shard {
  /** Number of its first state. */
  readonly base: number
  /** How many states it has. */
  count: number
  readonly room: Room
  readonly code: Exports
  readonly views: Views
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
  const code = run(module, room.memory) as Exports
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
    reserve(more) {
      const before = room.table
      if (!room.reserve(shard.count, more)) return false
      if (room.table !== before) {
        views = seen()
        shard.refill()
      }
      return true
    },
    refill: () => code.refill(map.regions, room.table, room.size, room.bits, shard.count),
    hear: (worker) => tell(views, worker, base, listener),
  }
  return shard
}
