/** One cell as text: what was asked, a verdict for every promise, and what the verdicts do not speak of. */
import type { CheckResult, ClaimResult } from '@mmulab/checker'
import { type CellReport, resolvedDrivers } from '@mmulab/compare'
import { CLAIMS, type ClaimId } from '@mmulab/model'
import { isPartlyKnown, MARKS, markOf, PARTLY_WORDS, verdictWords } from './claims.ts'
import { neverReachedOps } from './coverage.ts'
import { fairLines } from './fair.ts'
import { locksText } from './locks.ts'
import { type Paint, PLAIN } from './paint.ts'
import { count, indent, listed, pad, paragraph, wrap } from './text.ts'
import { togetherText } from './together.ts'

export interface CellOptions {
  readonly paint?: Paint | undefined
  readonly width?: number | undefined
  /** List every op that is never reached, with its source. */
  readonly coverage?: boolean | undefined
  /** Draw the graph of lock classes, with every place where a dependency was seen. */
  readonly locks?: boolean | undefined
  /** Say which functions of two tasks were ever about to run at the same time. */
  readonly pairs?: boolean | undefined
}

export function cellText(
  report: CellReport,
  {
    paint = PLAIN,
    width = 80,
    coverage: all = false,
    locks = false,
    pairs = false,
  }: CellOptions = {},
): string {
  const { cell, name, result } = report
  const calls = cell.instances.map((d) => d.label).toReversed()
  const head = [
    paint.strong(
      `${name.policy} with ${name.drivers.join('+')} in ${name.scenario} (${name.size})`,
    ),
    ...facts(
      [
        ['scenario', cell.scenario.title],
        ['policy', `${cell.policy.resolved}: ${cell.policy.title}`],
        [
          'drivers',
          `${resolvedDrivers(cell).join(', ')}; called in this order: ${calls.join(', ')}`,
        ],
        ['tasks', cell.world.tasks.map((t) => t.name).join(', ')],
        ['bounds', boundsWords(cell.bounds)],
        [
          'explored',
          `${count(result.states, 'state')}, ${count(result.transitions, 'transition')}, depth ${result.depth}${result.memories ? `, in ${result.memories} memories` : ''}${result.complete ? '' : ' (not finished)'}`,
        ],
        ...(result.mode ? [['mode', `only ${result.mode.label}`] as const] : []),
        ...(result.reductions ? [['reduced', reductionWords(result.reductions)] as const] : []),
      ],
      width,
    ),
  ]
  const claims = CLAIMS.flatMap((claim) => [
    ...claimLines(
      claim,
      result.claims[claim],
      verdictWords(result.claims[claim], cell.policy),
      paint,
      width,
    ),
    ...(claim === 'progress' ? fairLines(result.fair, markOf(cell.policy), paint, width) : []),
  ])
  const open = new Set(
    CLAIMS.flatMap((c) =>
      result.claims[c].verdict === 'unfinished' ? [result.claims[c].message ?? ''] : [],
    ),
  )
  const reasons = [...open].flatMap((why) => wrap(sentenceOf(why), width).map(paint.doubt))
  return paragraph([
    ...head,
    '',
    ...claims,
    ...(reasons.length ? ['', ...reasons] : []),
    ...(isPartlyKnown(cell.policy) ? ['', ...wrap(PARTLY_WORDS, width).map(paint.doubt)] : []),
    '',
    ...coverage(report, width, all),
    ...(locks ? ['', ...locksText(report.linked, width)] : []),
    ...(pairs ? ['', ...togetherText(result, width)] : []),
  ])
}

/** `by fusion and partial-order: verdicts from 2,336 states; ...` */
function reductionWords(r: NonNullable<CheckResult['reductions']>): string {
  const { on, states, transitions, plain, symmetry } = r
  // One that found nothing to do is named with its reason only.
  const effective = symmetry?.exchanges.length === 0 ? on.filter((r) => r !== 'symmetry') : on
  const from = `by ${listed(effective.length > 0 ? effective : on)}: verdicts from ${count(states, 'state')} and ${count(transitions, 'transition')}`
  const asked = plain ? `shortest schedules of ${listed(plain.claims)}` : ''
  const without = plain
    ? [`for ${asked}, which they do not keep, ${count(plain.states, 'state')} without`]
    : []
  return [from, ...without, ...(symmetry ? [symmetryWords(symmetry)] : [])].join('; ')
}

type Symmetry = NonNullable<NonNullable<CheckResult['reductions']>['symmetry']>

