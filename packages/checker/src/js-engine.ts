/** The engine whose code is JavaScript. It runs everywhere. */
import type { Engine, EngineInput } from './engine.ts'
import { generate } from './generate.ts'
import { at } from './layout.ts'
import { Store } from './store.ts'
import { train } from './training.ts'

/** States after which it pays to have the generated code compiled well. */
const TRAINING = 1 << 11
const MOST_STATES = 2 ** 30

export function createJsEngine(input: EngineInput): Engine {
  const { linked, layout, watches, listener, options, reduction, deaf } = input
  const program = generate(linked, layout, watches, listener, reduction)
  const store = new Store(layout.words, options.maxBytes)
  const limit = options.maxStates ?? MOST_STATES
  const { batch, live, hit, least, most } = program
  const stride = layout.words + 1
  let moves = 0
  let full: string | undefined
  let trained = false

  const expand = (from: number, to: number): { next: number; count: number } => {
    const next = program.expand(store.states, from, to)
    return { next, count: at(batch.ends, next - from - 1) / stride }
  }

  return {
    live,
    hit,
    least,
    most,
    batch,
    memories: 1,
    wait: undefined,
    statesWith: () => store.states,
    placeOf: (state) => state * layout.words,
    pieces: () => [store.states.subarray(0, store.count * layout.words)],
    get count() {
      return store.count
    },
    get moves() {
      return moves
    },
    get bytes() {
      return store.bytes
    },
    get full() {
      return full
    },
    start(count, states) {
      if (!store.reserve(count, program)) return false
      let filled = 0
      for (const piece of states) {
        store.states.set(piece, filled)
        filled += piece.length
      }
      store.count = count
      program.rehash(store.states, count, store.table, store.table.length, store.bits)
      return true
    },
    advance(from, to) {
      if (!trained && from >= TRAINING) {
        trained = true
        deaf(() => train(program, linked, layout))
      }
      const { next, count } = expand(from, to)
      if (!store.reserve(count, program)) {
        full = `memory is exhausted after ${store.count} states`
        return from
      }
      const { states, table, bits } = store
      const n = program.insert(states, table, table.length, bits, count, store.count, limit)
      store.count = n < 0 ? -1 - n : n
      if (n < 0) {
        full = `the limit of ${limit} states was met`
        return from
      }
      moves += count
      return next
    },
    look(from, to) {
      const { next, count } = expand(from, to)
      const { states, table, bits } = store
      program.resolve(states, table, table.length, bits, count)
      return next
    },
    close() {},
  }
}
