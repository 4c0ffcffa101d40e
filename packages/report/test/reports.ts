/** Results written by hand. */
import type { CheckResult, ClaimResult } from '@mmulab/checker'
import type { CellReport } from '@mmulab/compare'
import { CLAIMS, type ClaimId } from '@mmulab/model'
import type { MatrixCell } from '../src/index.ts'

const holds: ClaimResult = { verdict: 'holds' }

const broken = (message: string): ClaimResult => ({
  verdict: 'violated',
  message,
  steps: 15,
  switches: 1,
})

export const LOST_END: ClaimResult = broken(
  'no section is open, and kvm.mmu_notifier_count is not back to 0',
)
export const RETRY: ClaimResult = broken('vcpu0 can never finish: it retries for ever')

export interface Given {
  readonly policy?: string
  readonly drivers?: string
  readonly scenario?: string
  readonly claims?: Partial<Record<ClaimId, ClaimResult>>
  readonly result?: Partial<CheckResult>
  readonly resolved?: string
  readonly notCovered?: readonly string[]
  readonly partlyKnown?: readonly string[]
}

export function reportOf(given: Given = {}): CellReport {
  const { policy = 'mainline@5.4', drivers = 'kvm', scenario = 'oom-reap', claims = {} } = given
  const names = drivers.split('+')
  const all = Object.fromEntries(CLAIMS.map((c) => [c, claims[c] ?? holds]))
  const result: CheckResult = {
    complete: true,
    states: 1042,
    transitions: 2010,
    depth: 65,
    words: 2,
    bytesPerState: 16,
    claims: all as CheckResult['claims'],
    fair: { verdict: 'holds' },
    sometimes: [{ name: 'a VMA is refused', reached: true }],
    measures: [{ name: 'pages reaped', claim: 'oom', min: 0, max: 2, of: 2 }],
    neverReached: [],
    notCovered: [],
    ...given.result,
  }
  const tokens = CLAIMS.flatMap((c) =>
    claims[c]?.verdict === 'violated' ? [[c, `mmu1.${c}`] as const] : [],
  )
  const cell = {
    scenario: { name: scenario, title: 'the OOM reaper runs' },
    policy: {
      name: policy,
      resolved: given.resolved ?? policy,
      title: 'as it was',
      notCovered: given.notCovered ?? [],
      partlyKnown: given.partlyKnown ?? [],
    },
    drivers: names.map((name) => ({ name, era: '1.0' })),
    instances: names.map((label) => ({ label })),
    world: { tasks: [{ name: 'oom_reaper' }, { name: 'vcpu0' }] },
    bounds: { vmas: 1, reapAttempts: 2 },
  }
  return {
    name: { policy, drivers: names, scenario, size: 'small' },
    cell: cell as unknown as CellReport['cell'],
    linked: {} as CellReport['linked'],
    result,
    tokens: new Map(tokens),
    notCovered: [
      ...(given.partlyKnown ?? []),
      ...(given.notCovered ?? []),
      'beyond the bounds: vmas 1',
    ],
  }
}

export const cellOf = (given: Given): MatrixCell => {
  const report = reportOf(given)
  return { name: report.name, report }
}

export const UNFINISHED: Given = {
  result: { complete: false },
  claims: Object.fromEntries(
    CLAIMS.map((c) => [c, { verdict: 'unfinished', message: 'unfinished: the limit was met' }]),
  ),
}
