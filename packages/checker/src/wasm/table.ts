/**
 * The set of states as WebAssembly: hash, insert, look up, fill again.
 *
 * An entry of the table is 0 or the index of a state plus one in its low `bits` bits and, above them, as many bits of the
 * state's hash as there is room for: nearly every other state that the probing meets is told apart without being read. Equal
 * hash bits decide nothing: whole states are compared.
 *
 * Work is done in batches, in passes: the first hashes and touches the table, the second touches the states that are likely to be
 * equal. So the cache misses of a batch overlap, and the last pass, which must go one by one, has none.
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
  I32,
  I64,
  ints,
  jump,
  jumpIf,
  leave,
  load,
  load64,
  loop,
  mul,
  mul64,
  ne64,
  not,
  num,
  num64,
  or,
  select,
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
import { BATCH, type MemoryMap } from './memory-map.ts'

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
      ...set(h, mul64(xor64(piece, before), factor(i))),
      ...set(h, xor64(get(h), shrUnsigned64(get(h), num64(32n)))),
    ]
  })
  return [...mixed, ...wrap(shrUnsigned64(mul64(get(h), factor(3)), num64(32n)))]
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
  pieces(words).flatMap(({ offset, isPair }) =>
    isPair ? store64(to, load64(from, offset), offset) : store(to, load(from, offset), offset),
  )

/** `body` for `i` from 0 on, below `count`, at least once. */
const times = (i: number, count: Code, body: Code): Code => [
  ...set(i, num(0)),
  ...loop(body, set(i, add(get(i), num(1))), jumpIf(0, [...get(i), ...count, 0x49])),
]

/** (table, size, bits, count, number of states, limit) -> new number of states, or -1 - number when `limit` was met */
export function insertCode(words: number, map: MemoryMap): FunctionCode {
  const [N, LIMIT] = [4, 5]
  const l = locals(6)
  const add1 = [
    ...when(eq(get(N), get(LIMIT)), leave(sub(num(-1), get(N)))),
    ...set(l.q, add(num(map.states), mul(get(N), num(words * 4)))),
    ...copy(words, get(l.q), get(l.o)),
    ...set(N, add(get(N), num(1))),
    ...store(get(l.p), or(get(l.t), get(N))),
  ]
  const body = [
    ...warmUp(words, map, l),
    ...probeAll(words, map, l, { free: add1, found: [] }),
    ...get(N),
  ]
  return { params: ints(6), results: [I32], locals: l.types, body, name: 'insert' }
}

/** (table, size, bits, count); leaves in `slots` the index of each successor, or -1. */
export function resolveCode(words: number, map: MemoryMap): FunctionCode {
  const l = locals(4)
  const put = (value: Code): Code => store(shl(get(l.k), num(2)), value, map.slots)
  const found = put(sub(and(get(l.e), get(l.index)), num(1)))
  const body = [...warmUp(words, map, l), ...probeAll(words, map, l, { free: put(num(-1)), found })]
  return { params: ints(4), results: [], locals: l.types, body, name: 'resolve' }
}

const [TABLE, SIZE, BITS, COUNT] = [0, 1, 2, 3]

/** Numbers of the locals that come after so many parameters. */
function locals(params: number): Record<
  'k' | 'o' | 'p' | 'q' | 't' | 'e' | 'index' | 'end' | 'warm' | 'h',
  number
> & {
  types: ValueType[]
} {
  const [k, o, p, q, t, e, index, end, warm, h] = Array.from(
    { length: 10 },
    (_, i) => params + i,
  ) as [number, number, number, number, number, number, number, number, number, number]
  return { k, o, p, q, t, e, index, end, warm, h, types: [...ints(9), I64] }
}

type Locals = ReturnType<typeof locals>

