/**
 * The one error that people see. Everything that goes wrong because of what somebody wrote or asked for is a
 * `LabError`: a stable code, one sentence, where it was, what the known alternatives are, and one next step.
 * Anything else that is thrown is a defect of mmulab itself.
 */

/** What kind of mistake a code stands for; the command line maps it to its exit status. */
export type ErrorKind = 'usage' | 'plugin' | 'internal'

export interface LabErrorDetails {
  /** Stable, upper case, documented in docs/errors.md. */
  readonly code: string
  readonly kind: ErrorKind
  /** One sentence: what is wrong. */
  readonly message: string
  /** The procedure, op, file or option where it was found. */
  readonly where?: string
  /** Names that would have been accepted; the nearest first. */
  readonly known?: readonly string[]
  /** One thing to do next. */
  readonly hint?: string
}

export class LabError extends Error {
  readonly code: string
  readonly kind: ErrorKind
  readonly where: string | undefined
  readonly known: readonly string[]
  readonly hint: string | undefined

  constructor(details: LabErrorDetails) {
    super(details.message)
    this.name = 'LabError'
    this.code = details.code
    this.kind = details.kind
    this.where = details.where
    this.known = details.known ?? []
    this.hint = details.hint
  }
}

/**
 * The known names ordered by how near they are to a mistyped one (edit distance, at most a third of the name).
 * Used for "did you mean".
 */
export function nearest(name: string, known: Iterable<string>): string[] {
  const scored: { candidate: string; distance: number }[] = []
  for (const candidate of known) {
    const distance = editDistance(name.toLowerCase(), candidate.toLowerCase())
    const contained = candidate.includes(name) || name.includes(candidate)
    if (contained || distance <= Math.max(2, Math.floor(candidate.length / 3)))
      scored.push({ candidate, distance })
  }
  return scored.sort((a, b) => a.distance - b.distance).map((s) => s.candidate)
}

function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++) {
      const swap = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1)
      next.push(Math.min(swap, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1))
    }
    row = next
  }
  return row[b.length] ?? 0
}
