/** The rows of the table of pairs, explored by this process or by several. */

import type { Lab } from '@mmulab/compare'
import { exploreRow, type PairOptions, type Question, type Row, type Shared } from '@mmulab/history'
import { LabError } from '@mmulab/model'
import type { Io } from './io.ts'
import type { ProgressLine } from './progress.ts'

const wordsOf = ({ two, version, kind }: Question): string =>
  `${two.join('+')} mainline@${version} ${kind}`

/** Every `of`th group of questions, from the `part`th on. Questions about the same two drivers share what was explored. */
export const partOf = (groups: readonly Question[][], part: number, of: number): Question[][] =>
  groups.filter((_, i) => i % of === part - 1)

/** Asks all of them in this process, and hands on each row as soon as it is there. */
export async function exploreAlone(
  lab: Lab,
  groups: readonly Question[][],
  options: PairOptions,
  found: (row: Row) => void,
  { io, line }: { readonly io: Io; readonly line: ProgressLine },
): Promise<void> {
  const all = groups.reduce((n, g) => n + g.length, 0)
  let at = 0
  for (const questions of groups) {
    const shared: Shared = new Map()
    for (const question of questions) {
      at++
      line.show(at, all, wordsOf(question))
      const slices = exploreRow(lab, question, shared, options)
      let step = slices.next()
      for (; !step.done; step = slices.next()) {
        line.show(at, all, wordsOf(question), step.value)
        await io.pause()
      }
      if (step.value) found(step.value)
      await io.pause()
    }
  }
}

/** The same with several processes, each a mmulab of its own with a part of the groups. In the order of one process. */
export async function exploreTogether(
  groups: readonly Question[][],
  argv: readonly string[],
  workers: number,
  again: NonNullable<Io['again']>,
  line: ProgressLine,
): Promise<Row[]> {
  const rows = new Map<string, Row>()
  const name = (two: readonly string[], version: string, kind: string): string =>
    [...two.map((d) => d.replace(/@.*/, '')), version, kind].join(' ')
  const all = groups.reduce((n, g) => n + g.length, 0)
  const heard = (text: string): void => {
    const row = JSON.parse(text) as Row
    rows.set(name(row.drivers, row.version, row.kind), row)
    line.show(rows.size, all, `${row.drivers.join('+')} mainline@${row.version} ${row.kind}`)
  }
  const stop = new AbortController()
  const parts = Array.from({ length: workers }, async (_, i) => {
    const status = await again([...argv, '--part', `${i + 1}/${workers}`], heard, stop.signal)
    if (status !== 0) throw worker(i + 1, workers, status)
  })
  try {
    await Promise.all(parts)
  } finally {
    // If one of them fails the others need not go on; if none has, they are over.
    stop.abort()
  }
  return groups.flat().flatMap((q) => rows.get(name(q.two, q.version, q.kind)) ?? [])
}

const worker = (part: number, of: number, status: number): LabError =>
  new LabError({
    code: 'PART_FAILED',
    kind: 'internal',
    message: `The process with part ${part} of ${of} ended with status ${status}.`,
    hint: 'What it said is above; without --workers one process does it all.',
  })
