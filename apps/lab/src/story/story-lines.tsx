/** The lines of one move, indented by the calls around them; values that change stand out. */
import type { Line } from '@mmulab/report'

export function StoryLines({ lines }: { readonly lines: readonly Line[] }) {
  return (
    <>
      {lines.map((line, i) => (
        <div key={i} class={`line ${line.kind}`} style={{ '--depth': line.depth }}>
          {wordsOf(line)}
        </div>
      ))}
    </>
  )
}

/** `count 0 -> 1` is written for a terminal; here there is an arrow. */
const CHANGE = /(-?\w+) -> (-?\w+)/g

function wordsOf({ kind, text }: Line) {
  const parts = text.replace(/^!! /, '✗ ').split(CHANGE)
  if (kind !== 'step' || parts.length === 1) return parts[0]
  // Text, from, to, text, from, to, …, text.
  return parts.map((part, i) =>
    i % 3 === 0 ? (
      part
    ) : i % 3 === 1 ? (
      <b key={i}>
        {part} → {parts[i + 1]}
      </b>
    ) : null,
  )
}
