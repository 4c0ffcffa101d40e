/**
 * Rows drawn the way kernel people draw an interleaving: a column per task, time downwards, calls indented. Columns are as
 * wide as what they say, within a total; with many tasks they become blocks one under the other.
 */
import { type Paint, PLAIN } from './paint.ts'
import type { Line, Row } from './teller.ts'
import { pad, widthOf, wrap } from './text.ts'

const GAP = 2
const NARROWEST = 20
/** A column for each task as long as there are no more than this. */
const MOST_COLUMNS = 4

export interface DrawOptions {
  readonly paint?: Paint | undefined
  /** Total width; by default 72 for up to two columns, 100 for three, 110 for four. */
  readonly width?: number | undefined
}

/** Draws rows; `tasks` names all tasks, and only those that say something get a column. */
export function draw(
  rows: readonly Row[],
  tasks: readonly string[],
  options: DrawOptions = {},
): string[] {
  const acting = [...new Set(rows.flatMap((r) => (r.kind === 'rule' ? [] : [r.task])))]
  const heads = acting.map((task, cpu) => `CPU${cpu} (${tasks[task] ?? `task ${task}`})`)
  return acting.length > MOST_COLUMNS
    ? drawBlocks(rows, acting, heads, options)
    : drawColumns(rows, acting, heads, options)
}

const defaultWidth = (columns: number): number => (columns < 3 ? 72 : columns < 4 ? 100 : 110)

function drawColumns(
  rows: readonly Row[],
  acting: readonly number[],
  heads: readonly string[],
  { paint = PLAIN, width = defaultWidth(acting.length) }: DrawOptions,
): string[] {
  const { widths, step } = fit(rows, acting, heads, width)
  const total = Math.max(0, ...[widths.reduce((a, b) => a + b + GAP, -GAP)])
  const across = (cells: readonly string[]): string => cells.join(' '.repeat(GAP))
  const out = [
    across(heads.map((h, i) => paint.strong(pad(h, widths[i] ?? 0)))),
    across(widths.map((w) => '-'.repeat(w))),
  ]
  for (const row of rows) {
    if (row.kind === 'rule') {
      out.push(...drawRule(row.text, total, paint))
      continue
    }
    const column = acting.indexOf(row.task)
    const before = widths.slice(0, column).reduce((a, b) => a + b + GAP, 0)
    for (const text of lineTexts(row, widths[column] ?? width, step))
      out.push(' '.repeat(before) + paintOf(row.kind, paint)(text))
  }
  return out
}

/** As narrow as the columns can be, or all of the width shared by need; the indent gives way first. */
function fit(
  rows: readonly Row[],
  acting: readonly number[],
  heads: readonly string[],
  width: number,
): { widths: number[]; step: number } {
  const room = width - GAP * (acting.length - 1)
  const lines = acting.map((task) =>
    rows.filter((r): r is Line => r.kind !== 'rule' && r.task === task),
  )
  const needs = (step: number, most: (kind: Line['kind']) => number): number[] =>
    lines.map((list, i) =>
      Math.max(
        widthOf(heads[i] ?? ''),
        ...list.map((r) => r.depth * step + Math.min(widthOf(r.text), most(r.kind))),
      ),
    )
  for (const step of [2, 1]) {
    const need = needs(step, mostOf)
    if (sum(need) <= room) return { widths: widened(need, needs(step, all), room), step }
  }
  const start = share(needs(1, mostOf), room)
  return { widths: settle(start, (i, w) => height(lines[i] ?? [], w)), step: 1 }
}

const height = (list: readonly Line[], width: number): number =>
  list.reduce((sum, r) => sum + lineTexts(r, width, 1).length, 0)

