/**
 * How many states a world has, guessed early: from the depths that were searched so far, and from how long random walks are. Nothing fits
 * shipped cells better than this: they grow with the third power of the depth, and go about as deep as half of the walks that are
 * longer than what is known; the longest ones went round in loops. It is a guess: how far off it may be depends on how much of
 * the way is known, and is what it was at most for shipped cells, as a test says.
 */
import type { Linked } from './automaton.ts'
import { randomOf } from './random.ts'
import type { Search } from './search.ts'
import type { Estimate } from './under-way.ts'
import { anybody, createWalker } from './walks.ts'

/** There is a guess once so many states are known. */
const KNOWN = 20_000

/** How many times too large or too small it may be, where the whole depth is less than so many times what is known of it. */
const FACTORS: readonly (readonly [times: number, factor: number])[] = [
  [1.25, 5],
  [2, 7],
  [Number.POSITIVE_INFINITY, 10],
]

const POWER = 3
const WALKS = 50
const STEPS = 2000
const SEED = 1

/** The steps of some random walks that came to their end. */
function walksOf(linked: Linked): readonly number[] {
  const walker = createWalker(linked, {}, 0)
  const walks = walker.run(
    WALKS,
    STEPS,
    (_, random) => anybody(random),
    (walk) => randomOf(SEED, walk),
  )
  while (!walks.next().done);
  return [...walker.lengths].sort((a, b) => a - b)
}

const walked = new WeakMap<Linked, readonly number[]>()

/** For a search that is under way; the walks are made once for each world. */
export function estimateOf({
  linked,
  levels,
  states,
}: Pick<Search, 'linked' | 'levels' | 'states'>): Estimate | undefined {
  if ((levels.at(-1) ?? 0) < KNOWN) return undefined
  const walks = walked.get(linked) ?? walksOf(linked)
  walked.set(linked, walks)
  return estimate(levels, states, walks)
}

/** From the number of the first state of each depth, and the lengths of walks in order; undefined while too little is known. */
function estimate(
  levels: readonly number[],
  states: number,
  walks: readonly number[],
): Estimate | undefined {
  // The last depth is still being found; all before it are known.
  const known = levels.at(-1) ?? 0
  if (walks.length === 0 || known < KNOWN) return undefined
  const depth = levels.length - 1
  // Walks that end sooner tell nothing of what comes after.
  const longer = walks.filter((n) => n > depth)
  const times = (longer[Math.floor((longer.length - 1) / 2)] ?? depth) / depth
  const factor = FACTORS.find(([most]) => times < most)?.[1] ?? 1
  return { states: Math.max(states, Math.round(known * times ** POWER)), factor }
}
