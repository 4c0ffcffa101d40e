/** A verdict or the standing of a cell: symbol and words. */
import type { Outcome } from './run/runner.ts'
import { SYMBOL, standpoint } from './standing.ts'

export interface TagProps {
  readonly outcome: Outcome | undefined
}

export function StandingTag({ outcome }: TagProps) {
  const { tone, word, broken, mark } = standpoint(outcome)
  return (
    <span class={`tag ${tone}`}>
      <span aria-hidden="true">{SYMBOL[tone]}</span> {word}
      {broken.length > 0 && `: ${broken.join(', ')}`}
      {mark}
    </span>
  )
}
