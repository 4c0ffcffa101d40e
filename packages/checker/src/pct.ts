/**
 * Probabilistic concurrency testing (Burckhardt, Kothari, Musuvathi and Nagarakatte, ASPLOS 2010): each task gets a random
 * priority, the highest one that can move moves, and at `depth` - 1 random steps whoever makes that step falls below all others.
 *
 * A bug of depth d, one that d ordering constraints between steps suffice for, is found by one walk with a probability of at
 * least 1/(n k^(d-1)), of n tasks in executions of at most k steps. It speaks of schedules alone: where a task chooses, all
 * alternatives are taken with the same chance, and the bound is for those walks in which the choices fall right.
 */
import type { Linked } from './automaton.ts'
import { at } from './layout.ts'
import { grouped, type PctMode, SEED, STEPS, WALKS } from './mode.ts'
import { type Random, randomOf } from './random.ts'
import type { CheckResult } from './result.ts'
import type { Progress } from './under-way.ts'
import { tasksOf } from './wait-for.ts'
import { anybody, createWalker, cutWords, type Picker, type WalkOptions } from './walks.ts'

/** Random walks that measure how long executions are. */
const MEASURING = 50
/** Their streams of random numbers are not those of the walks. */
const APART = 2 ** 31

export function* pctWalks(
  linked: Linked,
  mode: PctMode,
  options: WalkOptions,
): Generator<Progress, CheckResult> {
  const { depth, seed = SEED, walks = WALKS, steps = STEPS } = mode
  const tasks = linked.automata.length
  const measure = createWalker(linked, options, 0)
  yield* measure.run(
    MEASURING,
    steps,
    (_, r) => anybody(r),
    (walk) => randomOf(seed, APART + walk),
  )
  const length = measure.walked.longest || steps
  const walker = createWalker(linked, options)
  const picker = (_: number, random: Random): Picker => priorities(tasks, depth, length, random)
  const stopped = yield* walker.run(walks, steps, picker, (walk) => randomOf(seed, walk))
  const w = walker.walked
  const chance = chanceOf(tasks, length, depth)
  const all = 1 - (1 - chance) ** w.walks
  const label = `${grouped(w.walks)} PCT walks of depth ${depth} (seed ${seed})`
  const missed = [
    `a bug of depth ${depth} in executions of at most ${grouped(length)} steps of ${tasks} tasks is found by a walk with a probability of at least ${percent(chance)}, by one of these walks with at least ${percent(all)}, where choices fall right; deeper ones with no known probability`,
    ...(w.longest > length
      ? [
          `executions of up to ${grouped(w.longest)} steps were met, beyond those ${grouped(length)}`,
        ]
      : []),
    ...cutWords(w, steps),
  ]
  const facts = { seed, depth, tasks, length, chance, chanceOfAll: all, ...w }
  return walker.result({ name: 'pct', label, missed, facts }, stopped)
}

/** The least probability with which one walk finds a bug of that depth. */
export const chanceOf = (tasks: number, length: number, depth: number): number =>
  1 / (tasks * length ** (depth - 1))

const percent = (p: number): string =>
  p >= 0.001 ? `${(100 * p).toFixed(p < 0.1 ? 2 : 1)} %` : p.toExponential(1)

function priorities(tasks: number, depth: number, length: number, random: Random): Picker {
  const order = Array.from({ length: tasks }, (_, t) => depth + t)
  for (let t = tasks - 1; t > 0; t--) {
    const other = random(t + 1)
    ;[order[t], order[other]] = [at(order, other), at(order, t)]
  }
  const changes = Array.from({ length: depth - 1 }, () => 1 + random(length))
  return byPriority(order, changes)
}

/** `changes[i]`: the number of the step whose task falls to priority i + 1, below all that tasks begin with. */
export function byPriority(order: readonly number[], changes: readonly number[]): Picker {
  const priority = [...order]
  return {
    pick(tasks, step) {
      const best = tasksOf(tasks).reduce((a, b) => (at(priority, b) > at(priority, a) ? b : a))
      changes.forEach((when, i) => {
        if (when === step) priority[best] = i + 1
      })
      return best
    },
  }
}
