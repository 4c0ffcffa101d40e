/**
 * Cells that are explored whole, however long that takes, and a file of what came of them, so that a run which was stopped goes on where it was.
 * It has a line for all cells that will be asked, for each world that was explored, for each cell that was answered.
 *
 * A world is known by its question (automata, claims, who is asked what), so that a model that has changed is explored anew; the checker is no
 * part of that, and has a part in the name of the file instead (`scripts/negative.mjs`).
 */
import { createHash } from 'node:crypto'
import { appendFileSync, existsSync, readFileSync } from 'node:fs'
import type { CheckResult, Progress } from '@mmulab/checker'
import { type CellName, type CellReport, formatCell, questionOf, runCell } from '@mmulab/compare'
import { broken, lab } from './lab.ts'

export interface WorldsKept {
  /** These are going to be explored; `what` they have in common is a row of the summary. */
  readonly ask: (what: string, cells: readonly CellName[]) => void
  /** The claims that are broken; `unfinished` where the search is. */
  readonly explore: (name: CellName) => Promise<readonly string[]>
}

export function worldsKept(path: string): WorldsKept {
  // In front: a run that was killed may have left half a line.
  const write = (line: object): void => appendFileSync(path, `\n${JSON.stringify(line)}`)
  /** Worlds in which everything holds, by their question. */
  const shared = resultsIn(existsSync(path) ? readFileSync(path, 'utf8') : '')
  return {
    ask: (what, cells) => write({ what, asked: cells.map(formatCell) }),
    async explore(name) {
      const known = shared.size
      const begun = process.cpuUsage()
      const report = await inTurns(formatCell(name), runCell(lab, name, { shared }))
      const { user, system } = process.cpuUsage(begun)
      const { cell, linked, result } = report
      const question = questionOf(cell, linked)
      const world = createHash('sha256').update(question).digest('hex').slice(0, 16)
      const claims = result.complete ? broken(report) : ['unfinished']
      if (claims.length > 0) shared.delete(question)
      else if (shared.size > known) {
        const states = result.reductions?.states ?? result.states
        write({ world, cell: formatCell(name), states, seconds: (user + system) / 1e6 })
        write({ question, result: { ...result, neverReached: [] } })
      }
      write({ cell: formatCell(name), of: world, claims })
      return claims
    },
  }
}

function resultsIn(text: string): Map<string, CheckResult> {
  const lines = text.split('\n').map((line): { question?: string; result?: CheckResult } => {
    try {
      return JSON.parse(line)
    } catch {
      // A run that was killed leaves half a line.
      return {}
    }
  })
  return new Map(
    lines.flatMap(({ question, result }) => (question && result ? [[question, result]] : [])),
  )
}

/** The test runner takes a worker for dead that says nothing for long, so that it gets a turn each second; every ten it is told how far this is. */
async function inTurns(what: string, slices: Generator<Progress, CellReport>): Promise<CellReport> {
  let turn = Date.now()
  let said = turn
  for (;;) {
    const step = slices.next()
    if (step.done) return step.value
    if (Date.now() - turn < 1000) continue
    await new Promise((resolve) => setImmediate(resolve))
    turn = Date.now()
    if (turn - said < 10_000) continue
    said = turn
    const { explored, judging } = step.value
    const where = judging ? `, judging: ${judging.what}` : ''
    process.stderr.write(`${what}: ${explored.toLocaleString('en')} states${where}\n`)
  }
}