/** Hashes and slots of the batch; touches what will be looked at. */
function warmUp(words: number, map: MemoryMap, l: Locals): Code {
  const stride = (words + 1) * 4
  const at = shl(get(l.k), num(2))
  const touch = (value: Code): Code => set(l.warm, xor(get(l.warm), value))
  const known = sub(and(get(l.e), get(l.index)), num(1))
  return [
    ...set(l.index, shrUnsigned(num(-1), sub(num(32), get(BITS)))),
    ...set(l.end, add(get(TABLE), shl(get(SIZE), num(2)))),
    ...set(l.o, num(map.succ)),
    ...times(l.k, get(COUNT), [
      ...store(at, tee(l.t, hashCode(words, get(l.o), l.h)), map.hashes),
      ...store(at, tee(l.p, slotOf(get(l.t), get(TABLE), get(SIZE))), map.slots),
      ...touch(load(get(l.p))),
      ...set(l.o, add(get(l.o), num(stride))),
    ]),
    ...times(l.k, get(COUNT), [
      ...set(l.e, load(load(at, map.slots))),
      ...set(l.t, shl(load(at, map.hashes), get(BITS))),
      ...touch(
        load(
          select(
            shrUnsigned(xor(get(l.e), get(l.t)), get(BITS)),
            num(map.touched),
            add(num(map.states), mul(known, num(words * 4))),
          ),
        ),
      ),
    ]),
    ...store(num(0), get(l.warm), map.touched),
  ]
}

/** For each successor what is to be done where it is not known, with `p` the free slot, or is, with `e` its entry. */
function probeAll(
  words: number,
  map: MemoryMap,
  l: Locals,
  { free, found }: { free: Code; found: Code },
): Code {
  const stride = (words + 1) * 4
  const at = shl(get(l.k), num(2))
  const known = sub(and(get(l.e), get(l.index)), num(1))
  const differs = shrUnsigned(xor(get(l.e), get(l.t)), get(BITS))
  const probing = loop(
    set(l.e, load(get(l.p))),
    when(not(get(l.e)), [...free, ...jump(2)]),
    when(not(differs), [
      ...set(l.q, add(num(map.states), mul(known, num(words * 4)))),
      ...when(isSame(words, get(l.q), get(l.o)), [...found, ...jump(3)]),
    ]),
    set(l.p, add(get(l.p), num(4))),
    when(eq(get(l.p), get(l.end)), set(l.p, get(TABLE))),
    jump(0),
  )
  return [
    ...set(l.o, num(map.succ)),
    ...times(l.k, get(COUNT), [
      ...set(l.t, shl(load(at, map.hashes), get(BITS))),
      ...set(l.p, load(at, map.slots)),
      ...block(probing),
      ...set(l.o, add(get(l.o), num(stride))),
    ]),
  ]
}

/** (table, size, bits, number of states): enters all states into an empty table. */
export function refillCode(words: number, map: MemoryMap): FunctionCode {
  const l = locals(4)
  const FROM = l.end + 3
  const HERE = FROM + 1
  const at = shl(get(l.k), num(2))
  const place = add(num(map.states), mul(get(FROM), num(words * 4)))
  const batch = [
    ...set(HERE, sub(get(COUNT), get(FROM))),
    ...when(geUnsigned(get(HERE), num(BATCH)), set(HERE, num(BATCH))),
    ...set(l.q, place),
    ...times(l.k, get(HERE), [
      ...store(at, tee(l.t, hashCode(words, get(l.q), l.h)), map.hashes),
      ...store(at, tee(l.p, slotOf(get(l.t), get(TABLE), get(SIZE))), map.slots),
      ...set(l.warm, xor(get(l.warm), load(get(l.p)))),
      ...set(l.q, add(get(l.q), num(words * 4))),
    ]),
    ...times(l.k, get(HERE), [
      ...set(l.p, load(at, map.slots)),
      ...block(
        loop(
          jumpIf(1, not(load(get(l.p)))),
          set(l.p, add(get(l.p), num(4))),
          when(eq(get(l.p), get(l.end)), set(l.p, get(TABLE))),
          jump(0),
        ),
      ),
      ...set(FROM, add(get(FROM), num(1))),
      ...store(get(l.p), or(shl(load(at, map.hashes), get(BITS)), get(FROM))),
    ]),
  ]
  const body = [
    ...set(l.end, add(get(TABLE), shl(get(SIZE), num(2)))),
    ...block(loop(jumpIf(1, eq(get(FROM), get(COUNT))), batch, jump(0))),
    ...store(num(0), get(l.warm), map.touched),
  ]
  return { params: ints(4), results: [], locals: [...l.types, I32, I32], body, name: 'refill' }
}
