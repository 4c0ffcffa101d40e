/** How a verb speaks: text or JSON on stdout, colour where it is wanted. */
import { type Paint, PLAIN } from '@mmulab/report'
import type { Io } from './io.ts'
import type { LabOptions } from './lab.ts'

/** Options that every verb has. */
export interface Common extends LabOptions {
  readonly json?: boolean
  readonly quiet?: boolean
  readonly color?: boolean
  readonly debug?: boolean
}

const sgr =
  (on: number) =>
  (text: string): string =>
    text === '' ? '' : `\u001b[${on}m${text}\u001b[0m`

const COLOURS: Paint = {
  good: sgr(32),
  bad: sgr(31),
  doubt: sgr(33),
  dim: sgr(2),
  strong: sgr(1),
}

/** --no-color, NO_COLOR, FORCE_COLOR, then whether stdout is a terminal. */
export function paintFor(io: Io, options: Common): Paint {
  const { NO_COLOR, FORCE_COLOR, TERM } = io.env
  if (options.color === false || NO_COLOR) return PLAIN
  if (FORCE_COLOR) return FORCE_COLOR === '0' ? PLAIN : COLOURS
  return io.terminal.out && TERM !== 'dumb' ? COLOURS : PLAIN
}

/** As wide as the terminal, within what reads well. */
export const widthFor = (io: Io): number =>
  io.terminal.out ? Math.max(60, Math.min(100, io.terminal.columns)) : 100

/** One document, in one piece. */
export const writeJson = (io: Io, document: unknown): void =>
  io.out(`${JSON.stringify(document, null, 2)}\n`)
