/** Everything a verb wants from its host, so that tests can be the host. */

export interface Io {
  readonly out: (text: string) => void
  readonly err: (text: string) => void
  /** Whether a person sees it, and how wide it is. */
  readonly terminal: { readonly out: boolean; readonly err: boolean; readonly columns: number }
  readonly env: Readonly<Record<string, string | undefined>>
  /** The text of a file. Throws what the file system throws. */
  readonly read: (file: string) => string
  /** What a module exports; TypeScript will do. Throws what loading it throws. */
  readonly load: (file: string) => Promise<unknown>
  /** Calls back at the first Ctrl-C and leaves the second to the system; returns how to stop listening. */
  readonly onInterrupt: (stop: () => void) => () => void
  /** Lets the host see to its signals. */
  readonly pause: () => Promise<void>
  /** Milliseconds, for progress only: no verdict depends on it. */
  readonly now: () => number
}
