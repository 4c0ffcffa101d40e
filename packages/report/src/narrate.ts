/**
 * A story as rows of words, before anybody draws columns: what each task says, at which depth, and the lines across all
 * columns (from here on ..., and again, for ever). Told from the events of a replay, so it needs nothing but the token.
 */
import type { Story } from '@mmulab/compare'
import type { ClaimId } from '@mmulab/model'
import { brokenWords, type Ending, endings } from './ending.ts'
import { foldOf } from './fold.ts'
import { createTeller, type Row } from './teller.ts'
import { listed } from './text.ts'

export interface Narration {
  readonly claim: ClaimId
  readonly rows: readonly Row[]
  /** How the promise is broken, in one sentence. */
  readonly broken: string
}

export interface NarrateOptions {
  /** Every step: SRCU sections, the model's own bookkeeping, and what others do after the violation. */
  readonly full?: boolean | undefined
}

export function narrate(story: Story, options: NarrateOptions = {}): Narration {
  const { full = false } = options
  const { prefix, pointOfNoReturn, loop, stuck, fair } = story.schedule
  const rows: Row[] = []
  const teller = createTeller(story, full, (row) => rows.push(row))
  const folds = full ? [] : foldOf(story)
  const name = story.tasks[stuck ?? -1] ?? 'a task'
  const rule = (text: string, move: number): number => rows.push({ kind: 'rule', text, move })

  for (const event of story.opening) teller.tell(event, -1)
  const never = story.cell.world.tasks[stuck ?? -1]?.daemon
    ? `${name} can never go on`
    : `${name} can never finish`
  // Where a schedule was not searched for, or it was too late from the start, all that is known is that by its end it is.
  const tooLate = stuck === undefined || fair ? undefined : (pointOfNoReturn ?? prefix - 1)
  if (tooLate === -1) rule(`whatever happens, ${never}`, -1)
  for (const [move, scene] of story.scenes.entries()) {
    if (move === loop)
      rule(`${goingRound(story, loop)} round for ever${fair ? ', each with its turn' : ''}:`, move)
    const fold = folds.find((f) => f.moves.includes(move))
    const how = fold ? 'fold' : move === prefix - 1 || move === pointOfNoReturn ? 'all' : 'some'
    for (const event of scene.events) teller.tell(event, move, how)
    if (fold?.text && fold.moves.at(-1) === move) rule(fold.text, move)
    const broken = move === prefix - 1 ? brokenWords(story, teller.read) : undefined
    if (broken) teller.broken(story.claim, scene.task, broken, move)
    if (move === tooLate)
      rule(`from here on${pointOfNoReturn === undefined ? ', at the latest,' : ''} ${never}`, move)
    else if (move === pointOfNoReturn) rule('from here on there is no way back', move)
  }
  const last = story.scenes.length - 1
  if (loop !== undefined && stuck !== undefined) {
    const goes = story.scenes.slice(loop).some((s) => s.task === stuck)
    const who = goes ? stuck : (story.scenes.at(-1)?.task ?? stuck)
    rows.push(teller.line('state', who, '... and again, for ever', last))
  }
  const ends = endings(story, teller.holders)
  for (const { task, text } of ends) rows.push(teller.line('state', task, text, last))
  return { claim: story.claim, rows, broken: sentence(story, rows, ends) }
}

/** The row that says that this promise is broken; promises about the future have none. */
export const brokenRow = (claim: ClaimId, rows: readonly Row[]): Row | undefined =>
  rows.findLast((r) => r.kind === 'broken' && r.claim === claim)

function goingRound(story: Story, loop: number): string {
  const tasks = [...new Set(story.scenes.slice(loop).map((s) => story.tasks[s.task] ?? ''))]
  return `${listed(tasks)} ${tasks.length > 1 ? 'go' : 'goes'}`
}

/** What happened to the promise, from the last thing that was said to be broken or from who is stuck. */
function sentence(story: Story, rows: readonly Row[], ends: readonly Ending[]): string {
  const { loop, stuck, fair } = story.schedule
  const told = brokenRow(story.claim, rows)?.text.replace(/^!! /, '')
  if (told) return told
  const name = (task: number | undefined): string => story.tasks[task ?? -1] ?? 'a task'
  if (story.claim === 'deadlock') return ends.map((e) => `${name(e.task)} ${e.text}`).join('; ')
  if (fair && loop !== undefined)
    return `${name(stuck)} could finish and need not: ${goingRound(story, loop)} round for ever`
  if (loop !== undefined) return `${name(stuck)} can never finish: it retries for ever`
  const end = ends.find((e) => e.task === stuck)
  return `${name(stuck)} can never finish${end ? `: it ${end.text}` : ''}`
}
