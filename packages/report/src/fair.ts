/** The second strength of progress, in words and as JSON: under strong fairness every task does finish. */
import type { FairResult, Starved, Starving, Verdict } from '@mmulab/checker'
import { MARKS } from './claims.ts'
import type { Paint } from './paint.ts'
import { count, indent, wrap } from './text.ts'

/** What is proved of a run that is shown. */
const PROVED = 'No way into such a loop is shorter, nor a loop there on which as few tasks move.'
const CLAIMED = 'No way into such a loop is shorter; the loop may not be the shortest.'

/** Lines to stand under those of progress; `mark` stands behind the verdict. */
export function fairLines(fair: FairResult, mark: string, paint: Paint, width: number): string[] {
  const { verdict, unless } = fair
  const run = unless ?? fair
  const colour = verdict === 'violated' ? paint.bad : verdict === 'holds' ? paint.good : paint.doubt
  const far =
    run.schedule?.loop === undefined
      ? ''
      : ` after ${count(run.steps ?? 0, 'step')} and ${count(run.switches ?? 0, 'switch', 'switches')}${run.fewestSwitches === false ? ' (perhaps not the fewest)' : ''}, in a loop of ${count(run.schedule.moves.length - run.schedule.loop, 'step')}`
  const words = unless
    ? 'holds, unless a choice always goes the same way'
    : `${verdict}${verdict === 'violated' ? far : ''}`
  const why = run.message === undefined ? [] : wrap(run.message, width - 6)
  const shown =
    verdict === 'violated' && far !== '' ? wrap(run.shortestLoop ? PROVED : CLAIMED, width - 6) : []
  const on = (run.starved ?? []).slice(1).flatMap((s) => wrap(starvedWords(s), width - 6, 2))
  return verdict === 'not-claimed'
    ? []
    : indent(
        [
          colour(`${MARKS[verdict]} fairly   ${words}${mark}`),
          ...indent([...why, ...on, ...shown], 4),
        ],
        2,
      )
}

/** `vcpu1 does not either: madvise0 changes seq`. */
const starvedWords = ({ task, waits, by, on }: Starved): string =>
  `${task} need not either${waits ? `: it waits for ${on.join(', ')}` : by.length ? `: ${by.join(', ')} change ${on.join(', ')}` : ''}`

/** Progress under strong fairness. */
export interface FairJson extends StarvingJson {
  readonly verdict: Verdict
  /** The text of the policy is known in part. */
  readonly partlyKnown?: true
  /** It holds as long as no choice always goes the same way; this run is what happens otherwise. */
  readonly unless?: StarvingJson
}

export interface StarvingJson {
  readonly message?: string
  /** Token of the run: a way into the loop, and the loop. */
  readonly schedule?: string
  /** Up to where the loop can begin. */
  readonly steps?: number
  readonly switches?: number
  /** Steps once round. */
  readonly loop?: number
  /** False where a shorter loop was not ruled out. */
  readonly shortestLoop?: boolean
  readonly starved?: readonly Starved[]
}

export const fairJson = (fair: FairResult, token: string | undefined): FairJson => ({
  verdict: fair.verdict,
  ...starvingJson(fair, token),
  ...(fair.unless && { unless: starvingJson(fair.unless, token) }),
})

function starvingJson(s: Partial<Starving>, token: string | undefined): StarvingJson {
  const { message, schedule, steps, switches, shortestLoop, starved } = s
  const loop = schedule?.loop === undefined ? undefined : schedule.moves.length - schedule.loop
  return {
    ...(message !== undefined && { message }),
    ...(schedule && token !== undefined && { schedule: token }),
    ...(steps !== undefined && { steps }),
    ...(switches !== undefined && { switches }),
    ...(loop !== undefined && { loop }),
    ...(shortestLoop === false && { shortestLoop }),
    ...(starved && { starved }),
  }
}
