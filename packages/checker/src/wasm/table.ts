/**
 * The set of states as WebAssembly: hash, insert, look up, fill again.
 *
 * An entry of the table is 0 or the index of a state plus one in its low `bits` bits and, above them, as many bits of the
 * state's hash as there is room for: nearly every other state that the probing meets is told apart without being read. Equal
 * hash bits decide nothing: whole states are compared.
 *
 * The table is cut into stripes, and who is at the end of one goes on at its beginning: so several can work on different stripes.
 * A stripe is many times as large as the largest deviation from what falls on it by chance; one that is full all the same is an error.
 *
 * Work is done in batches: a first pass hashes and touches the table, so that its cache misses overlap; the second, which must go
 * one by one, has few. The states that are then compared are mostly recent ones, and near.
 */
import {
  add,
  and,
  block,
  type Code,
  call,
  eq,
  extend,
  type FunctionCode,
  fail,
  get,
  geUnsigned,
  I64,
  ints,
  jump,
  jumpIf,
  leave,
  load,
  load64,
  loop,
  ltUnsigned,
  mul,
  mul64,
  ne64,
  not,
  num,
  num64,
  or,
  set,
  shl,
  shrUnsigned,
  shrUnsigned64,
  store,
  store64,
  sub,
  tee,
  textOf,
  type Value,
  type ValueType,
  when,
  wrap,
  xor,
  xor64,
} from './encoder.ts'
import { BATCH, type MemoryMap, RECENT_STATES, recentShift } from './memory-map.ts'

/** Bytes that most hosts give at once; a stripe is as large, or larger. */
const PAGE = 1 << 12

/** Odd numbers without a pattern. */
const FACTORS = [0x9e3779b97f4a7c15n, 0xbf58476d1ce4e5b9n, 0x94d049bb133111ebn, 0xd6e8feb86659fd93n]

const factor = (i: number): Value => num64(FACTORS[i % FACTORS.length] as bigint)

/** The words at an address, two at a time: of each piece its offset, and whether it is a pair. */
const pieces = (words: number): { offset: number; isPair: boolean }[] =>
  Array.from({ length: Math.ceil(words / 2) }, (_, i) => ({
    offset: i * 8,
    isPair: i * 2 + 1 < words,
  }))

/** The hash of the state at an address, in 32 bits; `h` is a local of 64 bits. */
function hashCode(words: number, address: Value, h: number): Value {
  const mixed = pieces(words).flatMap(({ offset, isPair }, i) => {
    const piece = isPair ? load64(address, offset) : extend(load(address, offset))
    const before = i === 0 ? num64(0x5bd1e9955bd1e995n) : get(h)
    return [
      set(h, mul64(xor64(piece, before), factor(i))),
      set(h, xor64(get(h), shrUnsigned64(get(h), num64(32n)))),
    ]
  })
  return textOf([mixed, wrap(shrUnsigned64(mul64(get(h), factor(3)), num64(32n)))])
}

/** The address of the slot for a hash: by multiplication, not by mask, so that the table can have any size. */
export const slotOf = (hash: Value, table: Value, size: Value): Value =>
  add(table, shl(wrap(shrUnsigned64(mul64(extend(hash), extend(size)), num64(32n))), num(2)))

const isSame = (words: number, a: Value, b: Value): Value =>
  pieces(words)
    .map(({ offset, isPair }) =>
      isPair
        ? not(ne64(load64(a, offset), load64(b, offset)))
        : eq(load(a, offset), load(b, offset)),
    )
    .reduce((x, y) => and(x, y))

export const copy = (words: number, to: Value, from: Value): Code =>
  pieces(words).map(({ offset, isPair }) =>
    isPair ? store64(to, load64(from, offset), offset) : store(to, load(from, offset), offset),
  )

/** `body` for `i` from 0 on, below `count`, at least once. */
export const times = (i: number, count: Value, body: Code): Code => [
  set(i, num(0)),
  loop(body, set(i, add(get(i), num(1))), jumpIf(0, ltUnsigned(get(i), count))),
]

/**
 * (region, table, size, count, list, left) -> how many are on the list now. Two of three successors have been met a moment ago:
 * they are known from a small array of recent states, each at the place that its hash says, which never leaves the nearest caches.
 * The others are put on the list. Nothing here branches on what the states are.
 */
export function siftCode(words: number, map: MemoryMap): FunctionCode {
  const [COUNT, LEFT] = [3, 5]
  const l = locals(6)
  const [RECENT, KNOWN] = [l.e, l.mask]
  const { region } = map
  const place = shl(and(get(l.t), num(RECENT_STATES - 1)), num(recentShift(words)))
  const number = add(get(LIST), get(LEFT))
  const body = [
    set(l.o, add(get(REGION), num(region.succ))),
    times(l.k, get(COUNT), [
      set(l.t, hashCode(words, get(l.o), l.h)),
      set(RECENT, add(add(place, get(REGION)), num(region.recent))),
      set(KNOWN, isSame(words, get(RECENT), get(l.o))),
      copy(words, get(RECENT), get(l.o)),
      set(l.p, shl(number, num(2))),
      store(get(l.p), get(l.t), map.hashes),
      store(get(l.p), slotOf(get(l.t), get(TABLE), get(SIZE)), map.slots),
      set(l.q, add(mul(number, num(words * 4)), num(map.kept))),
      copy(words, get(l.q), get(l.o)),
      set(LEFT, add(get(LEFT), not(get(KNOWN)))),
      set(l.o, add(get(l.o), num((words + 1) * 4))),
    ]),
    get(LEFT),
  ]
  return { params: ints(6), results: ints(1), locals: l.types, body, name: 'sift' }
}

