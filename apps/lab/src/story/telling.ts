/**
 * Stories cut into the rows of a table: the lines of one move, or a line across. The words are those of the terminal
 * (@mmulab/report).
 */
import type { SideBySide, Story } from '@mmulab/compare'
import { type Line, type Narration, narrate, type Row, sideOf } from '@mmulab/report'
import { type Moment, momentsOf } from './moments.ts'

interface MoveRow {
  readonly kind: 'move'
  /** Moves that have been made after it. */
  readonly step: number
  readonly task: number
  readonly lines: readonly Line[]
  /** The same move under the other policy. */
  readonly twin: readonly Line[]
}

export interface RuleRow {
  readonly kind: 'rule'
  readonly step: number
  readonly text: string
}

type TableRow = MoveRow | RuleRow

export interface Beside extends SideBySide {
  /** Where its tasks stand. */
  readonly moments: readonly Moment[]
  /** What breaks under the other policy on this schedule, or undefined. */
  readonly broken: string | undefined
}

export interface Telling {
  readonly story: Story
  readonly narration: Narration
  readonly rows: readonly TableRow[]
  readonly moments: readonly Moment[]
  /** The same under another policy. */
  readonly beside: Beside | undefined
  /** Steps that have a row: where going forward and back stops. */
  readonly stops: readonly number[]
}

export function tell(story: Story, full: boolean): Telling {
  const narration = narrate(story, { full })
  const rows: TableRow[] = []
  for (const row of narration.rows) {
    const step = row.move + 1
    const last = rows.at(-1)
    if (row.kind === 'rule') rows.push({ kind: 'rule', step, text: row.text })
    else if (last?.kind === 'move' && last.step === step && last.task === row.task)
      rows[rows.length - 1] = { ...last, lines: [...last.lines, row] }
    else rows.push({ kind: 'move', step, task: row.task, lines: [row], twin: [] })
  }
  return {
    story,
    narration,
    rows,
    moments: momentsOf(story),
    beside: undefined,
    stops: stopsOf(rows),
  }
}

/** Both stories move by move: nothing is folded, for what says nothing on one side may do so on the other. */
export function tellBeside(both: SideBySide): Telling {
  const { left, right } = both
  const sides = [sideOf(left), sideOf(right)] as const
  const narration = narrate(left)
  const rows = left.scenes.flatMap((scene, move): TableRow[] => {
    const [lines = [], twin = []] = sides.map((side) => linesOf(side.rows[move + 1] ?? []))
    const silent = !lines.length && !twin.length
    return [
      ...(left.schedule.loop === move ? [rule(move + 1, 'from here on it goes round')] : []),
      ...(silent ? [] : [{ kind: 'move' as const, step: move + 1, task: scene.task, lines, twin }]),
    ]
  })
  const fate = linesOf(narration.rows).filter((l) => l.kind === 'state')
  const words = fate.map((l) => `${left.tasks[l.task]}: ${l.text}`).join('; ')
  if (words) rows.push(rule(left.scenes.length, `under ${left.name.policy}, ${words}`))
  return {
    story: left,
    narration,
    rows,
    moments: momentsOf(left),
    beside: { ...both, moments: momentsOf(right), broken: sides[1].broken },
    stops: stopsOf(rows),
  }
}

const rule = (step: number, text: string): RuleRow => ({ kind: 'rule', step, text })

const linesOf = (rows: readonly Row[]): Line[] =>
  rows.flatMap((r): Line[] => (r.kind === 'rule' ? [] : [r]))

const stopsOf = (rows: readonly TableRow[]): number[] => [
  ...new Set([0, ...rows.map((r) => r.step)]),
]
