/**
 * Walks through a world, one move at a time, by tasks that somebody picks. Every move that can be made next is looked at on the
 * way; where a walk ends, be it that nobody can move or that it has become too long, it is asked who can never finish.
 */
import type { Linked } from './automaton.ts'
import { createEnds, ENDS } from './ends.ts'
import { at, layOut } from './layout.ts'
import {
  grouped,
  type ModeReport,
  type RandomMode,
  SEED,
  STEPS,
  type StopOptions,
  WALKS,
  whyStop,
} from './mode.ts'
import { partialResult, type Reached } from './partial.ts'
import { type Random, randomOf } from './random.ts'
import type { CheckResult } from './result.ts'
import { createStepper, type Stepper } from './stepper.ts'
import { Store } from './store.ts'
import type { Progress } from './under-way.ts'
import { tasksOf } from './wait-for.ts'

/** Who moves next. */
export interface Picker {
  /** One of `tasks` (bits), for move number `step` of the walk, counted from 1. */
  pick(tasks: number, step: number): number
}

export interface WalkOptions extends StopOptions {
  readonly maxStates?: number | undefined
  readonly maxBytes?: number | undefined
}

/** How walks went. */
export interface Walked {
  readonly walks: number
  readonly steps: number
  /** Steps of the longest walk that came to its end. */
  readonly longest: number
  /** Walks that were given up. */
  readonly cut: number
}

/** Steps between two looks at the clock. */
const SLICE = 20_000
/** Different states that are counted. */
const COUNTED = 2 ** 22

export interface Walker {
  /** All walks; `picker` is asked for each. Returns why they were ended early. */
  run(
    walks: number,
    steps: number,
    picker: (walk: number, random: Random) => Picker,
    random: (walk: number) => Random,
  ): Generator<Progress, string | undefined>
  readonly walked: Walked
  /** Steps of each walk that came to its end. */
  readonly lengths: readonly number[]
  result(mode: ModeReport, stopped: string | undefined): CheckResult
}

/** `mostEnds`: ends behind which is looked. */
export function createWalker(
  linked: Linked,
  options: WalkOptions,
  mostEnds: number = ENDS,
): Walker {
  const layout = layOut(linked)
  const stepper = createStepper(linked, layout)
  const { program, stride } = stepper
  const { succ } = program.batch
  const store = new Store(layout.words, options.maxBytes)
  const counted = Math.min(COUNTED, options.maxStates ?? COUNTED)
  const ends = createEnds(stepper, mostEnds)
  const state = new Int32Array(layout.words)
  const lengths: number[] = []
  let path = new Int32Array(1024)
  let [walks, steps, longest, cut, depth, seen] = [0, 0, 0, 0, 0, 0]

  /** The state that stands first in the batch counts as visited. */
  const visit = (): void => {
    if (store.count >= counted || !store.reserve(1, program)) return
    const { states, table, bits } = store
    const n = program.insert(states, table, table.length, bits, 1, store.count, counted)
    store.count = n < 0 ? -1 - n : n
  }

  succ.set(stepper.begin)
  visit()

  /** One walk; false when it was given up. */
  const walk = (most: number, picker: Picker, random: Random): boolean => {
    stepper.restart()
    state.set(stepper.begin)
    if (path.length < most) path = new Int32Array(most)
    for (let step = 0; ; step++) {
      const count = stepper.expand(state, 0, step, () => path)
      seen += count
      depth = Math.max(depth, step)
      if (count === 0 || step === most) {
        ends.ask(state, () => path.subarray(0, step))
        if (count > 0) return false
        longest = Math.max(longest, step)
        lengths.push(step)
        return true
      }
      let tasks = 0
      for (let k = 0; k < count; k++) tasks |= 1 << taskOf(stepper, k)
      const task = picker.pick(tasks, step + 1)
      const own: number[] = []
      for (let k = 0; k < count; k++) if (taskOf(stepper, k) === task) own.push(k)
      const k = at(own, own.length > 1 ? random(own.length) : 0)
      path[step] = succ[k * stride + stride - 1] as number
      state.set(succ.subarray(k * stride, k * stride + layout.words))
      succ.set(state)
      visit()
      steps++
    }
  }

  return {
    get walked() {
      return { walks, steps, longest, cut }
    },
    lengths,
    *run(wanted, most, picker, randomFor) {
      let slice = steps
      for (let i = 0; i < wanted; i++) {
        const why = whyStop(options)
        if (why !== undefined) return why
        const random = randomFor(i)
        if (!walk(most, picker(i, random), random)) cut++
        walks++
        if (steps - slice < SLICE) continue
        slice = steps
        yield { explored: store.count, waiting: 0, depth }
      }
      return undefined
    },
    result(mode, stopped) {
      const reached: Reached = { states: store.count, transitions: seen, depth, bytes: store.bytes }
      return partialResult(stepper, mode, reached, ends.found, stopped)
    },
  }
}

const taskOf = (s: Stepper, k: number): number =>
  at(s.sites, at(s.program.batch.succ, k * s.stride + s.stride - 1)).task

/** Random walks: whoever can move has the same chance in each state. */
export function* randomWalks(
  linked: Linked,
  mode: RandomMode,
  options: WalkOptions,
): Generator<Progress, CheckResult> {
  const { seed = SEED, walks = WALKS, steps = STEPS } = mode
  const walker = createWalker(linked, options)
  const stopped = yield* walker.run(
    walks,
    steps,
    (_, random) => anybody(random),
    (walk) => randomOf(seed, walk),
  )
  const w = walker.walked
  const label = `${grouped(w.walks)} random walks (seed ${seed}, ${grouped(w.steps)} steps)`
  const missed = [
    'no probability is known with which random walks find what there is',
    ...cutWords(w, steps),
  ]
  return walker.result({ name: 'random', label, missed, facts: { seed, ...w } }, stopped)
}

export const anybody = (random: Random): Picker => ({
  pick(tasks) {
    const list = tasksOf(tasks)
    return at(list, random(list.length))
  },
})

export const cutWords = (w: Walked, steps: number): string[] =>
  w.cut === 0 ? [] : [`${grouped(w.cut)} walks were given up after ${grouped(steps)} steps`]
