/** `mmulab history`: the known bugs, each where it was and in its fixed twin. */
import {
  CASES,
  type CaseResult,
  type HistoryCase,
  NOT_MODELLED,
  nameOf,
  runCase,
} from '@mmulab/history'
import { markOf, PARTLY_WORDS, SCHEMA, wrap } from '@mmulab/report'
import { checkCommand } from './commands.ts'
import { EXIT } from './exit.ts'
import type { Io } from './io.ts'
import { shippedLab } from './lab.ts'
import { type Common, paintFor, widthFor, writeJson } from './output.ts'
import { progressLine } from './progress.ts'

export async function history(o: Common, io: Io): Promise<number> {
  const lab = shippedLab()
  const line = progressLine(io, !o.quiet)
  const results: CaseResult[] = []
  try {
    for (const [i, c] of CASES.entries()) {
      line.show(i + 1, CASES.length, c.id)
      results.push(runCase(lab, c))
      await io.pause()
    }
  } finally {
    line.clear()
  }
  const good = (r: CaseResult): boolean => r.status === 'found' && r.fixedTwin !== 'not clean'
  if (o.json) writeJson(io, documentOf(results))
  else io.out(tableOf(results, good, o, io))
  return results.every(good) ? EXIT.holds : EXIT.violated
}

const documentOf = (results: readonly CaseResult[]): unknown => ({
  schema: SCHEMA,
  cases: [
    ...results.map((r) => ({
      id: r.case.id,
      number: r.case.number ?? null,
      status: r.status,
      fixedTwin: r.fixedTwin,
      ...(partly(r) && { partlyKnown: partly(r) }),
      title: r.case.title,
      source: r.case.source,
      fix: r.case.fix,
      breaks: r.case.breaks,
      starves: r.case.starves ?? false,
      schedule: r.token ?? null,
      differs: r.differs,
    })),
    ...NOT_MODELLED.map((n) => ({
      id: n.id,
      number: n.number,
      status: 'not modelled',
      fixedTwin: 'not modelled',
      title: n.title,
      why: n.why,
    })),
  ],
})

const wordsOf = ({ breaks, starves, reapsNothing }: HistoryCase): string =>
  [
    ...(breaks.length > 0 ? [`breaks ${breaks.join(', ')}`] : []),
    ...(starves ? ['somebody need not finish'] : []),
    ...(reapsNothing ? ['reaps nothing'] : []),
  ].join('; ')

/** What is not known of the policies' texts, where that is anything. */
function partly({ bug, twin }: CaseResult): string[] | undefined {
  const found = [bug, twin].flatMap((r) => r?.cell.policy.partlyKnown ?? [])
  return found.length ? [...new Set(found)] : undefined
}

function tableOf(
  results: readonly CaseResult[],
  good: (r: CaseResult) => boolean,
  o: Common,
  io: Io,
): string {
  const paint = paintFor(io, o)
  const width = widthFor(io)
  const rows = results.flatMap((r) => {
    const { id, number, title, source, fix, bug } = r.case
    const known = number === undefined ? '' : ` #${number}`
    const words = `${r.status}${markOf(r.bug.cell.policy)}`
    const mark = good(r) ? paint.good(`✓ ${words}`) : paint.bad(`✗ ${words}`)
    const facts = [
      title,
      `${source}; ${wordsOf(r.case)}`,
      `fixed: ${fix} (${r.fixedTwin === 'not modelled' ? 'no twin' : `twin ${r.fixedTwin}${r.twin ? markOf(r.twin.cell.policy) : ''}`})`,
      ...r.differs.map((d) => `differs: ${d}`),
      checkCommand(nameOf(bug)),
    ]
    return [
      `${mark} ${paint.strong(id)}${known}`,
      ...facts.flatMap((f) => wrap(f, width - 4).map((l) => `    ${l}`)),
    ]
  })
  const rest = NOT_MODELLED.flatMap((n) =>
    wrap(`– #${n.number} ${n.id}: ${n.title}; ${n.why}`, width, 4),
  )
  const inPart = results.some(partly) ? ['', ...wrap(PARTLY_WORDS, width)] : []
  const found = results.filter(good).length
  const clean = results.filter((r) => r.fixedTwin === 'clean').length
  return `${[
    ...rows,
    '',
    'Not modelled',
    ...rest,
    '',
    `${found} of ${results.length} known bugs found, ${clean} with a fixed twin that is clean; ${NOT_MODELLED.length} not modelled.`,
    ...inPart,
  ].join('\n')}\n`
}
