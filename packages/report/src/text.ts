/** Lines of text of a given width: wrapping, padding, columns side by side, escaping. Widths count code points. */

export const widthOf = (text: string): number => [...text].length

export const pad = (text: string, width: number): string =>
  text + ' '.repeat(Math.max(0, width - widthOf(text)))

/** One thing or several: `1 step`, `2 steps`. */
export const count = (n: number, one: string, many: string = `${one}s`): string =>
  `${grouped(n)} ${n === 1 ? one : many}`

/** 1234567 as 1,234,567. */
export const grouped = (n: number): string => String(n).replace(/\B(?=(\d{3})+$)/g, ',')

/** `a`, `a and b`, `a, b and c`. */
export const listed = (names: readonly string[]): string =>
  names.length < 2
    ? (names[0] ?? '')
    : `${names.slice(0, -1).join(', ')} and ${names[names.length - 1]}`

/**
 * Breaks a text into lines of at most `width`, at spaces where it can and inside words only where it must; lines
 * after the first are indented by `hang`.
 */
export function wrap(text: string, width: number, hang = 0): string[] {
  const lines: string[] = []
  let line = ''
  const room = (): number => Math.max(8, width - (lines.length ? hang : 0))
  const flush = (): void => {
    if (line !== '') lines.push(`${lines.length ? ' '.repeat(hang) : ''}${line}`)
    line = ''
  }
  for (const word of glued(text)
    .split(' ')
    .filter((w) => w !== '')) {
    let rest = word
    if (line !== '' && widthOf(line) + 1 + widthOf(rest) <= room()) {
      line += ` ${rest}`
      continue
    }
    flush()
    while (widthOf(rest) > room()) {
      const at = breakIn(rest, room())
      line = rest.slice(0, at)
      rest = rest.slice(at)
      flush()
    }
    line = rest
  }
  flush()
  return lines.length ? lines.map((l) => l.replaceAll(GLUE, ' ')) : ['']
}

const GLUE = '\u00a0'

/** `1 -> 0` is one word. */
const glued = (text: string): string => text.replace(/(?<= )(\S+) -> (?=\S)/g, `$1${GLUE}->${GLUE}`)

/** Where to break a word that is too long: behind punctuation in the last two thirds, or where the room ends. */
function breakIn(word: string, room: number): number {
  // One bracket on a line of its own looks lost.
  const head = word.slice(0, Math.min(room, word.length - 2))
  for (const marks of [['_', '.', '(', '+', '/', '@', '&'], ['-']]) {
    const at = Math.max(...marks.map((c) => head.lastIndexOf(c) + 1))
    if (at > room / 3) return at
  }
  return room
}

/** Indents every line. */
export const indent = (lines: readonly string[], by: number): string[] =>
  lines.map((line) => (line === '' ? '' : ' '.repeat(by) + line))

/** A text that stands in a cell of a Markdown table as it is. */
export const escapeMarkdown = (text: string): string =>
  text.replace(/([\\`*_[\]<>|~])/g, '\\$1').replace(/\n/g, ' ')

/** Lines without spaces at their ends, as one text. */
export const paragraph = (lines: readonly string[]): string =>
  lines.map((line) => `${line.trimEnd()}\n`).join('')
