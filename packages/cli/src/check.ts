/** `mmulab check`: one cell, its verdicts, and the story of each broken promise. */
import type { Checkpoint } from '@mmulab/checker'
import {
  type CellName,
  type CellReport,
  formatCell,
  type Lab,
  parseCell,
  tellToken,
} from '@mmulab/compare'
import type { ClaimId } from '@mmulab/model'
import {
  cellsJson,
  cellText,
  listed,
  narrate,
  type Paint,
  paragraph,
  smallestText,
  storyText,
  storyTitle,
} from '@mmulab/report'
import { conclude, runCells } from './cells.ts'
import { readCheckpoint } from './checkpoint.ts'
import { replayCommand } from './commands.ts'
import type { Io } from './io.ts'
import type { Keeping } from './keep.ts'
import { labFor } from './lab.ts'
import { type LimitOptions, limitsOf, milliseconds } from './limits.ts'
import { type Common, paintFor, widthFor, writeJson } from './output.ts'
import { shrink, withSmaller } from './smallest.ts'
import { type CellOptions, oneCell, usage } from './usage.ts'

export interface CheckOptions extends Common, CellOptions, LimitOptions {
  /** False with --no-checkpoint. */
  readonly checkpoint?: string | false
  readonly checkpointEvery?: string
  readonly resume?: string
  readonly full?: boolean
  readonly coverage?: boolean
  readonly locks?: boolean
  readonly pairs?: boolean
  readonly all?: boolean
  readonly smallest?: boolean
}

export async function check(options: CheckOptions, io: Io): Promise<number> {
  const lab = await labFor(options, io)
  const from = resumed(options, io)
  const name = from?.name ?? oneCell(options)
  const limits = { ...limitsOf(options), pairs: options.pairs, all: options.all }
  const how = { limits, quiet: options.quiet, progress: options.progress, resume: from?.checkpoint }
  const ran = await runCells(lab, [name], { ...how, keep: keeping(options, name) }, io)
  const smaller =
    options.smallest && !ran.interrupted ? await shrink(lab, ran.reports, how, io) : undefined
  if (options.json) writeJson(io, cellsJson(ran.reports, [], { ...options, smallest: smaller }))
  else {
    const paint = paintFor(io, options)
    const width = Math.min(80, widthFor(io))
    const parts = ran.reports.flatMap((report) => [
      cellText(report, { ...options, paint, width }),
      ...(smaller ? [paragraph(smallestText(smaller, width))] : []),
      ...stories(lab, withSmaller(report, smaller), { paint, full: options.full }),
    ])
    io.out(parts.join('\n'))
  }
  return conclude(ran, io)
}

interface Resumed {
  readonly name: CellName
  readonly checkpoint: Checkpoint
}

/** What --resume names. Cell and reductions are those of the file; whoever names others as well is mistaken in one of them. */
function resumed(options: CheckOptions, io: Io): Resumed | undefined {
  if (options.mode !== undefined && (options.resume ?? options.checkpoint))
    throw usage(
      'OPTION_UNUSED',
      'Modes have no checkpoints: they begin again from their seed.',
      'Leave out --mode, or --checkpoint and --resume.',
    )
  if (options.resume === undefined) return undefined
  const { cell, checkpoint } = readCheckpoint(io, options.resume)
  const { policy, drivers, scenario, size } = options
  const named = policy ?? drivers ?? scenario ?? size
  const name = named === undefined ? parseCell(cell) : oneCell(options)
  if (formatCell(name) !== cell)
    throw usage(
      'CHECKPOINT_WORLD',
      `The checkpoint is about ${cell}, not ${formatCell(name)}.`,
      `mmulab check --resume ${options.resume}, with nothing else, goes on with it.`,
    )
  return { name, checkpoint }
}

/** Ctrl-C leaves a checkpoint here when no file was named. */
const FALLBACK = 'mmulab.checkpoint'

function keeping(options: CheckOptions, name: CellName): Keeping | undefined {
  const { checkpoint, checkpointEvery, resume } = options
  if (checkpoint === false || options.mode !== undefined) return undefined
  return {
    cell: formatCell(name),
    file: checkpoint ?? resume,
    fallback: FALLBACK,
    ...(checkpointEvery !== undefined && {
      every: milliseconds('--checkpoint-every', checkpointEvery),
    }),
  }
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
  const others = [...(report.otherTokens ?? [])].flatMap(([claim, list]) =>
    list.map((token) => [claim, token] as const),
  )
  for (const [claim, token] of [...report.tokens, ...others, ...fair]) {
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
