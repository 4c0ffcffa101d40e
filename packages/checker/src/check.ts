/** A check from beginning to end: search all states, then judge. */
import { type Reduction, reductionOf } from './alone.ts'
import type { AmpleRules } from './ample.ts'
import type { Linked } from './automaton.ts'
import { checkInMode } from './in-mode.ts'
import { type Layout, layOut } from './layout.ts'
import { type Mode, type StopOptions, whyStop } from './mode.ts'
import { brokenIn, isEnough, merge } from './reduced.ts'
import { isReduced, namesOf, type Reductions } from './reductions.ts'
import type { CheckResult, Progress } from './result.ts'
import { createSearch, type Search, type SearchOptions } from './search.ts'
import { judging } from './verdict.ts'

export interface CheckOptions extends SearchOptions, StopOptions {
  /** States that are expanded between two looks at the clock. */
  readonly slice?: number | undefined
  /** Off by default; with any of them on the verdicts are the same, and fewer states are looked at. */
  readonly reductions?: Reductions | undefined
  /** How to look at a part only; by default everything is looked at. Reductions have no say in it. */
  readonly mode?: Mode | undefined
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

/**
 * Like `check`, but comes up for air: between slices the caller can show progress, or leave by `return`. `rules` are what
 * the reductions rest on; only tests that break them pass any.
 */
export function* checkInSlices(
  linked: Linked,
  options: CheckOptions = {},
  rules?: AmpleRules,
): Generator<Progress, CheckResult> {
  if (options.mode) return yield* checkInMode(linked, options.mode, options)
  const layout = layOut(linked)
  const wanted = options.reductions
  if (!isReduced(wanted)) {
    const search = createSearch(linked, layout, options)
    return yield* judged(search, yield* run(search, options), options)
  }
  const reduction = reductionOf(linked, wanted, rules)
  const first = yield* searchReduced(linked, layout, options, reduction)
  const reductions = {
    on: namesOf(wanted),
    states: first.states,
    transitions: first.transitions,
  }
  const broken = brokenIn(first)
  if (broken.length === 0) return { ...first, reductions }
  const plain = createSearch(linked, layout, options)
  const interrupted = yield* run(plain, options, () => isEnough(plain, broken))
  const stopped = interrupted ?? (plain.done ? undefined : ENOUGH)
  return {
    ...merge(first, reduction, plain, broken, stopped),
    reductions: { ...reductions, plain: { claims: broken, states: plain.states } },
  }
}

/** In a function of its own, so that the states are let go of before the plain search needs the room. */
function* searchReduced(
  linked: Linked,
  layout: Layout,
  options: CheckOptions,
  reduction: Reduction,
): Generator<Progress, CheckResult> {
  const search = createSearch(linked, layout, options, reduction)
  return yield* judged(search, yield* run(search, options), options)
}

const ENOUGH = 'all that is broken was found'

/** The verdicts, with progress in between. */
function* judged(
  search: Search,
  interrupted: string | undefined,
  options: CheckOptions,
): Generator<Progress, CheckResult> {
  const shouldStop = (): boolean => whyStop(options) !== undefined
  const work = judging(search, { interrupted, shouldStop })
  for (;;) {
    const step = work.next()
    if (step.done) return step.value
    const { expanded, states, depth } = search
    yield { explored: expanded, waiting: states - expanded, depth, judging: step.value }
  }
}

/** Runs a search until it is done or has gone far enough; says why if it was interrupted. */
function* run(
  search: Search,
  options: CheckOptions,
  isFarEnough = () => false,
): Generator<Progress, string | undefined> {
  while (!search.done && !isFarEnough()) {
    const why = whyStop(options)
    if (why !== undefined) return why
    search.run(options.slice ?? SLICE)
    const { expanded, states, depth } = search
    yield { explored: expanded, waiting: states - expanded, depth }
  }
  return undefined
}
