/** The rows of a story table. A click anywhere in one goes there; who has no pointer steps with keys. */
import type { ComponentChildren } from 'preact'
import type { RuleRow } from './telling.ts'

export interface MoveProps {
  readonly step: number
  /** The row above belongs to the same step. */
  readonly again: boolean
  readonly current: boolean
  readonly looping: boolean
  readonly kind?: string | undefined
  readonly goto: (step: number) => void
  readonly children: ComponentChildren
}

export function Move({ step, again, current, looping, kind, goto, children }: MoveProps) {
  const classes = ['move', current && 'current', looping && 'looping', kind]
  return (
    <tr
      class={classes.filter(Boolean).join(' ')}
      aria-current={current && !again ? 'step' : undefined}
      onClick={() => goto(step)}
    >
      {again ? (
        <td class="number" />
      ) : (
        <th scope="row" class="number">
          <span aria-hidden="true">{current ? '▸' : ''}</span>
          {step}
        </th>
      )}
      {children}
    </tr>
  )
}

export interface RuleLineProps {
  readonly row: RuleRow
  readonly width: number
  readonly current: boolean
  readonly goto: (step: number) => void
}

/** A line across all columns: where it could still have ended well, what is left out, what goes round. */
export function RuleLine({ row, width, current, goto }: RuleLineProps) {
  return (
    <tr
      class={`rule ${current ? 'current' : ''}`}
      aria-current={current ? 'step' : undefined}
      onClick={() => goto(row.step)}
    >
      <td colSpan={width}>
        <span>{row.text.replaceAll(' -> ', ' → ')}</span>
      </td>
    </tr>
  )
}
