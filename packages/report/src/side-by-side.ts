/** Two policies on one schedule: the same order of tasks, line beside line, with the first difference marked. */
import type { SideBySide, Story } from '@mmulab/compare'
import { isPartlyKnown, markOf, PARTLY_WORDS } from './claims.ts'
import { drawRule, paintOf } from './columns.ts'
import { brokenWords } from './ending.ts'
import { type Paint, PLAIN } from './paint.ts'
import { createTeller, type Row } from './teller.ts'
import { listed, pad, paragraph, wrap } from './text.ts'

export interface SideBySideOptions {
  readonly paint?: Paint | undefined
  readonly width?: number | undefined
}

interface Text {
  readonly text: string
  readonly paint: (text: string) => string
}

export interface Side {
  /** Per scene, from the opening on. */
  readonly rows: readonly (readonly Row[])[]
  /** What breaks first on this schedule, or undefined. */
  readonly broken: string | undefined
}

export function sideBySideText(s: SideBySide, options: SideBySideOptions = {}): string {
  const { paint = PLAIN, width = 100 } = options
  const half = Math.floor((width - 2) / 2)
  const stories = [s.left, s.right]
  const sides = stories.map(sideOf)
  const both = (a: Text | undefined, b: Text | undefined): string =>
    [a, b].map((t) => (t ? t.paint(pad(t.text, half)) : ' '.repeat(half))).join('  ')
  const strong = (text: string): Text => ({ text, paint: paint.strong })
  const out = [
    both(strong(policyOf(s.left)), strong(policyOf(s.right))),
    `${'-'.repeat(half)}  ${'-'.repeat(half)}`,
  ]
  for (const { from, to, task } of stretches(s)) {
    const differ = from === s.divergence
    if (differ) out.push(...drawRule('from here on they differ', width, paint))
    const [left = [], right = []] = sides.map((side) =>
      texts(side.rows.slice(from + 1, to + 1).flat(), half, paint),
    )
    if (from === 0 || s.left.scenes[from - 1]?.task !== task) {
      const head = strong(`${s.left.tasks[task]}:`)
      out.push(both(head, head))
    }
    for (let line = 0; line < Math.max(left.length, right.length); line++)
      out.push(both(left[line], right[line]))
  }
  if (s.left.schedule.loop !== undefined)
    out.push(both({ text: '  ... and again, for ever', paint: paint.doubt }, undefined))
  if (s.divergence === undefined) out.push(...drawRule('no difference to the end', width, paint))
  return paragraph([
    ...out,
    '',
    ...stories.flatMap((story, k) => wrap(verdict(story, k === 0, sides[k]), width, 2)),
    ...(stories.some(isPartlyKnown) ? wrap(PARTLY_WORDS, width) : []),
  ])
}

const policyOf = (story: Story): string => `${story.name.policy}${markOf(story)}`

interface Stretch {
  readonly from: number
  /** First scene that does not belong to it. */
  readonly to: number
  readonly task: number
}

/** Scenes of one task in a row, cut where the two begin to differ: line stands beside line at the beginning of each. */
function stretches({ left, divergence }: SideBySide): Stretch[] {
  const out: Stretch[] = []
  for (const [i, { task }] of left.scenes.entries()) {
    const last = out.at(-1)
    if (last && last.task === task && i !== divergence) out[out.length - 1] = { ...last, to: i + 1 }
    else out.push({ from: i, to: i + 1, task })
  }
  return out
}

function texts(rows: readonly Row[], width: number, paint: Paint): Text[] {
  return rows.flatMap((row) => {
    if (row.kind === 'rule') return []
    const by = 2 + row.depth
    return wrap(row.text, width - by, 2).map((text) => ({
      text: `${' '.repeat(by)}${text}`,
      paint: paintOf(row.kind, paint),
    }))
  })
}

/** What each side tells, scene by scene. */
export function sideOf(story: Story): Side {
  const rows: Row[][] = [[]]
  const teller = createTeller(story, false, (row) => rows.at(-1)?.push(row))
  for (const event of story.opening) teller.tell(event, -1)
  const finished = new Set<number>()
  let idle: number | undefined
  let broken: string | undefined
  for (const [move, scene] of story.scenes.entries()) {
    rows.push([])
    for (const event of scene.events) {
      if (event.kind === 'finish') finished.add(event.task)
      if (event.kind === 'violation' && event.claim === story.claim) broken ??= event.message
      teller.tell(event, move)
    }
    const now = scene.events.length ? brokenWords(story, teller.read) : undefined
    if (now && !broken) teller.broken(story.claim, scene.task, now, move)
    broken ??= now
    if (scene.events.length) idle = undefined
    else if (idle !== scene.task) {
      idle = scene.task
      const why = finished.has(scene.task) ? 'has finished' : 'cannot go on here'
      rows.at(-1)?.push(teller.line('mark', scene.task, `(${why})`, move))
    }
  }
  return { rows, broken }
}

/** What the schedule did to the promise. That one schedule does no harm says nothing about the others. */
function verdict(story: Story, own: boolean, side: Side | undefined): string {
  const { claim, end, schedule } = story
  const policy = policyOf(story)
  const finished = story.tasks.filter((_, t) => end.finished(t))
  const stuck = story.tasks[schedule.stuck ?? -1]
  const done = finished.length ? ` Finished: ${listed(finished)}.` : ''
  if (side?.broken) return `${policy} breaks ${claim}: ${side.broken}.${done}`
  if (own) return `${policy} breaks ${claim}: ${stuck ?? 'a task'} can never finish.${done}`
  return `${policy} does not break ${claim} on this schedule.${done}`
}
