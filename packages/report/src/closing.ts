/** What a matrix comes to, in words computed from it: who breaks which promises where, and what was resolved to what. */
import type { CellReport } from '@mmulab/compare'
import { brokenNames, standing } from './claims.ts'
import type { MatrixCell } from './matrix.ts'
import { type Paint, PLAIN } from './paint.ts'
import { indent, listed, paragraph, wrap } from './text.ts'

export interface ClosingOptions {
  readonly paint?: Paint | undefined
  readonly width?: number | undefined
}

export function closingText(cells: readonly MatrixCell[], options: ClosingOptions = {}): string {
  const { paint = PLAIN, width = 100 } = options
  const reports = cells.flatMap((c) => (c.report ? [c.report] : []))
  const groups = groupBy(policiesOf(reports), (policy) =>
    signature(brokenBy(reports, policy), openUnder(reports, [policy])),
  )
  const lines = [...groups.values()].flatMap((policies) => {
    const broken = brokenBy(reports, policies[0] ?? '')
    const head = wrap(`Under ${listed(policies)}`, width, 2)
    if (broken.length === 0)
      return openUnder(reports, policies)
        ? [...head.map(paint.doubt), '  nothing is known to break, but not everything was shown']
        : [...head.map(paint.good), '  nothing breaks']
    return [...head.map(paint.bad), ...broken.flatMap((b) => indent(wrap(b, width - 2, 4), 2))]
  })
  const alone = aloneWords(reports)
  return paragraph([
    ...(groups.size ? lines : ['Nothing was run.']),
    ...(alone ? ['', ...wrap(alone, width)] : []),
    ...notes(reports, width),
  ])
}

const policiesOf = (reports: readonly CellReport[]): string[] => [
  ...new Set(reports.map((r) => r.name.policy)),
]

const openUnder = (reports: readonly CellReport[], policies: readonly string[]): boolean =>
  reports.some(
    (r) =>
      policies.includes(r.name.policy) && ['unfinished', 'vacuous'].includes(standing(r.result)),
  )

const signature = (broken: readonly string[], open: boolean): string =>
  broken.length ? broken.join('\n') : String(open)

/** `kvm+i915-userptr: balance and progress (oom-reap, oom-reap-faults)`, one line for each driver set that breaks something. */
function brokenBy(reports: readonly CellReport[], policy: string): string[] {
  const broken = reports.filter((r) => r.name.policy === policy && brokenNames(r.result).length > 0)
  const sets = groupBy(broken, (r) => r.name.drivers.join('+'))
  return [...sets].map(([set, list]) => {
    const byClaims = groupBy(list, (r) => listed(brokenNames(r.result)))
    const parts = [...byClaims].map(
      ([claims, rs]) => `${claims} (${[...new Set(rs.map((r) => r.name.scenario))].join(', ')})`,
    )
    return `${set} breaks ${parts.join('; ')}`
  })
}

/** Drivers that break nothing by themselves, where some do together. */
function aloneWords(reports: readonly CellReport[]): string {
  const breaks = (r: CellReport): boolean => brokenNames(r.result).length > 0
  const single = groupBy(
    reports.filter((r) => r.name.drivers.length === 1),
    (r) => r.name.drivers.join('+'),
  )
  const clean = [...single].flatMap(([set, rs]) =>
    rs.every((r) => r.result.complete && !breaks(r)) ? [set] : [],
  )
  const together = reports.some((r) => r.name.drivers.length > 1 && breaks(r))
  if (clean.length === 0 || !together) return ''
  const keep = clean.length > 1 ? 'keep' : 'keeps'
  return `${listed(clean)} alone ${keep} every promise under every policy asked; what breaks, breaks between two.`
}

/** What a name stands for, and what the verdicts under it leave out. */
function notes(reports: readonly CellReport[], width: number): string[] {
  const policies = new Map(reports.map((r) => [r.name.policy, r.cell.policy]))
  const resolved = [...policies].flatMap(([name, p]) =>
    p.resolved === name ? [] : [`${name} behaves as ${p.resolved}`],
  )
  const left = groupBy(
    [...policies].flatMap(([name, p]) =>
      [...p.partlyKnown, ...p.notCovered].map((what) => ({ name, what })),
    ),
    (n) => n.what,
  )
  const texts = [
    ...(resolved.length ? [`${resolved.join('; ')}.`] : []),
    ...[...left].map(([what, list]) => `${listed(list.map((n) => n.name))}: ${what}.`),
  ]
  return texts.length ? ['', ...texts.flatMap((t) => wrap(t, width, 2))] : []
}

function groupBy<T>(list: readonly T[], key: (x: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>()
  for (const x of list) groups.set(key(x), [...(groups.get(key(x)) ?? []), x])
  return groups
}
