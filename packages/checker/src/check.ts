/** A check from beginning to end: search all states, then judge. */
import { type Reduction, reductionOf } from './alone.ts'
import type { AmpleRules } from './ample.ts'
import type { Linked } from './automaton.ts'
import { type Checkpoint, markOf, mustFit } from './checkpoint.ts'
import { estimateOf } from './estimate.ts'
import { checkInMode } from './in-mode.ts'
import { at, type Layout, layOut } from './layout.ts'
import { type Mode, type StopOptions, whyStop } from './mode.ts'
import { isEnough, merge, wantedIn } from './reduced.ts'
import {
  isReduced,
  namesOf,
  REDUCTION_NAMES,
  type Reductions,
  reductionsNamed,
} from './reductions.ts'
import type { CheckResult } from './result.ts'
import { createSearch, type Search, type SearchOptions } from './search.ts'
import type { Progress } from './under-way.ts'
import { judging } from './verdict.ts'

export interface CheckOptions extends SearchOptions, StopOptions {
  /** Says also what else breaks each broken promise; not with reductions, nor in a mode. */
  readonly all?: boolean | undefined
  /** Says also which ops were ever possible together; not in a mode, nor with reductions: unless they are asked for, there are none. */
  readonly pairs?: boolean | undefined
  /** States that are expanded between two looks at the clock. */
  readonly slice?: number | undefined
  /**
   * With any of them on the verdicts are the same, and fewer states are looked at. Not set, all of them come on once a search without
   * them has met `PLAIN_STATES`; `{}` is none.
   */
  readonly reductions?: Reductions | undefined
  /** How to look at a part only; by default everything is looked at. Reductions have no say in it. */
  readonly mode?: Mode | undefined
  /** Where to go on, instead of beginning; what comes out is the same. Not for modes. */
  readonly resume?: Checkpoint | undefined
}

/** Expanding this many takes some ten milliseconds. */
const SLICE = 50_000

export function check(linked: Linked, options: CheckOptions = {}): CheckResult {
  // Nobody waits here for what workers say.
  const workers = options.workers && { ...options.workers, messages: undefined }
  const slices = checkInSlices(linked, { ...options, workers })
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
  const { resume, pairs } = options
  const asked = options.reductions ?? (pairs ? {} : resumed(resume))
  if (resume) mustFit(resume, linked, asked)
  if (isReduced(asked)) return yield* checkReduced(linked, options, asked, rules)
  const search = createSearch(linked, layOut(linked), options, undefined, resume?.search)
  if (asked) return yield* judged(search, options, saverOf(linked, asked)(search))
  const save = saverOf(linked, undefined)(search)
  try {
    const interrupted = yield* run(search, options, save, () => search.states > PLAIN_STATES)
    return search.done || interrupted !== undefined
      ? yield* judged(search, options, save)
      : yield* checkReduced(linked, options, reductionsNamed(REDUCTION_NAMES), rules, search)
  } finally {
    search.close()
  }
}

/** A world of up to so many states is explored plainly, in less time than it takes to prepare for reductions. */
const PLAIN_STATES = 250_000

/** What was asked for when a checkpoint was made. */
const resumed = (checkpoint: Checkpoint | undefined): Reductions | undefined =>
  checkpoint && !checkpoint.undecided ? reductionsNamed(checkpoint.reductions) : undefined

type Saver = (search: Search, first?: CheckResult) => () => Checkpoint

const saverOf =
  (linked: Linked, reductions: Reductions | undefined): Saver =>
  (search, first) =>
  () => ({
    world: markOf(linked),
    reductions: namesOf(reductions),
    ...(!reductions && { undecided: true }),
    ...(first && { first }),
    search: search.save(),
  })

