/** `mmulab compare`: the matrix, and what it comes to. */
import {
  type CellReport,
  cellsOf,
  type Lab,
  QUESTION_2019,
  type Selection,
  tellToken,
} from '@mmulab/compare'
import type { Size } from '@mmulab/core'
import {
  cellsJson,
  cellTitle,
  claimsOf,
  closingText,
  matrixMarkdown,
  matrixText,
  standing,
  storyText,
  storyTitle,
} from '@mmulab/report'
import { conclude, type Ran, runCells } from './cells.ts'
import { checkCommand, replayCommand } from './commands.ts'
import type { Io } from './io.ts'
import { labFor } from './lab.ts'
import { type LimitOptions, limitsOf } from './limits.ts'
import { type Common, paintFor, widthFor, writeJson } from './output.ts'
import { usage } from './usage.ts'

export interface CompareOptions extends Common, LimitOptions {
  readonly policy?: readonly string[]
  readonly drivers?: readonly string[]
  readonly scenario?: readonly string[]
  readonly size?: Size
  readonly markdown?: boolean
}

const QUESTION = `Two notifiers watch one mm. The OOM reaper may not block; one notifier says yes to
invalidate_range_start, the other answers -EAGAIN. Who ends what the first one began?
(linux-mm, 2019; asked of real drivers, under each kernel that behaved differently and two patches)`

export async function compare(options: CompareOptions, io: Io): Promise<number> {
  const lab = await labFor(options, io)
  const limits = limitsOf(options)
  const selection = selectionOf(options)
  // Everything that can be wrong with a name is wrong before anything runs.
  for (const policy of selection.policies) lab.policy(policy)
  for (const set of selection.driverSets) lab.driverSet(set)
  const names = cellsOf(lab, selection)
  if (names.length === 0)
    throw usage(
      'NOTHING_TO_COMPARE',
      'None of these drivers offers what these scenarios need.',
      'mmulab list drivers and mmulab list scenarios show what is offered and what is needed.',
    )
  const ran = await runCells(
    lab,
    names,
    { limits, quiet: options.quiet, progress: options.progress },
    io,
  )
  if (options.json) {
    writeJson(
      io,
      cellsJson(
        ran.reports,
        ran.cells.filter((c) => !c.report).map((c) => c.name),
      ),
    )
    return conclude(ran, io)
  }
  const title = (scenario: string): string => lab.scenario(scenario).title
  if (options.markdown)
    io.out([matrixMarkdown(ran.cells, { title }), ...inPart(options)].join('\n'))
  else io.out(screen(lab, ran, { title, asked: isDefault(options) }, options, io))
  return conclude(ran, io)
}

const isDefault = (o: CompareOptions): boolean => !o.policy && !o.drivers && !o.scenario

/** What is not asked for is that of the 2019 question. */
const selectionOf = (o: CompareOptions): Selection => ({
  policies: o.policy ?? QUESTION_2019.policies,
  driverSets: o.drivers ?? QUESTION_2019.driverSets,
  scenarios: o.scenario ?? QUESTION_2019.scenarios,
  size: o.size ?? QUESTION_2019.size,
})

interface Screen {
  readonly title: (scenario: string) => string
  /** The 2019 question is asked: it is put in words, and one story is told. */
  readonly asked: boolean
}

function screen(
  lab: Lab,
  ran: Ran,
  { title, asked }: Screen,
  options: CompareOptions,
  io: Io,
): string {
  const paint = paintFor(io, options)
  const width = widthFor(io)
  const parts = [
    ...(asked ? [`${QUESTION}\n`] : []),
    matrixText(ran.cells, { paint, width, title }),
    closingText(ran.cells, { paint, width }),
    ...inPart(options),
  ]
  if (ran.interrupted) parts.push('Interrupted: what is marked ? or "not run" is not known.\n')
  const worst = worthTelling(ran.reports)
  if (worst) {
    const { report, token } = worst
    if (asked) {
      const story = tellToken(lab, token)
      parts.push(`${paint.strong(storyTitle(story))}\n\n${storyText(story, { paint })}`)
    }
    parts.push(nextWords(report, token, ran))
  }
  return parts.join('\n')
}

/** That nothing holds because of what was looked at. */
function inPart({ mode, seed = '1' }: CompareOptions): string[] {
  if (mode === undefined) return []
  const how = /^(random|pct)/.test(mode) ? `${mode}, seed ${seed}` : mode
  return [`Only a part of each cell was looked at (--mode ${how}): ? is not known.\n`]
}

/** The first cell in which somebody gets stuck, or else the first in which anything breaks. */
function worthTelling(
  reports: readonly CellReport[],
): { readonly report: CellReport; readonly token: string } | undefined {
  for (const claims of [['progress', 'deadlock'] as const, undefined])
    for (const report of reports)
      for (const claim of claims ?? claimsOf(report.result, 'violated')) {
        const token = report.tokens.get(claim)
        if (token !== undefined) return { report, token }
      }
  return undefined
}

function nextWords({ name }: CellReport, token: string, ran: Ran): string {
  const survivor = ran.reports.find(
    (r) =>
      standing(r.result) === 'holds' &&
      r.name.scenario === name.scenario &&
      r.name.drivers.join() === name.drivers.join(),
  )
  return [
    `Everything about ${cellTitle(name)} under ${name.policy}:`,
    `  ${checkCommand(name)}`,
    ...(survivor
      ? [
          `The same schedule under ${survivor.name.policy}, side by side:`,
          `  ${replayCommand(token, survivor.name.policy)}`,
        ]
      : []),
    '',
  ].join('\n')
}
