/** A check from beginning to end: search all states, then judge. */
import type { Linked } from './automaton.ts'
import { layOut } from './layout.ts'
import type { CheckResult, Progress } from './result.ts'
import { createSearch, type SearchOptions } from './search.ts'
import { verdicts } from './verdict.ts'

export interface CheckOptions extends SearchOptions {
  /** States that are expanded between two looks at the clock. */
  readonly slice?: number | undefined
  /** Asked between slices; when it says yes the check ends with what is known so far. */
  readonly shouldStop?: (() => boolean) | undefined
}

/** Expanding this many takes some ten milliseconds. */
const SLICE = 50_000

export function check(linked: Linked, options: CheckOptions = {}): CheckResult {
  const slices = checkInSlices(linked, options)
  for (;;) {
    const slice = slices.next()
    if (slice.done) return slice.value
  }
}

/** Like `check`, but comes up for air: between slices the caller can show progress, or leave by `return`. */
export function* checkInSlices(
  linked: Linked,
  options: CheckOptions = {},
): Generator<Progress, CheckResult> {
  const search = createSearch(linked, layOut(linked), options)
  const report = (): Progress => ({
    explored: search.expanded,
    waiting: search.states - search.expanded,
    depth: search.depth,
  })
  let interrupted: string | undefined
  while (!search.done) {
    if (options.shouldStop?.()) {
      interrupted = 'interrupted'
      break
    }
    search.run(options.slice ?? SLICE)
    yield report()
  }
  return verdicts(search, interrupted)
}