/** Moves width from one column to another as long as the drawing gets shorter. */
function settle(
  start: readonly number[],
  heightAt: (i: number, width: number) => number,
): number[] {
  const widths = [...start]
  const gain = (from: number, to: number, by: number): number => {
    const [f, t] = [widths[from] ?? 0, widths[to] ?? 0]
    if (f - by < NARROWEST) return 0
    return heightAt(from, f) + heightAt(to, t) - heightAt(from, f - by) - heightAt(to, t + by)
  }
  const moves = widths.flatMap((_, from) =>
    widths.flatMap((_, to) =>
      from === to ? [] : Array.from({ length: 16 }, (_, i) => ({ from, to, by: i + 1 })),
    ),
  )
  // Every move makes the drawing at least one line shorter, so it ends.
  for (;;) {
    const best = moves
      .map((m) => ({ ...m, gain: gain(m.from, m.to, m.by) }))
      .reduce((a, b) => (b.gain > a.gain ? b : a), { from: 0, to: 0, by: 0, gain: 0 })
    if (best.gain <= 0) return widths
    widths[best.from] = (widths[best.from] ?? 0) - best.by
    widths[best.to] = (widths[best.to] ?? 0) + best.by
  }
}

/** Sentences may wrap; code should not. */
const mostOf = (kind: Line['kind']): number =>
  kind === 'broken' || kind === 'state' || kind === 'mark' ? NARROWEST : Number.POSITIVE_INFINITY

const all = (): number => Number.POSITIVE_INFINITY

const sum = (list: readonly number[]): number => list.reduce((a, b) => a + b, 0)

/** What is left of the room goes to whoever would like more. */
function widened(need: readonly number[], wish: readonly number[], room: number): number[] {
  let rest = room - sum(need)
  return need.map((width, i) => {
    const more = Math.min(Math.floor(rest / (need.length - i)), (wish[i] ?? 0) - width)
    rest -= more
    return width + more
  })
}

/** Gives the narrow columns what they need and lets the wide ones share the rest evenly. */
function share(need: readonly number[], room: number): number[] {
  const widths = need.map(() => 0)
  let rest = room
  const order = need.map((_, i) => i).sort((a, b) => (need[a] ?? 0) - (need[b] ?? 0))
  for (const [k, i] of order.entries()) {
    const even = Math.floor(rest / (order.length - k))
    const w = Math.min(need[i] ?? 0, Math.max(even, Math.min(NARROWEST, rest)))
    widths[i] = w
    rest -= w
  }
  return widths
}

function drawBlocks(
  rows: readonly Row[],
  acting: readonly number[],
  heads: readonly string[],
  { paint = PLAIN, width = 72 }: DrawOptions,
): string[] {
  const out: string[] = []
  let last: number | undefined
  for (const row of rows) {
    if (row.kind === 'rule') {
      out.push(...drawRule(row.text, width, paint))
      last = undefined
      continue
    }
    if (row.task !== last) out.push(paint.strong(heads[acting.indexOf(row.task)] ?? ''))
    last = row.task
    for (const text of lineTexts(row, width - 4, 2))
      out.push(`    ${paintOf(row.kind, paint)(text)}`)
  }
  return out
}

/** `--- from here on vcpu0 can never finish ---`, as wide as the drawing. */
export function drawRule(text: string, width: number, paint: Paint): string[] {
  const lines = wrap(text, Math.max(NARROWEST, width - 8))
  return lines.map((line, i) => {
    if (lines.length > 1) return paint.doubt(`${i === 0 ? '--- ' : '    '}${line}`)
    return paint.doubt(`--- ${line} ${'-'.repeat(Math.max(3, width - widthOf(line) - 5))}`)
  })
}

function lineTexts(row: Line, width: number, step: number): string[] {
  const by = Math.min(row.depth * step, Math.floor(width / 2))
  return wrap(row.text, width - by, 2).map((text) => ' '.repeat(by) + text)
}

export function paintOf(kind: Line['kind'], paint: Paint): (text: string) => string {
  switch (kind) {
    case 'broken':
      return paint.bad
    case 'call':
      return paint.strong
    case 'mark':
    case 'state':
    case 'return':
      return paint.doubt
    case 'step':
      return (text) => text
  }
}
