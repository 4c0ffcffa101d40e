/**
 * The comparison matrix as text and as Markdown: a row for every driver set in every scenario, a column for every policy, a
 * word or two per cell. It can be drawn at any time, with cells still missing.
 */
import type { CellName, CellReport } from '@mmulab/compare'
import {
  brokenNames,
  claimsOf,
  isPartlyKnown,
  MARKS,
  PARTLY_KNOWN,
  PARTLY_WORDS,
  standing,
} from './claims.ts'
import { type Paint, PLAIN } from './paint.ts'
import { escapeMarkdown, pad, paragraph, widthOf, wrap } from './text.ts'

export interface MatrixCell {
  readonly name: CellName
  /** Undefined as long as it has not been run. */
  readonly report: CellReport | undefined
}

export interface MatrixOptions {
  readonly paint?: Paint | undefined
  readonly width?: number | undefined
  /** The sentence that says what a scenario is. */
  readonly title: (scenario: string) => string
}

type Kind = 'holds' | 'violated' | 'vacuous' | 'unfinished' | 'missing'

interface Entry {
  readonly kind: Kind
  readonly words: readonly string[]
}

const LEGEND: Readonly<Record<Kind, string>> = {
  holds: `${MARKS.holds} every promise holds`,
  violated: `${MARKS.violated} these promises break`,
  vacuous: `${MARKS.vacuous} something that must be possible never happens`,
  unfinished: `${MARKS.unfinished} the search did not finish`,
  missing: '. not run',
}

const NARROWEST = 13

export function matrixText(cells: readonly MatrixCell[], options: MatrixOptions): string {
  const { paint = PLAIN, width = 100, title } = options
  const policies = [...new Set(cells.map((c) => c.name.policy))]
  const scenarios = [...new Set(cells.map((c) => c.name.scenario))]
  const first = 2 + Math.max(7, ...cells.map((c) => widthOf(c.name.drivers.join('+')))) + 2
  const perBlock = Math.max(1, Math.floor((width - first) / NARROWEST))
  const blocks = Math.ceil(policies.length / perBlock)
  const size = Math.ceil(policies.length / blocks)
  const out: string[] = []
  for (let at = 0; at < policies.length; at += size) {
    const block = policies.slice(at, at + size)
    const column = Math.min(24, Math.floor((width - first) / block.length))
    if (at > 0) out.push('')
    out.push(...header(block, first, column, paint))
    for (const scenario of scenarios) {
      out.push('', ...wrap(`${scenario}: ${title(scenario)}`, width, 2).map(paint.strong))
      const rows = cells.filter((c) => c.name.scenario === scenario)
      for (const set of new Set(rows.map((c) => c.name.drivers.join('+')))) {
        const entries = block.map((policy) =>
          entryOf(rows.find((c) => c.name.drivers.join('+') === set && c.name.policy === policy)),
        )
        out.push(...row(`  ${set}`, entries, first, column, paint))
      }
    }
  }
  return paragraph([...out, '', ...legend(cells, width)])
}

/** `mainline@5.4+unwind-on-fail` over several lines: the family, the version, each patch. */
function header(
  policies: readonly string[],
  first: number,
  column: number,
  paint: Paint,
): string[] {
  const parts = policies.map((p) => headerLines(p, column - 2))
  const height = Math.max(...parts.map((p) => p.length))
  return Array.from({ length: height }, (_, i) =>
    paint.strong(' '.repeat(first) + parts.map((p) => pad(p[i] ?? '', column)).join('')),
  )
}

function headerLines(policy: string, width: number): string[] {
  const lines: string[] = []
  for (const part of policy.split(/(?=[@+])/)) {
    const last = lines.at(-1)
    // The version stands beside its family where there is room.
    if (last !== undefined && part.startsWith('@') && widthOf(last + part) <= width)
      lines[lines.length - 1] = last + part
    else lines.push(...wrap(part, width))
  }
  return lines
}

