/** `mmulab replay`: the story of a token, alone or beside another policy. It ends well when the story could be told. */
import { alongside, tellToken } from '@mmulab/compare'
import {
  type Paint,
  sideBySideText,
  sideOf,
  storyJson,
  storyText,
  storyTitle,
} from '@mmulab/report'
import { checkCommand } from './commands.ts'
import { EXIT } from './exit.ts'
import type { Io } from './io.ts'
import { labFor } from './lab.ts'
import { type Common, paintFor, widthFor, writeJson } from './output.ts'

export interface ReplayOptions extends Common {
  readonly against?: string
  readonly full?: boolean
}

export async function replay(token: string, options: ReplayOptions, io: Io): Promise<number> {
  const lab = await labFor(options, io)
  const text = token.trim()
  const story = tellToken(lab, text)
  const beside =
    options.against === undefined
      ? undefined
      : alongside(lab, story, options.against, { catchUp: true })
  if (options.json) {
    const { left, right } = beside ?? {}
    writeJson(io, {
      ...storyJson(story, text),
      ...(left &&
        right && {
          against: {
            policy: right.name.policy,
            divergence: beside?.divergence ?? null,
            broken: sideOf(right).broken ?? null,
            finished: right.tasks.filter((_, t) => right.end.finished(t)),
            scenes: sideOf(right).rows.slice(1),
          },
        }),
    })
    return EXIT.holds
  }
  const paint: Paint = paintFor(io, options)
  const title = `${paint.strong(storyTitle(story))}\n`
  const body = beside
    ? sideBySideText(beside, { paint, width: widthFor(io) })
    : storyText(story, { paint, full: options.full })
  const next = `All verdicts of this cell:\n  ${checkCommand(story.name)}\n`
  io.out([title, body, next].join('\n'))
  return EXIT.holds
}
