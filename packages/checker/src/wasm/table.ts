/**
 * The set of states as WebAssembly: hash, insert, look up, fill again.
 *
 * An entry of the table is 0 or the index of a state plus one in its low `bits` bits and, above them, as many bits of the
 * state's hash as there is room for: nearly every other state that the probing meets is told apart without being read. Equal
 * hash bits decide nothing: whole states are compared.
 *
 * Work is done in batches: a first pass hashes and touches the table, so that its cache misses overlap; the second, which must go
 * one by one, has few. The states that are then compared are mostly recent ones, and near.
 */
import {
  add,
  and,
  block,
  type Code,
  eq,
  extend,
  type FunctionCode,
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
  type ValueType,
  when,
  wrap,
  xor,
  xor64,
} from './encoder.ts'
import { BATCH, type MemoryMap, RECENT_STATES, recentShift } from './memory-map.ts'

/** Odd numbers without a pattern. */
const FACTORS = [0x9e3779b97f4a7c15n, 0xbf58476d1ce4e5b9n, 0x94d049bb133111ebn, 0xd6e8feb86659fd93n]

const factor = (i: number): Code => num64(FACTORS[i % FACTORS.length] as bigint)

/** The words at an address, two at a time: of each piece its offset, and whether it is a pair. */
const pieces = (words: number): { offset: number; isPair: boolean }[] =>
  Array.from({ length: Math.ceil(words / 2) }, (_, i) => ({
    offset: i * 8,
    isPair: i * 2 + 1 < words,
  }))

/** The hash of the state at an address, in 32 bits; `h` is a local of 64 bits. */
function hashCode(words: number, address: Code, h: number): Code {
  const mixed = pieces(words).flatMap(({ offset, isPair }, i) => {
    const piece = isPair ? load64(address, offset) : extend(load(address, offset))
    const before = i === 0 ? num64(0x5bd1e9955bd1e995n) : get(h)
    return [
      set(h, mul64(xor64(piece, before), factor(i))),
      set(h, xor64(get(h), shrUnsigned64(get(h), num64(32n)))),
    ]
  })
  return [mixed, wrap(shrUnsigned64(mul64(get(h), factor(3)), num64(32n)))]
}

/** The address of the slot for a hash: by multiplication, not by mask, so that the table can have any size. */
const slotOf = (hash: Code, table: Code, size: Code): Code =>
  add(table, shl(wrap(shrUnsigned64(mul64(extend(hash), extend(size)), num64(32n))), num(2)))

const isSame = (words: number, a: Code, b: Code): Code =>
  pieces(words)
    .map(({ offset, isPair }) =>
      isPair
        ? not(ne64(load64(a, offset), load64(b, offset)))
        : eq(load(a, offset), load(b, offset)),
    )
    .reduce((x, y) => and(x, y))

const copy = (words: number, to: Code, from: Code): Code =>
  pieces(words).map(({ offset, isPair }) =>
    isPair ? store64(to, load64(from, offset), offset) : store(to, load(from, offset), offset),
  )

/** `body` for `i` from 0 on, below `count`, at least once. */
const times = (i: number, count: Code, body: Code): Code => [
  set(i, num(0)),
  loop(body, set(i, add(get(i), num(1))), jumpIf(0, ltUnsigned(get(i), count))),
]

/**
 * (table, size, count) -> how many of the successors are left. Two of three have been met a moment ago: they are known from a small
 * array of recent states, each at the place that its hash says, which never leaves the nearest caches. The others are noted, with
 * their slots touched. Sifting does not branch on what the states are.
 */
export function siftCode(words: number, map: MemoryMap): FunctionCode {
  const l = locals(3)
  const [COUNT, LEFT, RECENT, KNOWN] = [2, l.q, l.e, l.index]
  const isKnown = isSame(words, get(RECENT), get(l.o))
  const place = shl(and(get(l.t), num(RECENT_STATES - 1)), num(recentShift(words)))
  const body = [
    set(l.o, num(map.succ)),
    times(l.k, get(COUNT), [
      set(l.t, hashCode(words, get(l.o), l.h)),
      set(RECENT, add(place, num(map.recent))),
      set(KNOWN, isKnown),
      copy(words, get(RECENT), get(l.o)),
      set(l.p, slotOf(get(l.t), get(TABLE), get(SIZE))),
      store(get(LEFT), get(l.t), map.hashes),
      store(get(LEFT), get(l.p), map.slots),
      store(get(LEFT), get(l.o), map.places),
      set(LEFT, add(get(LEFT), shl(not(get(KNOWN)), num(2)))),
      set(l.o, add(get(l.o), num((words + 1) * 4))),
    ]),
    touchSlots(map, l, shrUnsigned(get(LEFT), num(2))),
    shrUnsigned(get(LEFT), num(2)),
  ]
  return { params: ints(3), results: ints(1), locals: l.types, body, name: 'sift' }
}

/** (table, size, bits, how many were left, number of states, limit) -> new number of states, or -1 - number when `limit` was met */
export function insertCode(words: number, map: MemoryMap): FunctionCode {
  const [N, LIMIT] = [4, 5]
  const l = locals(6)
  const keep = [
    when(eq(get(N), get(LIMIT)), leave(sub(num(-1), get(N)))),
    set(l.q, add(num(map.states), mul(get(N), num(words * 4)))),
    copy(words, get(l.q), get(l.o)),
    set(N, add(get(N), num(1))),
    store(get(l.p), or(get(l.t), get(N))),
  ]
  const next = set(l.o, load(shl(get(l.k), num(2)), map.places))
  const body = [probeAll(words, map, l, { next, free: keep, found: [] }), get(N)]
  return { params: ints(6), results: ints(1), locals: l.types, body, name: 'insert' }
}

