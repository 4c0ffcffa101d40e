/** The table of pairs as text and as one document. */
import {
  type Answer,
  answerOf,
  type Explanation,
  explain,
  judgePairs,
  type Pair,
  pairName,
} from '@mmulab/history'
import { type Paint, pad, SCHEMA, wrap } from '@mmulab/report'
import { checkCommand } from './commands.ts'
import type { Io } from './io.ts'
import { type Common, paintFor, widthFor } from './output.ts'

const differencesOf = (pair: Pair) =>
  pair.differs.map((d) => ({ ...d, explained: explain(pair, d).map((e) => e.id) }))

/** One document for machines: a row for every question, and what there is to say of it. */
export function pairsDocument(table: readonly Pair[]): object {
  const { unexplained, stale } = judgePairs(table)
  return {
    schema: SCHEMA,
    pairs: table.map((p) => ({
      policy: `mainline@${p.version}`,
      kind: p.kind,
      drivers: pairName(p).split('+'),
      ...answerOf(p),
      neverShipped: p.neverShipped,
      expected: { breaks: p.expected.breaks, because: p.expected.because },
      broken: Object.fromEntries(
        [...p.broken].map(([claim, b]) => [
          claim,
          { scenario: b.cell.scenario, message: b.message, schedule: b.token ?? null },
        ]),
      ),
      differs: differencesOf(p),
      unfinished: p.unfinished.map((c) => c.scenario),
      reduced: p.reduced,
    })),
    unexplained: unexplained.map(({ pair, difference }) => ({
      policy: `mainline@${pair.version}`,
      kind: pair.kind,
      drivers: pairName(pair).split('+'),
      ...difference,
    })),
    stale: stale.map((e) => e.id),
    totals: totalsOf(table),
  }
}

/** How many rows there are of each standing. */
function totalsOf(table: readonly Pair[]): Record<Answer['standing'] | 'rows' | 'reduced', number> {
  const standings = table.map((p) => answerOf(p).standing)
  const count = (s: Answer['standing']): number => standings.filter((x) => x === s).length
  return {
    rows: table.length,
    'as expected': count('as expected'),
    explained: count('explained'),
    'never shipped': count('never shipped'),
    unexplained: count('unexplained'),
    unfinished: count('unfinished'),
    reduced: table.filter((p) => p.reduced.length > 0).length,
  }
}

const TITLES = {
  oom: 'While the OOM reaper runs, who may not block',
  blockable: 'While memory is taken away by madvise, munmap and reclaim',
} as const

const LEGEND = `✓ every promise holds   ✗ promises break, as expected   letters: not as expected, and why (below)
? nothing broken is known, and not all was explored   ( ) a pairing that never shipped
· this kernel has nothing to say about it (interval notifiers came with 5.5)`

export function pairsText(table: readonly Pair[], o: Common, io: Io): string {
  const paint = paintFor(io, o)
  const width = widthFor(io)
  const versions = [...new Set(table.map((p) => p.version))]
  const letters = new Map<string, string>()
  /** Reasons get their letters in the order in which they are met. */
  const letterOf = (e: Explanation): string => {
    if (!letters.has(e.id)) letters.set(e.id, String.fromCharCode(97 + letters.size))
    return letters.get(e.id) ?? ''
  }
  const parts = (['oom', 'blockable'] as const).map((kind) => {
    const list = table.filter((p) => p.kind === kind)
    const rows = [...new Set(list.map(rowOf))]
    const first = Math.max(...rows.map((n) => n.length)) + 2
    return [
      paint.strong(TITLES[kind]),
      `${pad('', first)}${versions.map((v) => pad(v, COLUMN)).join('')}`,
      ...rows.map((row) => {
        const cells = versions.map((v) => {
          const pair = list.find((p) => rowOf(p) === row && p.version === v)
          return pair ? markOf(pair, letterOf, paint) : paint.dim(pad('·', COLUMN))
        })
        return `${pad(row, first)}${cells.join('')}`
      }),
      '',
    ].join('\n')
  })
  const reasons = [...letters].flatMap(([id, letter]) => reasonText(table, id, letter, width))
  return [...parts, LEGEND, '', ...reasons, ...summary(table, width), ''].join('\n')
}

const COLUMN = 6
const rowOf = (p: Pair): string => p.drivers.map((d) => d.name).join('+')

function markOf(p: Pair, letterOf: (e: Explanation) => string, paint: Paint): string {
  const held = p.broken.size > 0 ? '✗' : p.unfinished.length > 0 ? '?' : '✓'
  if (p.neverShipped.length > 0) return paint.dim(pad(`(${held})`, COLUMN))
  const why = new Set(
    p.differs.flatMap((d) => {
      const found = explain(p, d)
      return found.length > 0 ? found.map(letterOf) : ['!']
    }),
  )
  const colour = { '✗': paint.bad, '?': paint.doubt, '✓': paint.good }[held]
  return colour(pad(`${held}${[...why].sort().join('')}`, COLUMN))
}

function reasonText(table: readonly Pair[], id: string, letter: string, width: number): string[] {
  const seen = table.flatMap((pair) =>
    pair.neverShipped.length > 0
      ? []
      : pair.differs.flatMap((difference) => {
          const found = explain(pair, difference).find((e) => e.id === id)
          return found ? [{ pair, difference, found }] : []
        }),
  )
  const [first] = seen
  if (!first) return []
  const { found, pair, difference } = first
  const broken = pair.broken.get(difference.claim)
  const number = found.number === undefined ? '' : ` #${found.number}`
  return [
    ...wrap(`${letter}  ${found.why}${number}: ${found.text}`, width, 3),
    ...wrap(found.source, width - 3).map((l) => `   ${l}`),
    ...(broken ? [`   ${checkCommand(broken.cell)}`] : []),
  ]
}

function summary(table: readonly Pair[], width: number): string[] {
  const { unexplained, stale } = judgePairs(table)
  const n = totalsOf(table)
  return [
    '',
    ...unexplained.flatMap(({ pair, difference }) =>
      wrap(
        `unexplained: under mainline@${pair.version} ${pairName(pair)} (${pair.kind}) ${difference.claim} ${difference.got}, expected because ${pair.expected.because}`,
        width,
        4,
      ),
    ),
    ...stale.map((e) => `stale: ${e.id} explains nothing`),
    ...wrap(
      `${n.rows} rows of two drivers, kernel and kind: ${n['as expected']} as expected, ${n.explained} otherwise and explained, ${n.unexplained} unexplained; ${n['never shipped']} never shipped; ${n.unfinished} not explored to their end.`,
      width,
    ),
  ]
}