function row(
  name: string,
  entries: readonly Entry[],
  first: number,
  column: number,
  paint: Paint,
): string[] {
  const lines = entries.map((e) =>
    wrap(e.words.join(', '), column - 4).map((text, i) => `${i ? ' ' : markOf(e.kind)} ${text}`),
  )
  const height = Math.max(...lines.map((l) => l.length))
  return Array.from({ length: height }, (_, i) => {
    const cells = lines.map((l, k) => paintOf(entries[k]?.kind, paint)(pad(l[i] ?? '', column)))
    return pad(i === 0 ? name : '', first) + cells.join('')
  })
}

function entryOf(cell: MatrixCell | undefined): Entry {
  const entry = plainEntryOf(cell)
  if (!cell?.report || !isPartlyKnown(cell.report.cell.policy)) return entry
  return { ...entry, words: entry.words.map((w) => `${w}${PARTLY_KNOWN}`) }
}

function plainEntryOf(cell: MatrixCell | undefined): Entry {
  const result = cell?.report?.result
  if (!result) return { kind: 'missing', words: ['not run'] }
  const kind = standing(result)
  const broken = brokenNames(result)
  const open = !result.complete || claimsOf(result, 'unfinished').length > 0
  switch (kind) {
    case 'violated':
      return { kind, words: open ? [...broken, 'rest open'] : broken }
    case 'vacuous':
      return { kind, words: ['vacuous'] }
    default:
      return { kind, words: [kind] }
  }
}

const markOf = (kind: Kind): string => (kind === 'missing' ? '.' : MARKS[kind])

function paintOf(kind: Kind | undefined, paint: Paint): (text: string) => string {
  if (kind === 'violated') return paint.bad
  if (kind === 'holds') return paint.good
  return kind === 'missing' ? paint.dim : paint.doubt
}

/** Only the marks that occur. */
function legend(cells: readonly MatrixCell[], width: number): string[] {
  const kinds = new Set(cells.map((c) => entryOf(c).kind))
  const partly = cells.some((c) => c.report && isPartlyKnown(c.report.cell.policy))
  const entries = (Object.keys(LEGEND) as Kind[]).filter((k) => kinds.has(k)).map((k) => LEGEND[k])
  const lines: string[] = []
  for (const entry of partly ? [...entries, PARTLY_WORDS] : entries) {
    const longer = `${lines.at(-1) ?? ''}   ${entry}`
    if (lines.length && widthOf(longer) <= width) lines[lines.length - 1] = longer
    else lines.push(entry)
  }
  return lines
}

/** One table for each scenario. */
export function matrixMarkdown(
  cells: readonly MatrixCell[],
  options: Pick<MatrixOptions, 'title'>,
): string {
  const policies = [...new Set(cells.map((c) => c.name.policy))]
  const line = (list: readonly string[]): string => `| ${list.join(' | ')} |`
  const out = [...new Set(cells.map((c) => c.name.scenario))].flatMap((scenario) => {
    const rows = cells.filter((c) => c.name.scenario === scenario)
    const sets = [...new Set(rows.map((c) => c.name.drivers.join('+')))]
    return [
      `**${escapeMarkdown(scenario)}**: ${escapeMarkdown(options.title(scenario))}`,
      '',
      line(['drivers', ...policies.map(escapeMarkdown)]),
      line(['---', ...policies.map(() => '---')]),
      ...sets.map((set) => {
        const entries = policies.map((policy) =>
          entryOf(rows.find((c) => c.name.drivers.join('+') === set && c.name.policy === policy)),
        )
        return line([
          escapeMarkdown(set),
          ...entries.map((e) => `${markOf(e.kind)} ${e.words.join(', ')}`),
        ])
      }),
      '',
    ]
  })
  return paragraph([...out, ...legend(cells, Number.POSITIVE_INFINITY)])
}
