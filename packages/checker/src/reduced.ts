/**
 * A check with reductions: what holds and what is broken is found in the reduced space. The shortest way to what is broken is not
 * in there, so a plain search goes after it, and only as far as it must.
 */
import { CLAIMS, type ClaimId, evaluate, LabError } from '@mmulab/model'
import { createAlone, type Reduction } from './alone.ts'
import type { Linked } from './automaton.ts'
import { type Exchange, exchanged } from './exchange.ts'
import { isOfLoop } from './fairness.ts'
import type { JudgingOptions } from './futures.ts'
import { initialState, type Layout, pack, type Unpacked, unpack } from './layout.ts'
import { flagsPicture } from './pictures.ts'
import { type PlainMove, plainKey, plainReader, plainStep } from './plain.ts'
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
        : unfolded(plain.layout, reduction, reduced.claims[claim])
  }
  return { ...reduced, claims }
}

/** Where both spaces have been looked at anyway they must agree; if they do not, no verdict can be trusted. */
function compare(reduced: CheckResult, exact: CheckResult): void {
  const wrong: string[] = CLAIMS.filter(
    (c) => reduced.claims[c].verdict !== exact.claims[c].verdict,
  )
  const isFairLoop = exact.fair.unless !== undefined || isOfLoop(exact.fair)
  const isKnown = reduced.fair.verdict !== 'unfinished'
  const isOther =
    reduced.fair.verdict !== exact.fair.verdict || isOfLoop(reduced.fair) !== isFairLoop
  if (isKnown && isOther) wrong.push('progress under strong fairness')
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
function unfolded(layout: Layout, reduction: Reduction, c: ClaimResult): ClaimResult {
  const linked = reduction.explored
  const { schedule, waitFor, message } = c
  if (!schedule) return c
  const { claim, stuck } = schedule
  const head = schedule.moves.slice(0, schedule.prefix)
  const { moves, names, last } = originalMoves(linked, layout, reduction, claim, head)
  const who = stuck === undefined ? undefined : names[stuck]
  // Names of tasks and pages in it would be those of the reduced space.
  const said = reduction.symmetry ? originalMessage(linked, claim, message, who, last) : message
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

/** What is said of the last of the original moves; without numbers where nobody knows which are meant. */
function originalMessage(
  linked: Linked,
  claim: ClaimId,
  message: string | undefined,
  who: number | undefined,
  last: PlainMove | undefined,
): string | undefined {
  if (who !== undefined) return NAMELESS[claim]
  const flag = last?.flags.find((f) => f.kind === 'violate' && f.claim === claim)
  if (flag?.kind === 'violate') return flag.message
  const read = last?.to && plainReader(linked.variables, last.to)
  const broken = linked.invariants.find(
    (i) => i.claim === claim && read && evaluate(i.holds, read) === 0,
  )
  return broken?.message ?? message?.replace(/\d+/g, '#')
}

/** The moves of a schedule of the reduced search as the world makes them, and the task behind each name at their end. */
function originalMoves(
  linked: Linked,
  layout: Layout,
  reduction: Reduction,
  claim: ClaimId,
  moves: readonly Move[],
): { moves: Move[]; names: readonly number[]; last: PlainMove | undefined } {
  const alone = createAlone(linked, layout, reduction)
  const { symmetry } = reduction
  const sort = symmetry && createSorter(symmetry, layout)
  const all: Move[] = []
  const tasks = linked.automata.length
  let names: readonly number[] = Array.from({ length: tasks }, (_, t) => t)
  let state = initialState(linked)
  let last: PlainMove | undefined
  /** The exchanges that were made on the way, each of which undoes itself. */
  const made: Exchange[] = []
  const original = (s: Unpacked): Unpacked => made.reduceRight((x, e) => exchanged(linked, e, x), s)
  const goesOn = (s: Unpacked, task: number): boolean => {
    const words = pack(layout, s.pcs, s.values)
    return reduction.fuses && alone.goesOn(words, 0, task)
  }
  /** Goes over to the state that stands for this one; whoever had one name has another one there. */
  const sorted = (s: Unpacked): Unpacked => {
    if (!symmetry || !sort) return s
    const words = pack(layout, s.pcs, s.values)
    const turned = sort(words)
    const after = namesAfter(symmetry, turned, tasks)
    names = names.map((_, name) => names[after.indexOf(name)] ?? name)
    made.push(...symmetry.exchanges.filter((_, k) => (turned >> k) & 1))
    return unpack(layout, words)
  }
  /** Notes a move; the original one leads to the original of the state that this one leads to, and may have another answer. */
  const note = (m: Move, move: PlainMove | undefined): void => {
    const task = names[m.task] ?? m.task
    const here = original(state)
    const there = move?.to && plainKey(original(move.to))
    const says = flagsPicture(move?.flags ?? [])
    last = movesOf(linked, here, task).find(
      (x) => (x.to && plainKey(x.to)) === there && flagsPicture(x.flags) === says,
    )
    all.push({ task, answer: last?.answer ?? answerAt(linked, here, task) ?? m.answer })
  }
  const end = (): ReturnType<typeof originalMoves> => ({ moves: all, names, last })
  for (const [i, m] of moves.entries()) {
    const move = movesOf(linked, state, m.task).find((x) => x.answer === m.answer)
    note(m, move)
    const isLast = i === moves.length - 1
    // The last one may not be made at all, or stop the kernel, or be itself what breaks the promise.
    if (!move?.to || (isLast && breaks(move, claim))) return end()
    state = move.to
    while (goesOn(state, m.task)) {
      const [next] = movesOf(linked, state, m.task)
      if (!next?.to) return end()
      note({ task: m.task, answer: next.answer }, next)
      state = next.to
    }
    state = sorted(state)
  }
  return end()
}

/** What a step answers that is not made because a variable would leave its domain; a choice answers anything. */
function answerAt({ automata, variables }: Linked, s: Unpacked, task: number): number | undefined {
  const node = automata[task]?.nodes[s.pcs[task] ?? 0]
  return node?.kind === 'step' ? evaluate(node.answer, plainReader(variables, s)) : undefined
}

const movesOf = (linked: Linked, s: Unpacked, task: number): PlainMove[] =>
  plainStep(linked, s).moves.filter((m) => m.task === task)

const breaks = (m: PlainMove, claim: ClaimId): boolean =>
  m.flags.some((f) => f.kind === 'violate' && f.claim === claim)
