/**
 * How many states a world has, guessed early: from the depths that were searched so far, and from how long random walks are, which is
 * about how deep it goes. Shipped cells grow by depth to some power between two and three, and fall off again; 2.5 is what
 * fits them best. It is a guess: `FACTOR` is how far off it was at most for shipped cells, as a test says.
 */
import type { Linked } from './automaton.ts'
import { randomOf } from './random.ts'
import type { Search } from './search.ts'
import type { Estimate } from './under-way.ts'
import { anybody, createWalker } from './walks.ts'

/** Once so many states are known, the guess is at most this many times too large or too small. */
export const KNOWN = 20_000
export const FACTOR = 10

const POWER = 2.5
const WALKS = 50
const STEPS = 2000
const SEED = 1

/** About how deep the world is: the steps of the longest of some random walks. Undefined when none came to its end. */
export function depthByWalks(linked: Linked): number | undefined {
  const walker = createWalker(linked, {}, 0)
  const walks = walker.run(
    WALKS,
    STEPS,
    (_, random) => anybody(random),
    (walk) => randomOf(SEED, walk),
  )
  while (!walks.next().done);
  return walker.walked.longest || undefined
}

const depths = new WeakMap<Linked, number>()

/** For a search that is under way; the walks are made once for each world. */
export function estimateOf({
  linked,
  levels,
  states,
}: Pick<Search, 'linked' | 'levels' | 'states'>): Estimate | undefined {
  if ((levels.at(-1) ?? 0) < KNOWN) return undefined
  const depth = depths.get(linked) ?? depthByWalks(linked) ?? 0
  depths.set(linked, depth)
  return estimate(levels, states, depth === 0 ? undefined : depth)
}

/** From the number of the first state of each depth; undefined while too little is known. */
export function estimate(
  levels: readonly number[],
  states: number,
  depth: number | undefined,
): Estimate | undefined {
  // The last depth is still being found; all before it are known.
  const known = levels.at(-1) ?? 0
  if (depth === undefined || known < KNOWN) return undefined
  const guess = known * Math.max(1, depth / (levels.length - 1)) ** POWER
  return { states: Math.max(states, Math.round(guess)), factor: FACTOR }
}
