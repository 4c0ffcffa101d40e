/** One row of the table of pairs, explored. */
import type { CheckResult, Progress } from '@mmulab/checker'
import { type CellName, type CellReport, isCell, type Lab, runCell } from '@mmulab/compare'
import { CLAIMS, type ClaimId } from '@mmulab/model'
import { eraOf, type Question, SCENARIOS } from './asked.ts'
import type { Kind } from './expected.ts'

export interface Broken {
  readonly cell: CellName
  readonly message: string
  /** Undefined where no single schedule shows it: an order of locks. */
  readonly token: string | undefined
}

/** What was found, as plain data: it can go from one process to another. */
export interface Row {
  readonly version: string
  readonly kind: Kind
  /** With the eras that this kernel has, in the order of registration. */
  readonly drivers: readonly string[]
  /** Every broken promise, with the first cell that breaks it. */
  readonly broken: readonly (readonly [ClaimId, Broken])[]
  /** Cells that were not explored to their end. */
  readonly unfinished: readonly CellName[]
  /** Scenarios so large that they were explored with reductions. */
  readonly reduced: readonly string[]
}

export interface PairOptions {
  /** More states of a cell than this are not explored: it is unfinished. */
  readonly maxStates?: number | undefined
}

/** Results of equal worlds: kernels that behave alike share them. For questions about the same two drivers. */
export type Shared = Map<string, CheckResult>

/** The largest cell of the table has a fifth of it with reductions, and twenty million states without. */
const MAX_STATES = 5_000_000

/** Undefined where this kernel has nothing to say about the two: intervals came with 5.5. */
export function* exploreRow(
  lab: Lab,
  { version, kind, two }: Question,
  shared: Shared,
  { maxStates = MAX_STATES }: PairOptions = {},
): Generator<Progress, Row | undefined> {
  const reports: CellReport[] = []
  for (const scenario of SCENARIOS[kind]) {
    const drivers = two.map((d) => eraOf(lab, d, version))
    const name: CellName = { policy: `mainline@${version}`, drivers, scenario, size: 'small' }
    if (isCell(lab, name)) reports.push(yield* runCell(lab, name, { maxStates, shared }))
  }
  const [first] = reports
  if (!first) return undefined
  const broken = new Map<ClaimId, Broken>()
  for (const { name, tokens, result } of reports)
    for (const claim of CLAIMS) {
      const { verdict, message = claim } = result.claims[claim]
      if (verdict === 'violated' && !broken.has(claim))
        broken.set(claim, { cell: name, message, token: tokens.get(claim) })
    }
  return {
    version,
    kind,
    drivers: first.name.drivers,
    broken: [...broken],
    unfinished: reports.filter((r) => !r.result.complete).map((r) => r.name),
    reduced: reports.filter((r) => r.result.reductions).map((r) => r.name.scenario),
  }
}
