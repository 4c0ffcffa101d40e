/** A LabError as plain data: it crosses from the worker to the page, and is shown in words. */
import { LabError } from '@mmulab/model'

export interface Problem {
  readonly message: string
  /** Names that would have been accepted, the nearest first. */
  readonly known: readonly string[]
  readonly hint: string | undefined
}

export function problemOf(error: unknown): Problem {
  if (error instanceof LabError)
    return { message: error.message, known: error.known, hint: error.hint }
  return {
    message: `mmulab itself went wrong: ${error instanceof Error ? error.message : String(error)}`,
    known: [],
    hint: 'Please report it, with the address of this page.',
  }
}

export type Attempt<T> = { readonly value: T } | { readonly problem: Problem }

/** The value, or why there is none. */
export function attempt<T>(make: () => T): Attempt<T> {
  try {
    return { value: make() }
  } catch (error) {
    return { problem: problemOf(error) }
  }
}
