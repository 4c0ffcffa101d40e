/**
 * The documents of the command line, schema 1. Fields are added but never change their meaning within one schema.
 */
import type {
  CheckResult,
  ClaimResult,
  MeasureResult,
  SometimesResult,
  Together,
  Verdict,
  WaitFor,
} from '@mmulab/checker'
import {
  type CellName,
  type CellReport,
  resolvedDrivers,
  type Smallest,
  type Story,
} from '@mmulab/compare'
import type { Bounds, Size } from '@mmulab/core'
import { CLAIMS, type ClaimId } from '@mmulab/model'
import { isPartlyKnown, requiredOf } from './claims.ts'
import { neverReachedOps, type UnreachedOp } from './coverage.ts'
import { type FairJson, fairJson } from './fair.ts'
import { type LockDependencyJson, locksJson } from './locks.ts'
import { narrate } from './narrate.ts'
import { type SmallestJson, smallestJson } from './smallest.ts'
import type { Row } from './teller.ts'

export const SCHEMA = 1

export interface ClaimJson {
  readonly verdict: Verdict
  /** The text of the policy is known in part; `partlyKnown` of the cell says what is not. */
  readonly partlyKnown?: true
  readonly message?: string
  /** The token that replays it. */
  readonly schedule?: string
  readonly steps?: number
  readonly switches?: number
  /** False where no shortest schedule was looked for to the end: in a mode, or with reductions and a limit. */
  readonly fewestSteps?: boolean
  /** False where the schedule is a shortest one but perhaps not the one with the fewest switches. */
  readonly fewestSwitches?: boolean
  readonly waitFor?: readonly WaitFor[]
  readonly cycle?: readonly string[]
  /** With `--all`: what else breaks it. */
  readonly others?: readonly ClaimJson[]
}

export interface CellJson {
  readonly policy: string
  readonly drivers: readonly string[]
  readonly scenario: string
  readonly size: Size
  readonly bounds: Bounds
  readonly states: number
  readonly transitions: number
  readonly complete: boolean
  /** Only where one memory was not enough: in how many the states were. */
  readonly memories?: number
  /** Only where a part was looked at: how, and what is known of what was missed. `states` are those that were met. */
  readonly mode?: NonNullable<CheckResult['mode']>
  /** Only with reductions: which, and the size of the space that the verdicts are from. */
  readonly reductions?: NonNullable<CheckResult['reductions']>
  readonly claims: Readonly<Record<ClaimId, ClaimJson>>
  readonly fair: FairJson
  readonly sometimes: readonly SometimesResult[]
  readonly measures: readonly MeasureResult[]
  readonly resolved: { readonly policy: string; readonly drivers: readonly string[] }
  readonly partlyKnown: readonly string[]
  readonly notCovered: readonly string[]
  readonly neverReached: readonly string[]
  /** With `--coverage`: what was never reached, with its kernel source. */
  readonly coverage?: { readonly neverReached: readonly UnreachedOp[] }
  /** With `--locks`: the graph of lock classes. */
  readonly locks?: readonly LockDependencyJson[]
  /** With `--pairs`, where all interleavings were looked at: pairs of functions of two tasks. */
  readonly together?: readonly Together[]
  /** With `--smallest`: per broken promise, and for strong fairness as `fair`, the smallest cell that breaks it in the same way. */
  readonly smallest?: Partial<Record<ClaimId | 'fair', SmallestJson>>
}

/** What is told on request only. */
export interface JsonOptions {
  readonly coverage?: boolean | undefined
  readonly locks?: boolean | undefined
  readonly smallest?: readonly Smallest[] | undefined
}

export interface CellsJson {
  readonly schema: typeof SCHEMA
  readonly cells: readonly CellJson[]
  /** Cells that were asked for and not run, because the run was interrupted. */
  readonly notRun?: readonly CellName[]
}

export function cellsJson(
  reports: readonly CellReport[],
  notRun: readonly CellName[] = [],
  options: JsonOptions = {},
): CellsJson {
  const cells = reports.map((report) => cellJson(report, options))
  return { schema: SCHEMA, cells, ...(notRun.length > 0 && { notRun }) }
}

export function cellJson(report: CellReport, options: JsonOptions = {}): CellJson {
  const { name, cell, result, tokens, notCovered, linked, otherTokens } = report
  return {
    policy: name.policy,
    drivers: name.drivers,
    scenario: name.scenario,
    size: name.size,
    bounds: cell.bounds,
    states: result.states,
    transitions: result.transitions,
    complete: result.complete,
    ...(result.memories && { memories: result.memories }),
    ...(result.mode && { mode: result.mode }),
    ...(result.reductions && { reductions: result.reductions }),
    claims: Object.fromEntries(
      CLAIMS.map((claim) => [
        claim,
        {
          ...claimJson(result.claims[claim], tokens.get(claim), otherTokens?.get(claim)),
          ...(isPartlyKnown(cell.policy) && { partlyKnown: true as const }),
        },
      ]),
    ) as Record<ClaimId, ClaimJson>,
    fair: {
      ...fairJson(result.fair, report.fairToken),
      ...(isPartlyKnown(cell.policy) && { partlyKnown: true as const }),
    },
    sometimes: result.sometimes,
    measures: result.measures,
    resolved: { policy: cell.policy.resolved, drivers: resolvedDrivers(cell) },
    partlyKnown: cell.policy.partlyKnown,
    notCovered,
    neverReached: result.neverReached,
    ...(options.coverage && { coverage: { neverReached: neverReachedOps(report) } }),
    ...(options.locks && { locks: locksJson(linked) }),
    ...(result.together && { together: result.together }),
    ...(options.smallest && { smallest: smallestJson(options.smallest) }),
  }
}

function claimJson(
  c: ClaimResult,
  token: string | undefined,
  otherTokens: readonly string[] = [],
): ClaimJson {
  const { verdict, message, steps, fewestSteps, switches, fewestSwitches, waitFor, cycle } = c
  return {
    verdict,
    ...(message !== undefined && { message }),
    ...(token !== undefined && { schedule: token }),
    ...(steps !== undefined && { steps }),
    ...(fewestSteps === false && { fewestSteps }),
    ...(switches !== undefined && { switches }),
    ...(fewestSwitches === false && { fewestSwitches }),
    ...(waitFor && { waitFor }),
    ...(cycle && { cycle }),
    ...(c.others && { others: c.others.map((o, i) => claimJson(o, otherTokens[i])) }),
  }
}

export interface StoryJson {
  readonly schema: typeof SCHEMA
  readonly policy: string
  readonly drivers: readonly string[]
  readonly scenario: string
  readonly size: Size
  readonly claim: ClaimId
  readonly schedule: string
  readonly required: string
  readonly broken: string
  /** What is not known of the policy's text, where that is anything. */
  readonly partlyKnown?: readonly string[]
  readonly steps: number
  readonly tasks: readonly string[]
  readonly rows: readonly Row[]
}

export function storyJson(story: Story, token: string): StoryJson {
  const { rows, broken, claim } = narrate(story)
  return {
    schema: SCHEMA,
    ...story.name,
    claim,
    schedule: token,
    required: requiredOf(story),
    broken,
    ...(isPartlyKnown(story) && { partlyKnown: story.partlyKnown }),
    steps: story.schedule.prefix,
    tasks: story.tasks,
    rows,
  }
}