/** `begun`: a plain search that has come some way already. */
function* checkReduced(
  linked: Linked,
  options: CheckOptions,
  asked: Reductions,
  rules: AmpleRules | undefined,
  begun?: Search,
): Generator<Progress, CheckResult> {
  const { maxBytes } = options
  // A checkpoint of the plain search is not one of the reduced one.
  const resume = begun ? undefined : options.resume
  const layout = layOut(linked)
  const saver = saverOf(linked, asked)
  const reduction = reductionOf(linked, asked, rules)
  const room = begun && maxBytes !== undefined && { maxBytes: maxBytes - begun.bytes }
  const first =
    resume?.first ??
    (yield* searchReduced(linked, layout, { ...options, ...room, resume }, reduction, saver))
  const reductions = {
    on: namesOf(asked),
    states: first.states,
    transitions: first.transitions,
    ...(asked.symmetry && { symmetry: symmetryWords(linked, reduction) }),
  }
  const wanted = wantedIn(first)
  if (wanted.length === 0) return { ...first, reductions }
  const from = resume?.first ? resume.search : undefined
  const plain = begun ?? createSearch(linked, layout, options, undefined, from)
  const save = saver(plain, first)
  const isFarEnough = (): boolean => options.all !== true && isEnough(plain, wanted)
  const interrupted = yield* runToEnd(plain, options, save, isFarEnough)
  const stopped = interrupted ?? (plain.done ? undefined : ENOUGH)
  return {
    ...merge(first, reduction, plain, wanted, { interrupted: stopped, all: options.all }),
    reductions: { ...reductions, plain: { claims: wanted, states: plain.states } },
  }
}

/** By name: who changes places with whom, and who looks alike and is told apart. */
function symmetryWords(
  { automata }: Linked,
  { symmetry, apart }: Reduction,
): NonNullable<NonNullable<CheckResult['reductions']>['symmetry']> {
  const name = (t: number): string => at(automata, t).name
  const pairs = symmetry?.exchanges.map((e) =>
    e.tasks.map(([a, b]): [string, string] => [name(a), name(b)]),
  )
  const once = new Map((pairs ?? []).map((p) => [p.join(' and '), p]))
  return {
    exchanges: [...once.values()],
    apart: apart.map(({ tasks: [a, b], by }) => ({
      tasks: [name(a), name(b)],
      ...(by !== undefined && { by: name(by) }),
    })),
  }
}

/** In a function of its own, so that the states are let go of before the plain search needs the room. */
function* searchReduced(
  linked: Linked,
  layout: Layout,
  options: CheckOptions,
  reduction: Reduction,
  saver: Saver,
): Generator<Progress, CheckResult> {
  const search = createSearch(linked, layout, options, reduction, options.resume?.search)
  return yield* judged(search, options, saver(search))
}

const ENOUGH = 'all that is broken was found'

/** A whole search, and its verdicts. */
function* judged(
  search: Search,
  options: CheckOptions,
  save: () => Checkpoint,
): Generator<Progress, CheckResult> {
  const interrupted = yield* runToEnd(search, options, save)
  const shouldStop = (): boolean => whyStop(options) !== undefined
  const work = judging(search, { interrupted, shouldStop, pairs: options.pairs, all: options.all })
  for (;;) {
    const step = work.next()
    if (step.done) return step.value
    yield { ...progressOf(search, save), judging: step.value }
  }
}

/** Runs a search until it is done or has gone far enough; says why if it was interrupted. */
function* run(
  search: Search,
  options: CheckOptions,
  save: () => Checkpoint,
  isFarEnough: () => boolean = () => false,
): Generator<Progress, string | undefined> {
  while (!search.done && !isFarEnough()) {
    const why = whyStop(options)
    if (why !== undefined) return why
    search.run(options.slice ?? SLICE)
    yield progressOf(search, save)
  }
  return undefined
}

/** The same for the last time: whoever helped the search may go. */
function* runToEnd(
  search: Search,
  options: CheckOptions,
  save: () => Checkpoint,
  isFarEnough?: () => boolean,
): Generator<Progress, string | undefined> {
  try {
    return yield* run(search, options, save, isFarEnough)
  } finally {
    search.close()
  }
}

function progressOf(search: Search, save: () => Checkpoint): Progress {
  const { expanded, states, depth, bytes, memories, wait, done, reduced } = search
  return {
    explored: expanded,
    waiting: states - expanded,
    depth,
    bytes,
    memories,
    ...(wait && { wait }),
    isSearched: done,
    save,
    ...(!reduced && { estimate: () => estimateOf(search) }),
  }
}
