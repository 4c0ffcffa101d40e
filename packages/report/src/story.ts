/** The story of a broken promise as text: the drawing, and under it what was required and what came instead. */
import type { Story } from '@mmulab/compare'
import { FAIR_PROGRESS, isPartlyKnown, markOf, PARTLY_WORDS, requiredOf } from './claims.ts'
import { type DrawOptions, draw } from './columns.ts'
import { brokenRow, type NarrateOptions, narrate } from './narrate.ts'
import { PLAIN } from './paint.ts'
import { count, paragraph, wrap } from './text.ts'

export interface StoryOptions extends NarrateOptions, DrawOptions {}

/** Lines that begin with the drawing's; `indent` of 4 looks well in a commit message. */
export function storyText(story: Story, options: StoryOptions = {}): string {
  const { paint = PLAIN } = options
  const { rows, broken, claim } = narrate(story, options)
  const drawing = draw(rows, story.tasks, options)
  const told = brokenRow(claim, rows) !== undefined
  const required = `[Required: ${requiredOf(story)}]${told ? '' : ` ${broken}.`}`
  const known = isPartlyKnown(story) ? [PARTLY_WORDS] : []
  const words = wrap(required, options.width ?? 72, 2).map(paint.bad)
  return paragraph([...drawing, '', ...words, ...known])
}

/** One line for above a story: the promise, how far it is to where it breaks, and in which cell. */
export function storyTitle(story: Story): string {
  const { prefix } = story.schedule
  const far = prefix ? count(prefix, 'step') : 'from the start'
  const what = story.schedule.fair ? FAIR_PROGRESS : story.claim
  return `${what}, ${far}, under ${story.name.policy}${markOf(story)}: ${cellTitle(story.name)}`
}

/** `kvm+i915-userptr in oom-reap`, with the size where it is not the small one. */
export const cellTitle = (n: Story['name']): string =>
  `${n.drivers.join('+')} in ${n.scenario}${n.size === 'small' ? '' : ` (${n.size})`}${n.less ? ', made smaller' : ''}`
