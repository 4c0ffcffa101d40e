/** Judging in slices: long work comes up for air, says how far it has come, and can be given up. */

/** What is being worked out, and how much of it is done. */
export interface Judging {
  readonly what: string
  readonly done: number
  readonly of: number
}

export type Work<T> = Generator<Judging, T>

/** Steps between two breaths: some ten milliseconds. */
export const BREATH: number = 1 << 18

/** Runs work to its end. */
export function complete<T>(work: Work<T>): T {
  for (;;) {
    const step = work.next()
    if (step.done) return step.value
  }
}

/** Runs work to its end, or until `stop` says so; then it is given up, and undefined. */
export function* unless<T>(stop: () => boolean, work: Work<T>): Work<T | undefined> {
  for (;;) {
    if (stop()) return undefined
    const step = work.next()
    if (step.done) return step.value
    yield step.value
  }
}

/** Like `work`, but undefined where the host has no memory for it: that is a result like any other. */
export function* ifThereIsMemory<T>(work: Work<T>): Work<T | undefined> {
  try {
    return yield* work
  } catch (error) {
    if (error instanceof RangeError) return undefined
    throw error
  }
}

/** Bytes that may still be taken. */
export interface Budget {
  /** False, and nothing is taken, where there is not so much left. */
  take(bytes: number): boolean
}

export function createBudget(bytes: number): Budget {
  let left = bytes
  return {
    take(wanted) {
      if (wanted > left) return false
      left -= wanted
      return true
    },
  }
}
