/**
 * Bounded preemptions (Musuvathi and Qadeer, PLDI 2007): all schedules in which at most so many times a task that could have gone on
 * is made to wait for another one. Switches away from a task that waits or has finished are free. States are kept with the
 * task that moved last, layer by layer: first what can be reached without any preemption, then with one, and so on; so each
 * is met with the fewest.
 */
import { type Variable, variable } from '@mmulab/model'
import type { Linked } from './automaton.ts'
import { createEnds } from './ends.ts'
import { withRoom } from './growing.ts'
import { fieldFor, layOut, maskOf, placed, readField } from './layout.ts'
import { grouped, type PreemptionsMode, whyStop } from './mode.ts'
import { partialResult } from './partial.ts'
import type { CheckResult } from './result.ts'
import { createStepper } from './stepper.ts'
import { Store } from './store.ts'
import type { Progress } from './under-way.ts'
import type { WalkOptions } from './walks.ts'

const SLICE = 20_000
/** Per layer, how many of the states that were met last are asked who can never finish. */
const LAST = 4
/** What is kept of a state beside its words: where it came from, by what move, after how many. */
const KEPT = 3

export function* preemptions(
  world: Linked,
  mode: PreemptionsMode,
  options: WalkOptions,
): Generator<Progress, CheckResult> {
  const running = variable('the task that moved last', { max: world.automata.length })
  const linked = carrying(world, running)
  const layout = layOut(linked)
  const stepper = createStepper(linked, layout)
  const { program, stride, sites } = stepper
  const { succ } = program.batch
  const { words } = layout
  const field = fieldFor(layout, running)
  const mask = ~maskOf(field)
  const store = new Store(words, options.maxBytes)
  const limit = options.maxStates ?? 2 ** 30
  const ends = createEnds(stepper)
  let kept: Int32Array = new Int32Array(1024 * KEPT)
  let [seen, deepest, expanded] = [0, 0, 0]
  let stopped: string | undefined

  /** Successor `k`, by `task`, becomes a state if it is none yet. */
  const add = (k: number, task: number, source: number, depth: number): void => {
    const site = succ[k * stride + words] as number
    for (let w = 0; w < words; w++) succ[w] = succ[k * stride + w] as number
    const word = succ[field.word] as number
    succ[field.word] = (word & mask) | placed(field, task)
    const grown = withRoom(kept, (store.count + 1) * KEPT)
    if (!grown || !store.reserve(1, program)) {
      stopped = `memory is exhausted after ${store.count} states`
      return
    }
    kept = grown
    const { states, table, bits } = store
    const n = program.insert(states, table, table.length, bits, 1, store.count, limit)
    if (n < 0) stopped = `the limit of ${limit} states was met`
    else if (n > store.count) {
      kept.set([source, site, depth], store.count * KEPT)
      store.count = n
    }
  }

  const pathTo = (state: number): number[] => {
    const path: number[] = []
    for (let s = state; s > 0; s = kept[s * KEPT] as number) path.push(kept[s * KEPT + 1] as number)
    return path.reverse()
  }

  /** Expands a state and keeps either what comes of it freely, or what takes a preemption. */
  const expand = (state: number, free: boolean): void => {
    const depth = kept[state * KEPT + 2] as number
    const last = readField(field, store.states, state * words)
    const count = stepper.expand(store.states, state, depth, () => pathTo(state))
    const couldGoOn = last > 0 && (stepper.able >> (last - 1)) & 1
    deepest = Math.max(deepest, depth)
    expanded++
    if (free) seen += count
    if (stepper.able === 0)
      ends.ask(store.states.slice(state * words, (state + 1) * words), () => pathTo(state))
    for (let k = 0; k < count && stopped === undefined; k++) {
      const task = (sites[succ[k * stride + words] as number]?.task ?? 0) + 1
      const isFree = !couldGoOn || task === last
      if (isFree === free) add(k, task, state, depth + 1)
    }
  }

  succ.set(stepper.begin)
  add(0, 0, 0, 0)
  const layers = [0, store.count]
  let exhausted = false
  /** All schedules with so many preemptions have been looked at. */
  let covered = -1
  for (let most = 0; stopped === undefined; most++) {
    for (let s = layers.at(-2) ?? 0; s < store.count && stopped === undefined; s++) {
      expand(s, true)
      if (expanded % SLICE !== 0) continue
      stopped ??= whyStop(options)
      yield { explored: s, waiting: store.count - s, depth: deepest, bytes: store.bytes }
    }
    layers[layers.length - 1] = store.count
    if (stopped !== undefined) break
    covered = most
    for (let s = Math.max(0, store.count - LAST); s < store.count; s++)
      ends.ask(store.states.slice(s * words, (s + 1) * words), () => pathTo(s))
    if (most === mode.most) break
    const [from = 0, to = 0] = layers.slice(-2)
    for (let s = from; s < to && stopped === undefined; s++) {
      expand(s, false)
      if (expanded % SLICE === 0) stopped ??= whyStop(options)
    }
    exhausted = stopped === undefined && store.count === to
    if (exhausted || stopped !== undefined) break
    layers.push(store.count)
  }
  const label = `schedules with at most ${times(mode.most)} (${grouped(store.count)} states, each with the task that moved last)`
  const missed = exhausted
    ? [
        `no state takes more than ${times(covered)}: all were met, and a check without --mode gives verdicts`,
      ]
    : [missedWords(covered)]
  const sizes = Object.fromEntries(
    layers.slice(1).map((end, i) => [`statesWith${i}`, end - (layers[i] ?? 0)]),
  )
  const facts = { most: mode.most, exhausted: exhausted ? 1 : 0, ...sizes }
  const reached = {
    states: store.count,
    transitions: seen,
    depth: deepest,
    bytes: store.bytes + kept.byteLength,
  }
  return partialResult(
    stepper,
    { name: 'preemptions', label, missed, facts },
    reached,
    ends.found,
    stopped,
  )
}

const times = (n: number): string => `${n} preemption${n === 1 ? '' : 's'}`

const missedWords = (most: number): string =>
  most < 0
    ? 'schedules with preemptions, and some of those without'
    : `schedules with more than ${times(most)}`

/** The world with one more variable, which no move changes. */
const carrying = (world: Linked, extra: Variable): Linked => ({
  ...world,
  variables: [...world.variables, { variable: extra, min: extra.min, max: extra.max }],
})
