/**
 * Every driver beside every driver under every kernel since 4.19: what the checker says, beside what was expected. Kernels that behave
 * alike share their worlds, and so their results.
 */
import { type Lab, strangers } from '@mmulab/compare'
import { type Driver, nameOf } from '@mmulab/core'
import { CLAIMS, type ClaimId } from '@mmulab/model'
import { type PairSelection, questionsOf } from './asked.ts'
import { type Expected, expectedOf } from './expected.ts'
import { type Broken, exploreRow, type PairOptions, type Row, type Shared } from './explore.ts'

/** What rests on a section being ended once: with it, any of these may break. */
const RESTS_ON_BALANCE: readonly ClaimId[] = ['balance', 'progress', 'deadlock', 'warn']

/** A row beside what was expected of it. */
export interface Pair extends Omit<Row, 'drivers' | 'broken'> {
  /** As this kernel has them, in the order of registration. */
  readonly drivers: readonly Driver[]
  /** Why the pairing never shipped, if it did not. */
  readonly neverShipped: readonly string[]
  readonly expected: Expected
  /** Every broken promise, with the first cell that breaks it. */
  readonly broken: ReadonlyMap<ClaimId, Broken>
  /** Where the two differ. */
  readonly differs: readonly Difference[]
}

export interface Difference {
  readonly claim: ClaimId
  readonly got: 'breaks' | 'holds'
}

/** Runs them all, one after another. @throws LabError DRIVER_UNEXPECTED */
export function* runPairs(
  lab: Lab,
  selection: PairSelection,
  options: PairOptions = {},
): Generator<unknown, Pair[]> {
  const pairs: Pair[] = []
  for (const questions of questionsOf(selection)) {
    const shared: Shared = new Map()
    for (const question of questions) {
      const row = yield* exploreRow(lab, question, shared, options)
      if (row) pairs.push(expecting(lab, row))
    }
  }
  return pairs
}

/** Puts what was found beside what was expected. @throws LabError DRIVER_UNEXPECTED */
export function expecting(lab: Lab, row: Row): Pair {
  const policy = lab.policy(`mainline@${row.version}`)
  const drivers = row.drivers.map((d) => lab.driver(d, policy))
  const expected = expectedOf(policy.facts, drivers, row.kind)
  const broken = new Map(row.broken)
  const differs = CLAIMS.flatMap((claim): Difference[] => {
    const may = expected.breaks && RESTS_ON_BALANCE.includes(claim)
    if (broken.has(claim)) return may ? [] : [{ claim, got: 'breaks' }]
    const missed = expected.breaks && claim === 'balance' && row.unfinished.length === 0
    return missed ? [{ claim, got: 'holds' }] : []
  })
  return { ...row, drivers, neverShipped: strangers(policy, drivers), expected, broken, differs }
}

/** `kvm@5.11+kvm@5.11`. */
export const pairName = ({ drivers }: Pair): string => drivers.map(nameOf).join('+')
