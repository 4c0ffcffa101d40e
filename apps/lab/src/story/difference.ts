/** Where two stories part, in words: the first thing that one of them does and the other does not. */
import type { Event } from '@mmulab/checker'
import type { SideBySide, Story } from '@mmulab/compare'
import { changeWords, errno } from '@mmulab/report'
import type { Moment } from './moments.ts'

/** What the left and the right story do in a move; the moments are those after it. */
export function differenceAt(
  both: SideBySide,
  move: number,
  moments: readonly [Moment | undefined, Moment | undefined],
): readonly [string, string] {
  const left = wordsAt(both.left, move, moments[0])
  const right = wordsAt(both.right, move, moments[1])
  const missed = moments[1]?.missed
  const first = left.findIndex((words, i) => words !== right[i])
  const at = first < 0 ? left.length : first
  const task = both.left.scenes[move]?.task ?? 0
  const told = (list: readonly string[], moment: Moment | undefined): string =>
    list[at] ?? `goes no further: ${moment?.tasks[task]?.next ?? 'finished'}`
  return [told(left, moments[0]), missed ? `cannot move: ${missed}` : told(right, moments[1])]
}

function wordsAt(story: Story, move: number, moment: Moment | undefined): string[] {
  const where = moment?.procedure ? `${moment.procedure.name}(): ` : ''
  return (story.scenes[move]?.events ?? []).flatMap((e) => {
    const words = wordsOf(e, story.tasks)
    return words ? [e.kind === 'step' ? where + words : words] : []
  })
}

/** As the parting is found: not by the names of procedures, which differ between kernels that do the same. */
function wordsOf(e: Event, tasks: readonly string[]): string {
  switch (e.kind) {
    case 'step': {
      // The word of a lock says nothing that its label does not say.
      const quiet = e.op.kind === 'step' && (e.op.lock || e.op.label.startsWith('srcu_'))
      const changes = quiet ? [] : e.changes.map((c) => changeWords(c, tasks).replace('->', '→'))
      const read = e.op.kind === 'step' && e.op.answer.k !== 'num'
      return [`${e.op.label}${read ? ` is ${errno(e.answer)}` : ''}`, ...changes].join(', ')
    }
    case 'violation':
      return `breaks ${e.claim}: ${e.message}`
    case 'note':
      return e.effect.type === 'mark' ? e.effect.name : ''
    case 'finish':
      return 'finishes'
    case 'enter':
    case 'leave':
      return ''
  }
}