/** Who is equal; or who looks alike, and who tells them apart. */
function symmetryWords({ exchanges, apart }: Symmetry): string {
  const pairs = exchanges.map((e) => e.map((p) => p.join(' = ')).join(' with '))
  if (pairs.length > 0) return `symmetry of ${pairs.join(', ')}`
  const [first] = apart
  if (!first) return 'no symmetry: no two tasks do the same'
  const by = first.by === undefined ? 'what is claimed of them' : first.by
  return `no symmetry: ${first.tasks.join(' and ')} are told apart by ${by}`
}

const sentenceOf = (text: string): string =>
  `${text.charAt(0).toUpperCase()}${text.slice(1)}${text.endsWith('.') ? '' : '.'}`

const LABEL = 12

const facts = (list: readonly (readonly [string, string])[], width: number): string[] =>
  list.flatMap(([label, text]) =>
    wrap(text, width - LABEL).map((line, i) => `  ${pad(i ? '' : label, LABEL - 2)}${line}`),
  )

/** `reapAttempts 2` as `2 reap attempts` would need a dictionary; the names are those of the bounds. */
const boundsWords = (bounds: CellReport['cell']['bounds']): string =>
  Object.entries(bounds)
    .map(([k, v]) => `${k} ${v}`)
    .join(', ')

function claimLines(
  claim: ClaimId,
  c: ClaimResult,
  verdict: string,
  paint: Paint,
  width: number,
): string[] {
  const colour =
    c.verdict === 'violated'
      ? paint.bad
      : c.verdict === 'holds'
        ? paint.good
        : c.verdict === 'unfinished'
          ? paint.doubt
          : paint.dim
  const head = colour(`${MARKS[c.verdict]} ${pad(claim, 11)}${verdict}`)
  const fewest =
    c.fewestSteps === false
      ? ' (perhaps not the fewest steps)'
      : c.fewestSwitches === false
        ? ' (perhaps not the fewest)'
        : ''
  const far =
    c.steps === undefined
      ? ''
      : ` after ${count(c.steps, 'step')} and ${count(c.switches ?? 0, 'switch', 'switches')}${fewest}`
  // Why a search did not finish is the same for all: it is said once, below.
  const why =
    c.message === undefined || c.verdict === 'unfinished' ? [] : wrap(c.message, width - 4)
  const ring = (c.waitFor ?? []).map(
    (w) => `${w.task} waits for ${w.on}${w.waitsFor.length ? `: ${w.waitsFor.join(', ')}` : ''}`,
  )
  const others = (c.others ?? []).flatMap((o) =>
    wrap(`also after ${count(o.steps ?? 0, 'step')}: ${o.message ?? ''}`, width - 4, 2),
  )
  return [
    head + far,
    ...indent(
      [...why, ...ring.flatMap((l) => wrap(l, width - 6, 2)), ...(c.cycle ?? []), ...others],
      4,
    ),
  ]
}

/** What can happen, what was measured, and what nobody looked at. */
function coverage(report: CellReport, width: number, all: boolean): string[] {
  const { result, notCovered } = report
  const list = (title: string, items: readonly string[]): string[] =>
    items.length ? [title, ...items.flatMap((i) => indent(wrap(i, width - 4, 2), 2))] : []
  const never = result.neverReached
  const not = result.complete ? 'NEVER' : 'not so far'
  const ops = !result.complete
    ? []
    : all
      ? neverReachedOps(report).map((o) => `${o.task}: ${o.op} [${o.source}]`)
      : shortened(never)
  return [
    ...list(
      'Can happen',
      result.sometimes.map((s) =>
        s.reached ? `${MARKS.holds} ${s.name}` : `${MARKS.vacuous} ${s.name}: ${not}`,
      ),
    ),
    ...list(
      'Measured',
      result.measures.map((m) => `${m.name}: ${measureWords(m)}`),
    ),
    ...list('Not covered', notCovered),
    ...list(`Never reached: ${count(never.length, 'op')}`, ops),
  ]
}

const MANY = 5

const shortened = (ops: readonly string[]): readonly string[] =>
  ops.length <= MANY
    ? ops
    : [...ops.slice(0, MANY), `and ${ops.length - MANY} more (--coverage lists them)`]

/** `0 to 2 of 2`. */
export function measureWords(m: CellReport['result']['measures'][number]): string {
  if (m.min === undefined || m.max === undefined) return 'never came to an end'
  const range = m.min === m.max ? `${m.min}` : `${m.min} to ${m.max}`
  return m.of === undefined ? range : `${range} of ${m.of}`
}
