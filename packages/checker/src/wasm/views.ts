/** The memory of a search as typed arrays. They must be made anew when it has grown. */
import type { Batch } from '../generate.ts'
import { BATCH, type MemoryMap } from './memory-map.ts'

export interface Views {
  readonly live: Uint8Array
  readonly hit: Uint8Array
  readonly least: Int32Array
  readonly most: Int32Array
  readonly batch: Batch
  /** What nodes do. */
  readonly rows: Int32Array
  /** What a reduced search looks up. */
  readonly alone: Int32Array
  readonly states: Int32Array
  /** What the lists have: hashes, and words. */
  readonly hashes: Int32Array
  readonly kept: Int32Array
  /** All flags and measures; and all that comes before the states. */
  readonly head: Uint8Array
  readonly fixed: Uint8Array
  /** A worker's reports, their number first. */
  log(worker: number): Int32Array
  /** How many successors a worker has made, and how many of them are on its list. */
  gathered(worker: number): { readonly made: number; readonly left: number }
  /** A worker's list and reports are for nothing. */
  discard(worker: number): void
}

/** `end`: where the states end. */
export function viewsOf(buffer: ArrayBuffer, map: MemoryMap, measures: number, end: number): Views {
  const ints = (at: number, length: number): Int32Array => new Int32Array(buffer, at, length)
  const bytes = (at: number, length: number): Uint8Array => new Uint8Array(buffer, at, length)
  const { region, regions, regionBytes, lengths } = map
  const whole = ints(regions, (map.workers * regionBytes) / 4)
  const cell = (worker: number, offset: number): number => (worker * regionBytes + offset) / 4
  return {
    live: bytes(map.live, lengths.live),
    hit: bytes(map.hit, lengths.hit),
    least: ints(map.least, measures),
    most: ints(map.most, measures),
    batch: {
      succ: ints(regions + region.succ, lengths.succ),
      ends: ints(regions + region.ends, BATCH),
      slots: ints(map.slots, lengths.batch),
      ...(lengths.turned > 0 && { turned: ints(regions + region.turned, lengths.turned) }),
    },
    rows: ints(map.rows, lengths.rows),
    alone: ints(map.alone, lengths.alone),
    hashes: ints(map.hashes, map.workers * map.capacity),
    kept: ints(map.kept, (map.regions - map.kept) / 4),
    head: bytes(0, map.control),
    fixed: bytes(0, map.states),
    states: ints(map.states, Math.floor((end - map.states) / 4)),
    log: (worker) =>
      whole.subarray(cell(worker, region.log), cell(worker, region.log) + lengths.log),
    gathered: (worker) => ({
      made: whole[cell(worker, region.moves)] as number,
      left: whole[cell(worker, region.left)] as number,
    }),
    discard(worker) {
      for (const offset of [region.moves, region.left, region.log]) whole[cell(worker, offset)] = 0
    },
  }
}
