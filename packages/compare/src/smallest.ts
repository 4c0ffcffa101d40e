/**
 * The smallest configuration in which a promise breaks in the same way: drivers, pages, rounds and tasks are left out one by one, as
 * long as the violation stays. What is left is smallest in the sense that nothing more can be left out by itself.
 *
 * A world without a task is part of the world with it: the task just never begins. So what breaks in a state or by a step breaks with it too. What has
 * become impossible might be brought about by the task after all; that is looked at from the state on, in the world with it.
 */
import {
  brokenAfter,
  type CheckOptions,
  type ClaimResult,
  link,
  type Progress,
} from '@mmulab/checker'
import type { Bounds } from '@mmulab/core'
import type { ClaimId } from '@mmulab/model'
import { buildNamed, type CellName, type CellReport, isCell, runCell } from './cells.ts'
import type { Lab } from './lab.ts'

/** One way in which something is broken. */
export interface Broken {
  readonly claim: ClaimId
  /** Progress under strong fairness: a run that goes round for ever. */
  readonly fair?: true
  /** What is said of it, numbers aside. */
  readonly cause: string
}

export interface Smallest extends Broken {
  /** The cell as it is left, checked. */
  readonly report: CellReport
  /** What is broken in it, and the token of its story; lock order has none. */
  readonly found: Found
  readonly token: string | undefined
  /** What was left out, in words: `the driver kvm`, `pagesPerVma 2 -> 1`, `the task vcpu1`. */
  readonly dropped: readonly string[]
}

type Found = Pick<ClaimResult, 'message' | 'schedule' | 'steps' | 'switches'>

/** Everything that is broken in a cell but its bounds: every promise, its further causes where all were asked for, and fairness. */
export function allBroken({ result }: CellReport): Broken[] {
  const claims = Object.entries(result.claims) as [ClaimId, ClaimResult][]
  const causes = claims.flatMap(([claim, c]): Broken[] =>
    c.verdict !== 'violated' || claim === 'bound'
      ? []
      : [c, ...(c.others ?? [])].map((x) => ({ claim, cause: causeOf(x) })),
  )
  const { fair } = result
  const starved: Broken = { claim: 'progress', fair: true, cause: causeOf(fair) }
  return fair.verdict === 'violated' && fair.schedule ? [...causes, starved] : causes
}

/** The same break in a cell, with its token. */
function sameIn(
  { result, tokens, otherTokens, fairToken }: CellReport,
  { claim, fair, cause }: Broken,
): { found: Found; token: string | undefined } | undefined {
  if (fair)
    return result.fair.verdict === 'violated' && causeOf(result.fair) === cause
      ? { found: result.fair, token: fairToken }
      : undefined
  const c = result.claims[claim]
  if (c.verdict !== 'violated') return undefined
  if (causeOf(c) === cause) return { found: c, token: tokens.get(claim) }
  const others = (c.others ?? []).filter((o) => o.schedule)
  const i = others.findIndex((o) => causeOf(o) === cause)
  const found = others[i]
  return found && { found, token: otherTokens?.get(claim)?.[i] }
}

/** Where a bound ends to make sense. */
const LEAST: Bounds = {
  vmas: 1,
  pagesPerVma: 1,
  sparePages: 0,
  reapAttempts: 1,
  sections: 1,
  shortages: 0,
  faults: 1,
}

interface Candidate {
  readonly name: CellName
  /** Set where a task is left out. */
  readonly task?: string
}

/** For something that is broken in the report; of a claim alone, its nearest cause. Yields progress of the checks in between. */
export function* smallest(
  lab: Lab,
  report: CellReport,
  of: ClaimId | Broken,
  options: CheckOptions = {},
): Generator<Progress, Smallest> {
  const broken =
    typeof of === 'string' ? { claim: of, cause: causeOf(report.result.claims[of]) } : of
  // A further cause may be found beside a nearer one only.
  const isNearest = broken.fair || causeOf(report.result.claims[broken.claim]) === broken.cause
  const how = isNearest ? options : { ...options, all: true }
  let best = report
  for (let more = true; more; ) {
    more = false
    for (const c of candidates(best)) {
      const smaller = yield* tryOut(lab, best, c, broken, how)
      if (!smaller) continue
      best = smaller
      // What could not be left out before may be now.
      more = true
      break
    }
  }
  const { found, token } = sameIn(best, broken) ?? { found: {}, token: undefined }
  return { ...broken, report: best, found, token, dropped: difference(report, best) }
}