/** (region): nothing but the first state is recent. */
export function forgetCode(words: number, map: MemoryMap): FunctionCode {
  const [K, AT] = [1, 2]
  const at = add(add(get(REGION), num(map.region.recent)), shl(get(K), num(recentShift(words))))
  const body = times(K, num(RECENT_STATES), [set(AT, at), copy(words, get(AT), num(map.states))])
  return { params: ints(1), results: [], locals: ints(2), body, name: 'forget' }
}

/** (region, table, size, bits, count, number of states, limit) -> new number of states, or -1 - number when `limit` was met */
export function insertCode(words: number, map: MemoryMap): FunctionCode {
  const [COUNT, N, LIMIT] = [4, 5, 6]
  const l = locals(7)
  const keep = [
    when(eq(get(N), get(LIMIT)), leave(sub(num(-1), get(N)))),
    set(l.q, stateAt(words, map, get(N))),
    copy(words, get(l.q), get(l.o)),
    set(N, add(get(N), num(1))),
    store(get(l.p), or(get(l.t), get(N))),
  ]
  const body = [
    maskCode(l, map),
    touchSlots(map, l, get(COUNT), get(l.k)),
    times(l.k, get(COUNT), [
      set(l.o, keptAt(words, map, get(l.k))),
      probe(words, map, l, get(l.k), { free: keep, found: [] }),
    ]),
    get(N),
  ]
  return { params: ints(7), results: ints(1), locals: l.types, body, name: 'insert' }
}

/** (region, table, size, bits, count); leaves in `slots` the index of each successor of the batch, or -1. */
export function resolveCode(words: number, map: MemoryMap): FunctionCode {
  const COUNT = 4
  const l = locals(5)
  const at = shl(get(l.k), num(2))
  const place = add(add(get(REGION), num(map.region.succ)), mul(get(l.k), num((words + 1) * 4)))
  const put = (value: Value): Value => store(at, value, map.slots)
  const body = [
    maskCode(l, map),
    times(l.k, get(COUNT), hashInto(words, map, l, place)),
    touchSlots(map, l, get(COUNT), get(l.k)),
    times(l.k, get(COUNT), [
      set(l.o, place),
      probe(words, map, l, get(l.k), { free: put(num(-1)), found: put(known(l)) }),
    ]),
  ]
  return { params: ints(5), results: [], locals: l.types, body, name: 'resolve' }
}

/** The first parameters of them all: where the worker's region and the table are, entries and bits; or, of `sift`, a list. */
export const REGION = 0
const TABLE = 1
const SIZE = 2
const BITS = 3
const LIST = 4

export interface Locals {
  /** Number of the successor, where it is, its slot, its entry in the table, the place of that state. */
  readonly k: number
  readonly o: number
  readonly p: number
  readonly e: number
  readonly q: number
  /** Hash, also where its bits are in an entry. */
  readonly t: number
  /** The bits of an address in which the slots of one stripe differ. */
  readonly mask: number
  readonly warm: number
  readonly h: number
  readonly types: ValueType[]
}

/** Numbers of the locals that come after so many parameters. */
export const locals = (n: number): Locals => ({
  ...{ k: n, o: n + 1, p: n + 2, e: n + 3, q: n + 4, t: n + 5, mask: n + 6, warm: n + 7 },
  h: n + 8,
  types: [...ints(8), I64],
})

export const maskCode = (l: Locals, map: MemoryMap): Value => set(l.mask, num(map.stripe * 4 - 1))

/** The index in the entry `e`. */
export const known = (l: Locals): Value =>
  sub(and(get(l.e), shrUnsigned(num(-1), sub(num(32), get(BITS)))), num(1))

export const stateAt = (words: number, map: MemoryMap, index: Value): Value =>
  add(num(map.states), mul(index, num(words * 4)))

export const keptAt = (words: number, map: MemoryMap, number: Value): Value =>
  add(num(map.kept), mul(number, num(words * 4)))

/** Notes hash and slot of the state at an address as number `k`. */
function hashInto(words: number, map: MemoryMap, l: Locals, address: Value): Code {
  const at = shl(get(l.k), num(2))
  return [
    set(l.o, address),
    store(at, tee(l.t, hashCode(words, get(l.o), l.h)), map.hashes),
    store(at, slotOf(get(l.t), get(TABLE), get(SIZE)), map.slots),
  ]
}

/**
 * Touches so many slots; `number` says which, given `k`. In a loop without stores: a processor keeps few of them waiting, and they
 * would wait for what is loaded.
 */
