/** `mmulab pairs`: every driver beside every driver under every kernel since 4.19, where the verdicts differ from what is expected, and why. */
import { allPairs, expecting, judgePairs, questionsOf, type Row } from '@mmulab/history'
import { EXIT } from './exit.ts'
import type { Io } from './io.ts'
import { shippedLab } from './lab.ts'
import { whole } from './limits.ts'
import { type Common, writeJson } from './output.ts'
import { exploreAlone, exploreTogether, partOf } from './pairs-run.ts'
import { pairsDocument, pairsText } from './pairs-table.ts'
import { progressLine } from './progress.ts'
import { positive, usage } from './usage.ts'

export interface PairsOptions extends Common {
  readonly driver?: readonly string[]
  readonly maxStates?: string
  readonly workers?: string
  readonly progress?: boolean
  /** `1/2`: only these rows, as they are found, one object on each line. */
  readonly part?: string
}

export async function pairs(o: PairsOptions, io: Io): Promise<number> {
  const lab = shippedLab()
  const all = allPairs(lab)
  const strange = o.driver?.find((d) => !all.drivers.includes(d))
  if (strange !== undefined)
    throw usage(
      'UNKNOWN_DRIVER',
      `There is no driver called ${strange} among the pairs.`,
      'Name drivers without their era: the table takes that which each kernel shipped.',
      all.drivers,
    )
  const groups = questionsOf({ ...all, drivers: o.driver ?? all.drivers })
  const limits = o.maxStates === undefined ? {} : { maxStates: positive(o.maxStates) }
  const workers = o.workers === undefined ? 1 : whole('workers', o.workers, 1)
  const line = progressLine(io, !o.quiet, o.progress)
  const host = { io, line }
  if (o.part !== undefined) {
    const [part = 1, of = 1] = o.part.split('/').map((n) => whole('part', n, 1))
    const say = (row: Row): void => io.out(`${JSON.stringify(row)}\n`)
    await exploreAlone(lab, partOf(groups, part, of), limits, say, host)
    return EXIT.holds
  }
  let rows: Row[] = []
  try {
    if (workers > 1 && io.again)
      rows = await exploreTogether(groups, argvOf(o), workers, io.again, line)
    else await exploreAlone(lab, groups, limits, (row) => void rows.push(row), host)
  } finally {
    line.clear()
  }
  const table = rows.map((row) => expecting(lab, row))
  const { unexplained, stale } = judgePairs(table)
  if (o.json) writeJson(io, pairsDocument(table))
  else io.out(pairsText(table, o, io))
  if (unexplained.length + stale.length > 0) return EXIT.violated
  return table.some((p) => p.unfinished.length > 0) ? EXIT.unfinished : EXIT.holds
}

/** The same question, as this process was asked it. */
const argvOf = ({ driver = [], maxStates }: PairsOptions): string[] => [
  'pairs',
  '--quiet',
  ...driver.flatMap((d) => ['--driver', d]),
  ...(maxStates === undefined ? [] : ['--max-states', maxStates]),
]
