/**
 * Bitstate search, as SPIN has it (Holzmann 1988): of each state only a few bits are kept, set in one large array at places that its
 * hashes name. A state whose bits are all set already counts as known, and may not be: then it is missed, with whatever
 * only it leads to. Depth first, so that what has to be kept whole is only the way to here and what branches off from it.
 */

import type { Linked } from './automaton.ts'
import { createEnds, ENDS } from './ends.ts'
import { withRoom } from './growing.ts'
import { layOut } from './layout.ts'
import { type BitstateMode, grouped, whyStop } from './mode.ts'
import { partialResult } from './partial.ts'
import type { CheckResult } from './result.ts'
import { createStepper } from './stepper.ts'
import { orNothing } from './store.ts'
import type { Progress } from './under-way.ts'
import type { WalkOptions } from './walks.ts'

const BYTES = 2 ** 26
const MOST_BYTES = 2 ** 29
const HASHES = 3
const SLICE = 50_000

export function* bitstate(
  linked: Linked,
  mode: BitstateMode,
  options: WalkOptions,
): Generator<Progress, CheckResult> {
  const layout = layOut(linked)
  const stepper = createStepper(linked, layout)
  const { program, stride } = stepper
  const { succ } = program.batch
  const { words } = layout
  const ends = createEnds(stepper, 4 * ENDS)
  const known = createBits(
    mode.bytes ?? Math.min(BYTES, options.maxBytes ?? BYTES),
    mode.hashes ?? HASHES,
  )
  const limit = options.maxStates ?? Number.POSITIVE_INFINITY
  /** Per entry: the words, the site that led there, and how many moves. */
  const size = words + 2
  let stack: Int32Array = new Int32Array(1024 * size)
  let path: Int32Array = new Int32Array(1024)
  let [top, expanded, seen, deepest, dead] = [0, 0, 0, 0, 0]
  let stopped = known ? undefined : 'there is no memory for its bits'

  const push = (from: Int32Array, offset: number, site: number, depth: number): boolean => {
    const grown = withRoom(stack, (top + 1) * size)
    if (!grown) return false
    stack = grown
    for (let w = 0; w < words; w++) stack[top * size + w] = from[offset + w] as number
    stack[top * size + words] = site
    stack[top * size + words + 1] = depth
    top++
    return true
  }

  const state = new Int32Array(words)
  if (known) {
    known.add(stepper.begin, 0, words)
    push(stepper.begin, 0, -1, 0)
  }
  while (top > 0 && known && stopped === undefined) {
    top--
    const at = top * size
    state.set(stack.subarray(at, at + words))
    const depth = stack[at + words + 1] as number
    const longer = withRoom(path, depth)
    if (!longer) {
      stopped = 'memory is exhausted by the way'
      break
    }
    path = longer
    if (depth > 0) path[depth - 1] = stack[at + words] as number
    deepest = Math.max(deepest, depth)
    const way = (): Int32Array => path.subarray(0, depth)
    const count = stepper.expand(state, 0, depth, way)
    expanded++
    seen += count
    let news = 0
    for (let k = 0; k < count; k++) {
      if (!known.add(succ, k * stride, words)) continue
      news++
      if (!push(succ, k * stride, succ[k * stride + words] as number, depth + 1))
        stopped = 'memory is exhausted by the ways that branch off'
    }
    // All ways lead back: somebody may be caught here, above all where nobody else can move.
    if (news === 0 && (dead++ < ENDS || (stepper.able & (stepper.able - 1)) === 0))
      ends.ask(state, way)
    if (known.states >= limit) stopped = `the limit of ${limit} states was met`
    if (expanded % SLICE !== 0) continue
    stopped ??= whyStop(options)
    yield { explored: expanded, waiting: top, depth, bytes: known.bytes + 4 * stack.length }
  }
  const { states = 1, bits = 0, set = 0, hashes = 0, omitted = 0, bytes = 0 } = known ?? {}
  const factor = bits / states
  const coverage = states / (states + omitted)
  const label = `a bitstate search (${hashes} hash functions, ${grouped(bits)} bits, ${grouped(states)} states)`
  const missed = [
    `${percent(set / Math.max(1, bits))} of the bits are set, ${factor.toFixed(1)} bits for each state; by that some ${omitted < 0.01 ? omitted.toExponential(1) : omitted.toFixed(2)} states were taken for known ones and missed, so that ${percent(coverage)} of those that were met are covered; whatever only they lead to is missed as well`,
  ]
  const facts = { hashes, bits, set, states, factor, omitted, coverage }
  const reached = { states, transitions: seen, depth: deepest, bytes }
  return partialResult(
    stepper,
    { name: 'bitstate', label, missed, facts },
    reached,
    ends.found,
    stopped,
  )
}

const percent = (p: number): string => `${(100 * p).toFixed(p > 0.9999 && p < 1 ? 6 : 2)} %`

interface Bits {
  readonly bits: number
  readonly bytes: number
  readonly hashes: number
  /** States that were new. */
  readonly states: number
  readonly set: number
  /** How many new states are likely to have been taken for known ones. */
  readonly omitted: number
  /** False when all bits of the state were set. */
  add(words: Int32Array, offset: number, count: number): boolean
}

/** `bytes` is rounded down to a power of two. */
export function createBits(bytes: number, hashes: number): Bits | undefined {
  const log = Math.floor(Math.log2(Math.max(4, Math.min(bytes, MOST_BYTES)))) + 3
  const bits = 2 ** log
  const array = orNothing(() => new Int32Array(bits / 32))
  if (!array) return undefined
  let [states, set, omitted] = [0, 0, 0]
  return {
    bits,
    bytes: bits / 8,
    hashes,
    get states() {
      return states
    },
    get set() {
      return set
    },
    get omitted() {
      return omitted
    },
    add(words, offset, count) {
      let [a, b] = [0x9747b28c, 0x3c6ef372]
      for (let w = 0; w < count; w++) {
        const x = words[offset + w] as number
        a = mixed(a, x)
        b = mixed(b ^ 0x5bd1e995, Math.imul(x, 0x2c1b3c6d) ^ (x >>> 7))
      }
      a = finished(a)
      // Odd, so that no two of the places are the same.
      b = finished(b) | 1
      const before = set
      for (let i = 0; i < hashes; i++) {
        const place = ((a + Math.imul(i, b)) >>> 0) >>> (32 - Math.min(32, log))
        const bit = 1 << (place & 31)
        const word = array[place >>> 5] as number
        if ((word & bit) === 0) {
          array[place >>> 5] = word | bit
          set++
        }
      }
      if (set === before) return false
      // Had it been one that nobody has met, this is how likely it would have been missed; so of so many met, so many were.
      const chance = (before / bits) ** hashes
      omitted += chance / (1 - chance)
      states++
      return true
    },
  }
}

/** A round, and the end, of MurmurHash3. */
const mixed = (h: number, x: number): number => {
  let k = Math.imul(x, 0xcc9e2d51)
  k = Math.imul((k << 15) | (k >>> 17), 0x1b873593)
  const m = h ^ k
  return (Math.imul((m << 13) | (m >>> 19), 5) + 0xe6546b64) | 0
}

const finished = (h: number): number => {
  let x = h ^ (h >>> 16)
  x = Math.imul(x, 0x85ebca6b)
  x ^= x >>> 13
  x = Math.imul(x, 0xc2b2ae35)
  return x ^ (x >>> 16)
}
