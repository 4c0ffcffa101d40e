/**
 * A check with reductions: what holds and what is broken is found in the reduced space. The shortest way to what is broken is not
 * in there, so a plain search goes after it, and only as far as it must.
 */
import { CLAIMS, type ClaimId, LabError } from '@mmulab/model'
import { createAlone, type Reduction } from './alone.ts'
import type { Linked } from './automaton.ts'
import { isOfLoop } from './fairness.ts'
import type { JudgingOptions } from './futures.ts'
import { initialState, type Layout, pack, type Unpacked, unpack } from './layout.ts'
import { type PlainMove, plainStep } from './plain.ts'
import type { CheckResult, ClaimResult, Move } from './result.ts'
import type { Search } from './search.ts'
import { createSorter, namesAfter } from './symmetry-code.ts'
import { judging } from './verdict.ts'
import { complete } from './work.ts'

/**
 * Claims whose schedule has to be looked for: those that are broken, and progress where a fair run starves somebody, though perhaps on
 * a condition only. Lock order is judged from the automata and has none.
 */
export const wantedIn = (result: CheckResult): ClaimId[] =>
  CLAIMS.filter(
    (c) =>
      (c !== 'lock-order' && result.claims[c].verdict === 'violated') ||
      (c === 'progress' && isOfLoop(result.fair)),
  )

/**
 * Whether the plain search has gone far enough: it has met every broken promise of states and moves, and all states that lie before
 * the last of them. Of what can become impossible, and of fair runs, it learns only at its end.
 */
export const isEnough = (plain: Search, wanted: readonly ClaimId[]): boolean =>
  wanted.every((claim) => {
    const found = plain.findings.get(claim)
    return found !== undefined && found.depth < plain.depth
  })

/** The result of the reduced search, with the schedules that the plain one has found. */
export function merge(
  reduced: CheckResult,
  reduction: Reduction,
  plain: Search,
  wanted: readonly ClaimId[],
  options: JudgingOptions,
): CheckResult {
  const exact = complete(judging(plain, options))
  if (exact.complete) {
    if (reduced.complete) compare(reduced, exact)
    return exact
  }
  const claims = { ...reduced.claims }
  for (const claim of wanted) {
    const found = exact.claims[claim]
    claims[claim] =
      found.verdict === 'violated'
        ? found
        : unfolded(plain.linked, plain.layout, reduction, reduced.claims[claim])
  }
  return { ...reduced, claims }
}

/** Where both spaces have been looked at anyway they must agree; if they do not, no verdict can be trusted. */
function compare(reduced: CheckResult, exact: CheckResult): void {
  const wrong: string[] = CLAIMS.filter(
    (c) => reduced.claims[c].verdict !== exact.claims[c].verdict,
  )
  const isFairLoop = exact.fair.unless !== undefined || isOfLoop(exact.fair)
  if (reduced.fair.verdict !== exact.fair.verdict || isOfLoop(reduced.fair) !== isFairLoop)
    wrong.push('progress under strong fairness')
  if (wrong.length === 0) return
  throw new LabError({
    code: 'REDUCTION',
    kind: 'internal',
    message: `With reductions the verdicts on ${wrong.join(', ')} are not those of the plain search.`,
    hint: 'Switch the reductions off, and report this world as a bug of the checker.',
  })
}

/**
 * The plain search did not get there: what was found stands with the schedule of the reduced search, the steps that it passed
 * through put back. It need not be a shortest one.
 */
function unfolded(
  linked: Linked,
  layout: Layout,
  reduction: Reduction,
  c: ClaimResult,
): ClaimResult {
  const { schedule, waitFor, message } = c
  if (!schedule) return c
  const { claim, stuck } = schedule
  const head = schedule.moves.slice(0, schedule.prefix)
  const { moves, names } = originalMoves(linked, layout, reduction, claim, head)
  const who = stuck === undefined ? undefined : names[stuck]
  // Names of tasks in it would be those of the reduced space.
  const said = reduction.symmetry && who !== undefined ? NAMELESS[claim] : message
  return {
    verdict: c.verdict,
    ...(said !== undefined && { message: said }),
    schedule: { claim, moves, prefix: moves.length, ...(who !== undefined && { stuck: who }) },
    steps: moves.length,
    switches: moves.filter((m, i) => i > 0 && moves[i - 1]?.task !== m.task).length,
    fewestSteps: false,
    fewestSwitches: false,
    ...(waitFor && !reduction.symmetry && { waitFor }),
  }
}

const NAMELESS: Partial<Record<ClaimId, string>> = {
  progress: 'a task can never finish',
  deadlock: 'tasks wait for each other',
}

/** The moves of a schedule of the reduced search as the world makes them, and the task behind each name at their end. */
function originalMoves(
  linked: Linked,
  layout: Layout,
  reduction: Reduction,
  claim: ClaimId,
  moves: readonly Move[],
): { moves: Move[]; names: readonly number[] } {
  const alone = createAlone(linked, layout, reduction)
  const { symmetry } = reduction
  const sort = symmetry && createSorter(symmetry, layout)
  const all: Move[] = []
  const tasks = linked.automata.length
  let names: readonly number[] = Array.from({ length: tasks }, (_, t) => t)
  let state = initialState(linked)
  const goesOn = (s: Unpacked, task: number): boolean => {
    const words = pack(layout, s.pcs, s.values)
    return reduction.fuses && alone.goesOn(words, 0, task)
  }
  /** Goes over to the state that stands for this one; whoever had one name has another one there. */
  const sorted = (s: Unpacked): Unpacked => {
    if (!symmetry || !sort) return s
    const words = pack(layout, s.pcs, s.values)
    const after = namesAfter(symmetry, sort(words), tasks)
    names = names.map((_, name) => names[after.indexOf(name)] ?? name)
    return unpack(layout, words)
  }
  moves.forEach((m, i) => {
    all.push({ ...m, task: names[m.task] ?? m.task })
    const made = movesOf(linked, state, m.task).find((x) => x.answer === m.answer)
    const isLast = i === moves.length - 1
    // The last one may not be made at all, or stop the kernel, or be itself what breaks the promise.
    if (!made?.to || (isLast && breaks(made, claim))) return
    state = made.to
    while (goesOn(state, m.task)) {
      const [next] = movesOf(linked, state, m.task)
      if (!next?.to) return
      all.push({ task: names[m.task] ?? m.task, answer: next.answer })
      state = next.to
    }
    state = sorted(state)
  })
  return { moves: all, names }
}

const movesOf = (linked: Linked, s: Unpacked, task: number): PlainMove[] =>
  plainStep(linked, s).moves.filter((m) => m.task === task)

const breaks = (m: PlainMove, claim: ClaimId): boolean =>
  m.flags.some((f) => f.kind === 'violate' && f.claim === claim)
