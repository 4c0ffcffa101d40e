/** `mmulab check`: one cell, its verdicts, and the story of each broken promise. */
import { type CellReport, type Lab, tellToken } from '@mmulab/compare'
import type { ClaimId } from '@mmulab/model'
import {
  cellsJson,
  cellText,
  listed,
  narrate,
  type Paint,
  storyText,
  storyTitle,
} from '@mmulab/report'
import { conclude, runCells } from './cells.ts'
import { replayCommand } from './commands.ts'
import type { Io } from './io.ts'
import { labFor } from './lab.ts'
import { type LimitOptions, limitsOf } from './limits.ts'
import { type Common, paintFor, widthFor, writeJson } from './output.ts'
import { type CellOptions, oneCell } from './usage.ts'

export interface CheckOptions extends Common, CellOptions, LimitOptions {
  readonly full?: boolean
  readonly coverage?: boolean
  readonly locks?: boolean
}

export async function check(options: CheckOptions, io: Io): Promise<number> {
  const lab = await labFor(options, io)
  const name = oneCell(options)
  const limits = limitsOf(options)
  const ran = await runCells(lab, [name], { limits, quiet: options.quiet }, io)
  if (options.json) writeJson(io, cellsJson(ran.reports, [], options))
  else {
    const paint = paintFor(io, options)
    const width = Math.min(80, widthFor(io))
    const parts = ran.reports.flatMap((report) => [
      cellText(report, { paint, width, coverage: options.coverage, locks: options.locks }),
      ...stories(lab, report, { paint, full: options.full }),
    ])
    io.out(parts.join('\n'))
  }
  return conclude(ran, io)
}

interface Telling {
  readonly paint: Paint
  readonly full: boolean | undefined
}

/** Promises that break in the same way share one drawing. */
function stories(lab: Lab, report: CellReport, { paint, full }: Telling): string[] {
  const told = new Map<string, { claims: ClaimId[]; token: string }>()
  const { fairToken, result } = report
  const fair =
    fairToken !== undefined && result.fair.schedule ? [['progress', fairToken] as const] : []
  for (const [claim, token] of [...report.tokens, ...fair]) {
    const { rows } = narrate(tellToken(lab, token), { full })
    const key = JSON.stringify(rows.map((r) => ({ ...r, claim: undefined, text: plain(r.text) })))
    const same = told.get(key)
    if (same) same.claims.push(claim)
    else told.set(key, { claims: [claim], token })
  }
  const stories = [...told.values()].map(({ claims, token }) => {
    const story = tellToken(lab, token)
    const title = storyTitle(story).replace(story.claim, listed(claims))
    return [
      `${paint.strong(title)}\n`,
      storyText(story, { paint, full }),
      `Tell it again, or beside another policy (--against P):\n  ${replayCommand(token)}\n`,
    ].join('\n')
  })
  const unless =
    fairToken !== undefined && result.fair.unless
      ? [`The run that no fairness of choices would allow:\n  ${replayCommand(fairToken)}\n`]
      : []
  return [...stories, ...unless]
}

/** Without the name of the claim that the story is not about. */
const plain = (text: string): string => text.replace(/^!! ([a-z-]+: )?/, '!! ')
