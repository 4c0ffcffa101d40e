/** Everything a verb wants from its host, so that tests can be the host. */

export interface Io {
  readonly out: (text: string) => void
  readonly err: (text: string) => void
  /** Whether a person sees it, and how wide it is. */
  readonly terminal: { readonly out: boolean; readonly err: boolean; readonly columns: number }
  readonly env: Readonly<Record<string, string | undefined>>
  /** The text of a file. Throws what the file system throws. */
  readonly read: (file: string) => string
  /** The bytes of a file, piece by piece, and how many there are. Throws what the file system throws. */
  readonly pieces: (file: string) => { readonly size: number; read(): Generator<Uint8Array> }
  /** Puts a file in the place of another one, all of it or nothing. Throws what the file system throws. */
  readonly replace: (file: string, pieces: Iterable<Uint8Array>) => void
  /** The working directory, and the folder of a file. */
  readonly cwd: string
  readonly folderOf: (file: string) => string
  /** A path as a person in the working directory would write it. */
  readonly shown: (file: string) => string
  /** The first of these files that is there, in the working directory or in one above it. */
  readonly findUp: (names: readonly string[]) => string | undefined
  /** What a module exports, by its path from a folder; TypeScript will do. Throws what loading it throws. */
  readonly load: (file: string, beside: string) => Promise<unknown>
  /** The same for a package, as a module in that folder would import it. Throws code PACKAGE_MISSING if there is none. */
  readonly loadPackage: (name: string, beside: string) => Promise<unknown>
  /** Runs this very program once more beside this one, hands on each line of its stdout, and says its exit status; `stop` ends it. */
  readonly again?: (
    argv: readonly string[],
    line: (text: string) => void,
    stop: AbortSignal,
  ) => Promise<number>
  /** Calls back at the first Ctrl-C and leaves the second to the system; returns how to stop listening. */
  readonly onInterrupt: (stop: () => void) => () => void
  /** Lets the host see to its signals. */
  readonly pause: () => Promise<void>
  /** Bytes that the whole process takes, as far as the host can say; 0 where it cannot. */
  readonly memory: () => number
  /** Milliseconds, for progress only: no verdict depends on it. */
  readonly now: () => number
}
