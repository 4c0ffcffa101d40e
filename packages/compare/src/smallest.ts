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

export interface Smallest {
  readonly claim: ClaimId
  /** The cell as it is left, checked; the token of its story is among its `tokens`. */
  readonly report: CellReport
  /** What was left out, in words: `the driver kvm`, `pagesPerVma 2 -> 1`, `the task vcpu1`. */
  readonly dropped: readonly string[]
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

/** For a claim that is broken in the report, with a schedule. Yields progress of the checks in between. */
export function* smallest(
  lab: Lab,
  report: CellReport,
  claim: ClaimId,
  options: CheckOptions = {},
): Generator<Progress, Smallest> {
  let best = report
  const cause = causeOf(report.result.claims[claim])
  for (let found = true; found; ) {
    found = false
    for (const c of candidates(best)) {
      const smaller = yield* tryOut(lab, best, c, { claim, cause }, options)
      if (!smaller) continue
      best = smaller
      // What could not be left out before may be now.
      found = true
      break
    }
  }
  return { claim, report: best, dropped: difference(report, best) }
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

interface Sought {
  readonly claim: ClaimId
  readonly cause: string
}

/** The smaller cell, checked, if the promise breaks in it in the same way. */
function* tryOut(
  lab: Lab,
  from: CellReport,
  { name, task }: Candidate,
  { claim, cause }: Sought,
  options: CheckOptions,
): Generator<Progress, CellReport | undefined> {
  const { schedule } = from.result.claims[claim]
  const acts = from.cell.world.tasks.findIndex((t) => t.name === task)
  // Whoever acts in the story is not left out.
  if (!schedule || schedule.moves.slice(0, schedule.prefix).some((m) => m.task === acts)) return
  if (!isCell(lab, name) || !canBeBuilt(lab, name)) return
  const smaller = yield* runCell(lab, name, options)
  if (!smaller.result.complete || smaller.result.claims.bound.verdict === 'violated') return
  const found = smaller.result.claims[claim]
  if (found.verdict !== 'violated' || !found.schedule || causeOf(found) !== cause) return
  if (acts >= 0 && isAboutTheFuture(found) && !staysWith(from, acts, claim, found)) return
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
const isAboutTheFuture = ({ schedule }: ClaimResult): boolean =>
  schedule?.stuck !== undefined || schedule?.pointOfNoReturn !== undefined

/** Whether it is just as impossible with the task that was left out. */
function staysWith(whole: CellReport, task: number, claim: ClaimId, found: ClaimResult): boolean {
  const { schedule } = found
  const moves = (schedule?.moves ?? []).slice(0, schedule?.prefix)
  const shifted = moves.map((m) => ({ ...m, task: m.task < task ? m.task : m.task + 1 }))
  const broken = brokenAfter(whole.linked, shifted, whole.result.states + 1)?.get(claim)
  return broken !== undefined && causeOf(broken) === causeOf(found)
}

/** What is broken, whatever the numbers of pages and tasks are. */
export const causeOf = ({ message = '' }: ClaimResult): string => message.replace(/\d+/g, '#')