export const touchSlots = (map: MemoryMap, l: Locals, count: Value, number: Value): Code => [
  set(l.k, count),
  block(
    loop(
      jumpIf(1, not(get(l.k))),
      set(l.k, sub(get(l.k), num(1))),
      set(l.warm, xor(get(l.warm), load(load(shl(number, num(2)), map.slots)))),
      jump(0),
    ),
  ),
  store(get(REGION), get(l.warm), map.region.touched),
]

/** The slot after `p` in its stripe; where that is `home`, the slot where the way began, all are taken, and the code stops with an error. */
const nextSlot = (l: Locals, home: Value): Code => [
  set(l.p, or(and(get(l.p), xor(get(l.mask), num(-1))), and(add(get(l.p), num(4)), get(l.mask)))),
  when(eq(get(l.p), home), fail),
]

export interface Found {
  /** What is to be done where it is not known, with `p` the free slot, */
  readonly free: Code
  /** and where it is, with `e` its entry. */
  readonly found: Code
  /** Where the state of the entry `e` is. */
  readonly where?: Value
}

/** Looks up the state at `o`, which is number `number`. */
export function probe(
  words: number,
  map: MemoryMap,
  l: Locals,
  number: Value,
  { free, found, where = stateAt(words, map, known(l)) }: Found,
): Code {
  const at = shl(number, num(2))
  const differs = shrUnsigned(xor(get(l.e), get(l.t)), get(BITS))
  const probing = loop(
    set(l.e, load(get(l.p))),
    when(not(get(l.e)), [free, jump(2)]),
    when(not(differs), [
      set(l.q, where),
      when(isSame(words, get(l.q), get(l.o)), [found, jump(3)]),
    ]),
    nextSlot(l, load(at, map.slots)),
    jump(0),
  )
  return [
    set(l.t, shl(load(at, map.hashes), get(BITS))),
    set(l.p, load(at, map.slots)),
    block(probing),
  ]
}

/**
 * (region, table, size, bits, number of states, list, first and last address of the worker's stripes): enters into an empty table all
 * states that fall on these stripes. Several work on it at once, each on stripes of its own, with a list of its own. `enter` is the
 * number of the function that does the work.
 */
export function refillCode(enter: number): FunctionCode {
  const [COUNT, LOW, HIGH, FROM, PAGE_AT] = [4, 6, 7, 8, 9]
  // A page that is read before it is written is given twice, the second time with a word to all processors.
  const open = loop(
    store(get(PAGE_AT), num(0)),
    set(PAGE_AT, add(get(PAGE_AT), num(PAGE))),
    jumpIf(0, ltUnsigned(get(PAGE_AT), get(HIGH))),
  )
  const args = [0, 1, 2, 3, 4, 5, 6, 7].map((local) => get(local))
  const all = loop(
    jumpIf(1, geUnsigned(get(FROM), get(COUNT))),
    set(FROM, call(enter, ...args, get(FROM))),
    jump(0),
  )
  const body = [set(PAGE_AT, get(LOW)), open, block(all)]
  return { params: ints(8), results: [], locals: ints(2), body, name: 'refill' }
}

/** What `refill` is given, and the first state to look at -> the first one not looked at. A function that is called often is compiled well. */
export function enterCode(words: number, map: MemoryMap): FunctionCode {
  const [COUNT, LIST, LOW, HIGH, FROM] = [4, 5, 6, 7, 8]
  const l = locals(9)
  const HERE = l.e
  const at = shl(add(get(LIST), get(l.k)), num(2))
  const mineAt = add(get(REGION), shl(get(l.k), num(2)))
  const isMine = ltUnsigned(sub(get(l.p), get(LOW)), sub(get(HIGH), get(LOW)))
  const home = load(at, map.slots)
  const toFree = loop(jumpIf(1, not(load(get(l.p)))), nextSlot(l, home), jump(0))
  const body = [
    maskCode(l, map),
    set(l.o, stateAt(words, map, get(FROM))),
    loop(
      set(l.t, hashCode(words, get(l.o), l.h)),
      set(l.p, slotOf(get(l.t), get(TABLE), get(SIZE))),
      set(FROM, add(get(FROM), num(1))),
      store(at, get(l.t), map.hashes),
      store(at, get(l.p), map.slots),
      store(mineAt, get(FROM), map.region.mine),
      set(l.k, add(get(l.k), isMine)),
      set(l.o, add(get(l.o), num(words * 4))),
      jumpIf(0, and(ltUnsigned(get(FROM), get(COUNT)), ltUnsigned(get(l.k), num(BATCH)))),
    ),
    set(HERE, get(l.k)),
    when(get(HERE), [
      touchSlots(map, l, get(HERE), add(get(LIST), get(l.k))),
      times(l.k, get(HERE), [
        set(l.p, load(at, map.slots)),
        block(toFree),
        store(get(l.p), or(shl(load(at, map.hashes), get(BITS)), load(mineAt, map.region.mine))),
      ]),
    ]),
    get(FROM),
  ]
  return { params: ints(9), results: ints(1), locals: l.types, body }
}