/** What one cell has and a smaller one has not. */
function difference(whole: CellReport, left: CellReport): string[] {
  const rest = [...left.name.drivers]
  const drivers = whole.name.drivers.filter((d) => {
    const i = rest.indexOf(d)
    if (i >= 0) rest.splice(i, 1)
    return i < 0
  })
  const bounds = Object.entries(whole.cell.bounds) as [keyof Bounds, number][]
  return [
    ...drivers.map((d) => `the driver ${d}`),
    ...bounds.flatMap(([k, n]) =>
      left.cell.bounds[k] === n ? [] : [`${k} ${n} -> ${left.cell.bounds[k]}`],
    ),
    ...(left.name.less?.without ?? []).map((t) => `the task ${t}`),
  ]
}

/** One thing less: drivers first, then bounds, then tasks. */
function candidates({ name, cell }: CellReport): Candidate[] {
  const less = name.less ?? { bounds: {}, without: [] }
  const drivers = name.drivers.length < 2 ? [] : name.drivers
  const bounds = Object.entries(cell.bounds) as [keyof Bounds, number][]
  return [
    ...drivers.map((_, i) => ({
      name: { ...name, drivers: name.drivers.filter((_, k) => k !== i) },
    })),
    ...bounds.flatMap(([key, n]) =>
      n > LEAST[key]
        ? [{ name: { ...name, less: { ...less, bounds: { ...less.bounds, [key]: n - 1 } } } }]
        : [],
    ),
    ...cell.world.tasks.map(({ name: task }) => ({
      name: { ...name, less: { ...less, without: [...less.without, task] } },
      task,
    })),
  ]
}

/** The smaller cell, checked, if it is broken in the same way. */
function* tryOut(
  lab: Lab,
  from: CellReport,
  { name, task }: Candidate,
  broken: Broken,
  options: CheckOptions,
): Generator<Progress, CellReport | undefined> {
  const story = sameIn(from, broken)?.found
  if (!story) return
  const acts = from.cell.world.tasks.findIndex((t) => t.name === task)
  if (acts >= 0) {
    // A run that is fair without a task need not be with it, which could move and does not.
    if (broken.fair) return
    // Whoever acts in the story is not left out. Lock order has none: what is left is seen in what the others do.
    const { schedule } = story
    if (schedule?.moves.slice(0, schedule.prefix).some((m) => m.task === acts)) return
  }
  if (!isCell(lab, name) || !canBeBuilt(lab, name)) return
  const smaller = yield* runCell(lab, name, options)
  if (!smaller.result.complete || smaller.result.claims.bound.verdict === 'violated') return
  const found = sameIn(smaller, broken)?.found
  if (!found || (story.schedule && !found.schedule)) return
  if (acts >= 0 && isAboutTheFuture(found) && !staysWith(from, acts, broken.claim, found)) return
  return smaller
}

/** No scenario has promised that it makes sense with less; one that does not is no candidate. */
function canBeBuilt(lab: Lab, name: CellName): boolean {
  try {
    return link(buildNamed(lab, name).world).automata.length > 0
  } catch {
    return false
  }
}

/** Such a schedule leads to a state, and what breaks is what can come after it. */
const isAboutTheFuture = ({ schedule }: Found): boolean =>
  schedule?.stuck !== undefined || schedule?.pointOfNoReturn !== undefined

/** Whether it is just as impossible with the task that was left out. */
function staysWith(whole: CellReport, task: number, claim: ClaimId, found: Found): boolean {
  const { schedule } = found
  const moves = (schedule?.moves ?? []).slice(0, schedule?.prefix)
  const shifted = moves.map((m) => ({ ...m, task: m.task < task ? m.task : m.task + 1 }))
  const broken = brokenAfter(whole.linked, shifted, whole.result.states + 1)?.get(claim)
  return broken !== undefined && causeOf(broken) === causeOf(found)
}

/** What is broken, whatever the numbers of pages and tasks are. */
export const causeOf = ({ message = '' }: Pick<ClaimResult, 'message'>): string =>
  message.replace(/\d+/g, '#')