/** (table, size, bits, count); leaves in `slots` the index of each successor, or -1. */
export function resolveCode(words: number, map: MemoryMap): FunctionCode {
  const l = locals(4)
  const at = shl(get(l.k), num(2))
  const place = add(num(map.succ), mul(get(l.k), num((words + 1) * 4)))
  const next = set(l.o, place)
  const put = (value: Code): Code => store(at, value, map.slots)
  const body = [
    times(l.k, get(COUNT), hashInto(words, map, l, place)),
    touchSlots(map, l, get(COUNT)),
    probeAll(words, map, l, { next, free: put(num(-1)), found: put(known(l)) }),
  ]
  return { params: ints(4), results: [], locals: l.types, body, name: 'resolve' }
}

const [TABLE, SIZE, BITS, COUNT] = [0, 1, 2, 3]

interface Locals {
  /** Number of the successor, where it is, its slot, its entry in the table, the place of that state. */
  readonly k: number
  readonly o: number
  readonly p: number
  readonly e: number
  readonly q: number
  /** Hash, also where its bits are in an entry. */
  readonly t: number
  readonly index: number
  readonly end: number
  readonly warm: number
  readonly h: number
  readonly types: ValueType[]
}

/** Numbers of the locals that come after so many parameters. */
const locals = (n: number): Locals => ({
  ...{
    k: n,
    o: n + 1,
    p: n + 2,
    e: n + 3,
    q: n + 4,
    t: n + 5,
    index: n + 6,
    end: n + 7,
    warm: n + 8,
  },
  h: n + 9,
  types: [...ints(9), I64],
})

/** The index in the entry `e`. */
const known = (l: Locals): Code => sub(and(get(l.e), get(l.index)), num(1))

/** Notes hash and slot of the state at an address as number `k`. */
function hashInto(words: number, map: MemoryMap, l: Locals, address: Code): Code {
  const at = shl(get(l.k), num(2))
  return [
    set(l.o, address),
    store(at, tee(l.t, hashCode(words, get(l.o), l.h)), map.hashes),
    store(at, slotOf(get(l.t), get(TABLE), get(SIZE)), map.slots),
  ]
}

/**
 * Touches so many slots. In a loop without stores: a processor keeps few of them waiting, and they would wait for what is loaded.
 */
const touchSlots = (map: MemoryMap, l: Locals, count: Code): Code => [
  set(l.k, count),
  block(
    loop(
      jumpIf(1, not(get(l.k))),
      set(l.k, sub(get(l.k), num(1))),
      set(l.warm, xor(get(l.warm), load(load(shl(get(l.k), num(2)), map.slots)))),
      jump(0),
    ),
  ),
  store(num(0), get(l.warm), map.touched),
]

interface Found {
  /** Leaves the place of state number `k` in `o`. */
  readonly next: Code
  /** What is to be done where it is not known, with `p` the free slot, */
  readonly free: Code
  /** and where it is, with `e` its entry. */
  readonly found: Code
}

function probeAll(words: number, map: MemoryMap, l: Locals, { next, free, found }: Found): Code {
  const at = shl(get(l.k), num(2))
  const differs = shrUnsigned(xor(get(l.e), get(l.t)), get(BITS))
  const probing = loop(
    set(l.e, load(get(l.p))),
    when(not(get(l.e)), [free, jump(2)]),
    when(not(differs), [
      set(l.q, add(num(map.states), mul(known(l), num(words * 4)))),
      when(isSame(words, get(l.q), get(l.o)), [found, jump(3)]),
    ]),
    set(l.p, add(get(l.p), num(4))),
    when(eq(get(l.p), get(l.end)), set(l.p, get(TABLE))),
    jump(0),
  )
  return [
    set(l.index, shrUnsigned(num(-1), sub(num(32), get(BITS)))),
    set(l.end, add(get(TABLE), shl(get(SIZE), num(2)))),
    times(l.k, get(COUNT), [
      set(l.t, shl(load(at, map.hashes), get(BITS))),
      set(l.p, load(at, map.slots)),
      next,
      block(probing),
    ]),
  ]
}

/** (table, size, bits, number of states): enters all states into an empty table. */
export function refillCode(words: number, map: MemoryMap): FunctionCode {
  const l = locals(4)
  const [FROM, HERE] = [l.q, l.e]
  const at = shl(get(l.k), num(2))
  const place = add(num(map.states), mul(add(get(FROM), get(l.k)), num(words * 4)))
  const toFree = loop(
    jumpIf(1, not(load(get(l.p)))),
    set(l.p, add(get(l.p), num(4))),
    when(eq(get(l.p), get(l.end)), set(l.p, get(TABLE))),
    jump(0),
  )
  const batch = [
    set(HERE, sub(get(COUNT), get(FROM))),
    when(geUnsigned(get(HERE), num(BATCH)), set(HERE, num(BATCH))),
    times(l.k, get(HERE), hashInto(words, map, l, place)),
    touchSlots(map, l, get(HERE)),
    times(l.k, get(HERE), [
      set(l.p, load(at, map.slots)),
      block(toFree),
      set(FROM, add(get(FROM), num(1))),
      store(get(l.p), or(shl(load(at, map.hashes), get(BITS)), get(FROM))),
    ]),
  ]
  const body = [
    set(l.end, add(get(TABLE), shl(get(SIZE), num(2)))),
    block(loop(jumpIf(1, eq(get(FROM), get(COUNT))), batch, jump(0))),
  ]
  return { params: ints(4), results: [], locals: l.types, body, name: 'refill' }
}
