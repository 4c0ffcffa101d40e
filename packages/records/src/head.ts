/** The head lines that both formats begin with. */

export interface Head {
  readonly scenario: string
  readonly kernel: string
  readonly label: string
}

/** The lines of a text; `cut` when the last one has no end of line, as a file that was copied only in part has. */
export function linesOf(text: string): {
  readonly lines: readonly string[]
  readonly cut: boolean
} {
  const lines = text.split('\n').map((line) => line.replace(/\r$/, ''))
  const cut = lines.at(-1) !== ''
  return { lines: cut ? lines : lines.slice(0, -1), cut }
}

/** The head, or undefined where the text is no record. The label may be missing: it is no evidence. */
export function headOf(lines: readonly string[]): Head | undefined {
  const field = (name: string): string | undefined =>
    lines.find((line) => line.startsWith(`# ${name}: `))?.slice(name.length + 4)
  const scenario = field('scenario')
  const kernel = field('kernel')
  if (scenario === undefined || kernel === undefined) return undefined
  return { scenario, kernel, label: field('label') ?? '' }
}
