/**
 * One depth of the search done by several workers, with the same numbers as by one. Each has put the successors of a share of the
 * states on its list (`gather`). Then each looks up what falls on its stripes of the table, from all lists in order (`claim`); what is
 * new has a provisional number, by its place on the lists, until it is known how many are new before it. Last, each stores what is
 * new on its own list (`settle`). Between these the workers wait for each other, and in between nobody writes what another reads.
 */
import {
  add,
  and,
  block,
  type Code,
  type FunctionCode,
  get,
  geUnsigned,
  ints,
  jump,
  jumpIf,
  leave,
  load,
  loadAtomic,
  loop,
  ltUnsigned,
  mul,
  ne,
  num,
  or,
  select,
  set,
  shl,
  store,
  sub,
  type Value,
  when,
} from './encoder.ts'
import { BATCH, type MemoryMap } from './memory-map.ts'
import {
  copy,
  keptAt,
  known,
  locals,
  maskCode,
  probe,
  REGION,
  stateAt,
  times,
  touchSlots,
} from './table.ts'

/** A slot that is taken by a new state is noted with this bit, one where a state was found as 0. */
const NEW = 1

/** How many successors are on a worker's list. */
const leftOf = ({ regions, regionBytes, region }: MemoryMap, worker: Value): Value =>
  load(mul(worker, num(regionBytes)), regions + region.left)

const slotAt = (map: MemoryMap, number: Value): Value => load(shl(number, num(2)), map.slots)

/** (region, table, size, bits, number of states, first and last address of the worker's stripes): looks up what is this worker's. */
export function claimCode(words: number, map: MemoryMap): FunctionCode {
  const [N, LOW, HIGH] = [4, 5, 6]
  const l = locals(7)
  const after = l.h + 1
  const [WORKER, FROM, TO, MINE, NUMBER] = [0, 1, 2, 3, 4].map((i) => after + i) as Five
  const { region } = map
  const mineAt = (i: Value): Value => load(add(get(REGION), shl(i, num(2))), region.mine)
  const isMine = ltUnsigned(sub(slotAt(map, get(FROM)), get(LOW)), sub(get(HIGH), get(LOW)))
  const at = shl(get(NUMBER), num(2))
  // A state that is new in this round is still on its list.
  const index = known(l)
  const where = select(
    ltUnsigned(index, get(N)),
    stateAt(words, map, index),
    keptAt(words, map, sub(index, get(N))),
  )
  const free = [
    store(get(l.p), or(get(l.t), add(add(get(N), get(NUMBER)), num(1)))),
    store(at, or(get(l.p), num(NEW)), map.slots),
  ]
  const found = store(at, num(0), map.slots)
  const collect = loop(
    store(add(get(REGION), shl(get(MINE), num(2))), get(FROM), region.mine),
    set(MINE, add(get(MINE), isMine)),
    set(FROM, add(get(FROM), num(1))),
    jumpIf(0, and(ltUnsigned(get(FROM), get(TO)), ltUnsigned(get(MINE), num(BATCH)))),
  )
  const lookUp = [
    touchSlots(map, l, get(MINE), mineAt(get(l.k))),
    times(l.k, get(MINE), [
      set(NUMBER, mineAt(get(l.k))),
      set(l.o, keptAt(words, map, get(NUMBER))),
      probe(words, map, l, get(NUMBER), { free, found, where }),
    ]),
  ]
  const left = leftOf(map, get(WORKER))
  const body = [
    maskCode(l, map),
    times(WORKER, num(map.workers), [
      set(FROM, mul(get(WORKER), num(map.capacity))),
      set(TO, add(get(FROM), left)),
      block(
        loop(
          jumpIf(1, geUnsigned(get(FROM), get(TO))),
          set(MINE, num(0)),
          collect,
          when(get(MINE), lookUp),
          jump(0),
        ),
      ),
    ]),
  ]
  return { params: ints(7), results: [], locals: [...l.types, ...ints(5)], body, name: 'claim' }
}

type Five = [number, number, number, number, number]

/**
 * (address, value, patience) -> whether there is another value: looks again and again, so many times at most. To be woken takes a
 * sleeper several times as long as what most waits are for.
 */
export function spinCode(): FunctionCode {
  const [AT, VALUE, LEFT] = [0, 1, 2]
  const body = [
    loop(
      when(ne(loadAtomic(get(AT)), get(VALUE)), leave(num(1))),
      set(LEFT, sub(get(LEFT), num(1))),
      jumpIf(0, get(LEFT)),
    ),
    num(0),
  ]
  return { params: ints(3), results: ints(1), locals: [], body, name: 'spin' }
}

/**
 * (worker, bits, number of states) -> how many states on the worker's list are new, which are stored. They come after those that are
 * new on the lists before it: these are counted only, by everybody who comes later, for that is sooner done than asked.
 */
export function settleCode(words: number, map: MemoryMap): FunctionCode {
  const [OWN, BITS, N] = [0, 1, 2]
  const [WORKER, LEFT, K, NUMBER, SLOT, TO, FROM, FIRST] = [3, 4, 5, 6, 7, 8, 9, 10]
  const hash = load(shl(get(NUMBER), num(2)), map.hashes)
  const eachOf = (worker: Value, body: Code): Code => [
    set(LEFT, leftOf(map, worker)),
    set(NUMBER, mul(worker, num(map.capacity))),
    when(get(LEFT), times(K, get(LEFT), [body, set(NUMBER, add(get(NUMBER), num(1)))])),
  ]
  const one = [
    set(SLOT, sub(get(SLOT), num(NEW))),
    set(TO, stateAt(words, map, get(N))),
    set(FROM, keptAt(words, map, get(NUMBER))),
    copy(words, get(TO), get(FROM)),
    set(N, add(get(N), num(1))),
    store(get(SLOT), or(shl(hash, get(BITS)), get(N))),
  ]
  const body = [
    when(
      get(OWN),
      times(WORKER, get(OWN), [
        eachOf(get(WORKER), set(N, add(get(N), and(slotAt(map, get(NUMBER)), num(NEW))))),
      ]),
    ),
    set(FIRST, get(N)),
    eachOf(get(OWN), [set(SLOT, slotAt(map, get(NUMBER))), when(and(get(SLOT), num(NEW)), one)]),
    sub(get(N), get(FIRST)),
  ]
  return { params: ints(3), results: ints(1), locals: ints(8), body, name: 'settle' }
}
