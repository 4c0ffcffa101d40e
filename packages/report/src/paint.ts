/**
 * Colour, as functions from text to text: the caller says what a terminal, a page or a file wants. Nothing in a report
 * can be told by colour alone.
 */
export interface Paint {
  readonly good: (text: string) => string
  readonly bad: (text: string) => string
  /** Unfinished, or a warning. */
  readonly doubt: (text: string) => string
  readonly dim: (text: string) => string
  readonly strong: (text: string) => string
}

const same = (text: string): string => text

export const PLAIN: Paint = { good: same, bad: same, doubt: same, dim: same, strong: same }
