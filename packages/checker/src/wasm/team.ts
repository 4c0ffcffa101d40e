/**
 * Helpers of a search: threads that share its memory, wait for an order, do their part, and wait again. What such a thread runs is a
 * text, so that every host can start it: in Node as a worker thread, in a browser as a Web Worker.
 */
import { LabError } from '@mmulab/model'
import type { Helper, Spawn } from '../engine.ts'
import type { WasmMemory } from './host.ts'
import { CONTROL, type MemoryMap, ROW } from './memory-map.ts'
import type { Exports } from './module.ts'

/** What a helper can be told to do; anything else is to end. */
const TASKS = ['gather', 'claim', 'settle', 'refill'] as const
type TeamTask = (typeof TASKS)[number]

/** How often one looks whether there is news before one goes to sleep: some tenths of a millisecond. */
const SPINS = 1 << 17

/** A function of what it is given, without anything around it. */
const HELPER = `({ module, memory, control, row, tasks, cells }) => {
  const words = new Int32Array(memory.buffer, control, cells)
  const { order: ORDER, working: WORKING, failed: FAILED, ready: READY, idle: IDLE, waiting: WAITING } = ${JSON.stringify(CONTROL)}
  const done = () => {
    if (Atomics.sub(words, WORKING, 1) === 1 && Atomics.load(words, WAITING) > 0) Atomics.notify(words, WORKING)
  }
  try {
    const { exports } = new WebAssembly.Instance(module, { env: { memory } })
    let order = 0
    Atomics.add(words, READY, 1)
    Atomics.notify(words, READY)
    for (;;) {
      if (!exports.spin(control + ORDER * 4, order, ${SPINS})) {
        Atomics.add(words, IDLE, 1)
        Atomics.wait(words, ORDER, order)
        Atomics.sub(words, IDLE, 1)
      }
      const now = Atomics.load(words, ORDER)
      if (now === order) continue
      order = now
      const task = tasks[words[row + ${ROW.task}]]
      if (task === undefined) return
      words[row + ${ROW.result}] = exports[task](...words.subarray(row + ${ROW.args}, row + ${ROW.cells}))
      done()
    }
  } catch {
    // The one that waits says so.
    Atomics.store(words, FAILED, 1)
    done()
  }
}`

export interface Team {
  /** Whether all helpers have come to work; waits for them up to so many milliseconds. */
  isReady(patience?: number): boolean
  /** All do a task at once, with the arguments for each, the caller's first; what came of it, in order. */
  together(task: TeamTask, args: readonly (readonly number[])[]): number[]
  /** Sends the helpers home. */
  disband(): void
}

const PATIENCE = 1000

/** Starts `map.workers - 1` helpers. */
export function createTeam(
  module: object,
  memory: WasmMemory,
  map: MemoryMap,
  own: Exports,
  spawn: Spawn,
): Team {
  const cells = CONTROL.cells + map.workers * ROW.cells
  const words = new Int32Array(memory.buffer, map.control, cells)
  const rowOf = (worker: number): number => CONTROL.cells + worker * ROW.cells
  const others = Array.from({ length: map.workers - 1 }, (_, i) => i + 1)
  const helpers: Helper[] = others.map((worker) => {
    const row = rowOf(worker)
    return spawn(HELPER, { module, memory, control: map.control, row, tasks: TASKS, cells })
  })

  const order = (): void => {
    Atomics.store(words, CONTROL.working, others.length)
    Atomics.add(words, CONTROL.order, 1)
    // Whoever goes to sleep after this sees the order before.
    if (Atomics.load(words, CONTROL.idle) > 0) Atomics.notify(words, CONTROL.order)
  }

  return {
    isReady(patience = 0) {
      const until = Date.now() + patience
      for (;;) {
        const ready = Atomics.load(words, CONTROL.ready)
        if (ready === others.length || Date.now() >= until) return ready === others.length
        Atomics.wait(words, CONTROL.ready, ready, until - Date.now())
      }
    },
    together(task, args) {
      for (const worker of others) {
        words[rowOf(worker) + ROW.task] = TASKS.indexOf(task)
        words.set(args[worker] ?? [], rowOf(worker) + ROW.args)
      }
      order()
      const mine = (own[task] as (...args: number[]) => number)(...(args[0] ?? []))
      for (;;) {
        const working = Atomics.load(words, CONTROL.working)
        if (Atomics.load(words, CONTROL.failed) !== 0)
          throw new LabError({
            code: 'WORKER',
            kind: 'internal',
            message: `A helper of the search has failed at ${task}.`,
          })
        if (working === 0) break
        if (own.spin(map.control + CONTROL.working * 4, working, SPINS)) continue
        Atomics.add(words, CONTROL.waiting, 1)
        Atomics.wait(words, CONTROL.working, working, PATIENCE)
        Atomics.sub(words, CONTROL.waiting, 1)
      }
      return [mine, ...others.map((worker) => words[rowOf(worker) + ROW.result] as number)]
    },
    disband() {
      for (const worker of others) words[rowOf(worker) + ROW.task] = -1
      order()
      for (const h of helpers) h.stop()
    },
  }
}
