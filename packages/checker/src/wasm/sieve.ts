/** A list of successors in a memory that does not grow any more: what it knows goes off the list, the rest is for other memories. */
import { add, type FunctionCode, get, ints, load, num, set, shl, store } from './encoder.ts'
import type { MemoryMap } from './memory-map.ts'
import { copy, keptAt, locals, maskCode, probe, slotOf, times, touchSlots } from './table.ts'

/** (table, size, count): the slots of the successors on the first list, of which the hashes are known; there is at least one. */
export function seatCode(map: MemoryMap): FunctionCode {
  const [TABLE, SIZE, COUNT, K, AT] = [0, 1, 2, 3, 4]
  const body = times(K, get(COUNT), [
    set(AT, shl(get(K), num(2))),
    store(get(AT), slotOf(load(get(AT), map.hashes), get(TABLE), get(SIZE)), map.slots),
  ])
  return { params: ints(3), results: [], locals: ints(2), body, name: 'seat' }
}

/** (region, table, size, bits, count) -> how many are left on the first list, in the same order */
export function sieveCode(words: number, map: MemoryMap): FunctionCode {
  const COUNT = 4
  const l = locals(5)
  const [LEFT, TO] = [l.h + 1, l.h + 2]
  // What is left never overtakes what is still to be looked at.
  const keep = [
    set(TO, keptAt(words, map, get(LEFT))),
    copy(words, get(TO), get(l.o)),
    store(shl(get(LEFT), num(2)), load(shl(get(l.k), num(2)), map.hashes), map.hashes),
    set(LEFT, add(get(LEFT), num(1))),
  ]
  const body = [
    maskCode(l, map),
    touchSlots(map, l, get(COUNT), get(l.k)),
    times(l.k, get(COUNT), [
      set(l.o, keptAt(words, map, get(l.k))),
      probe(words, map, l, get(l.k), { free: keep, found: [] }),
    ]),
    get(LEFT),
  ]
  return {
    params: ints(5),
    results: ints(1),
    locals: [...l.types, ...ints(2)],
    body,
    name: 'sieve',
  }
}
