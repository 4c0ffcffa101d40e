/**
 * Every driver beside every driver under every kernel since 4.19: what the checker says, beside what was expected. Kernels that behave
 * alike share their worlds, and so their results.
 */
import type { CheckResult } from '@mmulab/checker'
import {
  type CellName,
  type CellReport,
  isCell,
  type Lab,
  runCell,
  strangers,
} from '@mmulab/compare'
import { type Driver, nameOf } from '@mmulab/core'
import { CLAIMS, type ClaimId } from '@mmulab/model'
import { type Expected, expectedOf, type Kind } from './expected.ts'

const SCENARIOS: Readonly<Record<Kind, readonly string[]>> = {
  oom: ['oom-reap', 'oom-reap-faults', 'oom-reap-then-register', 'oom-reap-register', 'mrelease'],
  // Not `overlap`: two sections and two drivers in use are millions of states.
  blockable: ['dontneed', 'munmap', 'reclaim', 'register-in-section'],
}
const KINDS = Object.keys(SCENARIOS) as Kind[]

/** What rests on a section being ended once: with it, any of these may break. */
const RESTS_ON_BALANCE: readonly ClaimId[] = ['balance', 'progress', 'deadlock', 'warn']

export interface Broken {
  readonly cell: CellName
  readonly message: string
  /** Undefined where no single schedule shows it: an order of locks. */
  readonly token: string | undefined
}

/** One kind of scenario, two drivers, one kernel. */
export interface Pair {
  readonly version: string
  readonly kind: Kind
  /** As this kernel has them, in the order of registration. */
  readonly drivers: readonly Driver[]
  /** Why the pairing never shipped, if it did not. */
  readonly neverShipped: readonly string[]
  readonly expected: Expected
  /** Every broken promise, with the first cell that breaks it. */
  readonly broken: ReadonlyMap<ClaimId, Broken>
  /** Where the two differ. */
  readonly differs: readonly Difference[]
  /** Cells that were not explored to their end. */
  readonly unfinished: readonly CellName[]
}

export interface Difference {
  readonly claim: ClaimId
  readonly got: 'breaks' | 'holds'
}

export interface PairSelection {
  /** Names of drivers, without eras. */
  readonly drivers: readonly string[]
  readonly versions: readonly string[]
}

const number = (version: string): number => {
  const [major = 0, minor = 0] = version.split('.').map(Number)
  return major * 100 + minor
}
const FIRST = '4.19'

/** All drivers that ship, and every kernel since 4.19 with which a core or a driver changes. */
export function allPairs(lab: Lab): PairSelection {
  const changes = [
    ...lab.families.flatMap((f) => (f.name === 'mainline' ? f.versions : [])),
    ...lab.drivers.flatMap((d) => (d.kernel ? [d.kernel.since] : [])),
  ].filter((v) => number(v) >= number(FIRST))
  return {
    drivers: [...new Set(lab.drivers.map((d) => d.name))],
    versions: [...new Set([FIRST, ...changes])].sort((a, b) => number(a) - number(b)),
  }
}

export interface PairOptions {
  /** More states of a cell than this are not explored: it is unfinished. */
  readonly maxStates?: number
}

const MAX_STATES = 200_000

export interface At {
  readonly at: number
  readonly of: number
  readonly what: string
}

/** Runs them all; yields where it is. @throws LabError DRIVER_UNEXPECTED */
export function* runPairs(
  lab: Lab,
  { drivers, versions }: PairSelection,
  { maxStates = MAX_STATES }: PairOptions = {},
): Generator<At, Pair[]> {
  const twos = drivers.flatMap((a, i) => drivers.slice(i).map((b) => [a, b]))
  const shared = new Map<string, CheckResult>()
  const pairs: Pair[] = []
  for (const [i, two] of twos.entries())
    for (const version of versions)
      for (const kind of KINDS) {
        yield { at: i + 1, of: twos.length, what: `${two.join('+')} mainline@${version} ${kind}` }
        const reports = SCENARIOS[kind].flatMap((scenario) => {
          const name: CellName = {
            policy: `mainline@${version}`,
            drivers: two.map((d) => eraOf(lab, d, version)),
            scenario,
            size: 'small',
          }
          return isCell(lab, name) ? [explore(lab, name, maxStates, shared)] : []
        })
        const [first] = reports
        if (first) pairs.push(judged(version, kind, first, reports))
      }
  return pairs
}

/** The era that this kernel shipped; if it shipped none, the nearest older one, or else the first. */
function eraOf(lab: Lab, name: string, version: string): string {
  const eras = lab.drivers
    .filter((d) => d.name === name)
    .sort((a, b) => number(a.kernel?.since ?? FIRST) - number(b.kernel?.since ?? FIRST))
  const found = eras.findLast((d) => number(d.kernel?.since ?? FIRST) <= number(version))
  const driver = found ?? eras[0]
  return driver ? nameOf(driver) : name
}

function explore(
  lab: Lab,
  name: CellName,
  maxStates: number,
  shared: Map<string, CheckResult>,
): CellReport {
  const slices = runCell(lab, name, { maxStates, shared })
  for (let step = slices.next(); ; step = slices.next()) if (step.done) return step.value
}

function judged(
  version: string,
  kind: Kind,
  { cell }: CellReport,
  reports: readonly CellReport[],
): Pair {
  const expected = expectedOf(cell.policy.facts, cell.drivers, kind)
  const broken = new Map<ClaimId, Broken>()
  for (const { name, tokens, result } of reports)
    for (const claim of CLAIMS) {
      const { verdict, message = claim } = result.claims[claim]
      if (verdict === 'violated' && !broken.has(claim))
        broken.set(claim, { cell: name, message, token: tokens.get(claim) })
    }
  const differs: Difference[] = CLAIMS.flatMap((claim): Difference[] => {
    const may = expected.breaks && RESTS_ON_BALANCE.includes(claim)
    if (broken.has(claim)) return may ? [] : [{ claim, got: 'breaks' }]
    return expected.breaks && claim === 'balance' ? [{ claim, got: 'holds' }] : []
  })
  return {
    version,
    kind,
    drivers: cell.drivers,
    neverShipped: strangers(cell.policy, cell.drivers),
    expected,
    broken,
    differs,
    unfinished: reports.filter((r) => !r.result.complete).map((r) => r.name),
  }
}

/** `kvm@5.11+kvm@5.11`. */
export const pairName = ({ drivers }: Pair): string => drivers.map(nameOf).join('+')
