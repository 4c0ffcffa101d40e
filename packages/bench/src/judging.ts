/**
 * `--judging`: what takes verdicts about the future (progress in both strengths, deadlock, the stories of what is broken), where promises are
 * kept, where they are broken, and where everything is one large loop.
 */
import { type CheckResult, checkInSlices, type Linked, link } from '@mmulab/checker'
import { buildNamed, createLab, formatCell } from '@mmulab/compare'
import { standard } from '@mmulab/standard'
import { cpuSeconds } from './measure.ts'
import { roundWorld } from './round.ts'
import { JUDGED_WORLDS } from './worlds.ts'

export interface Judged {
  readonly name: string
  readonly states: number
  readonly transitions: number
  readonly progress: string
  readonly fair: string
  /** CPU seconds. */
  readonly searching: number
  readonly judging: number
  /** Under a second at 200,000 states, under fifteen at six million. */
  readonly allowed: number
}

export function measureJudging(json: boolean): void {
  const lab = createLab(standard)
  const worlds: [string, () => Linked][] = JUDGED_WORLDS.map((name) => [
    formatCell(name),
    () => link(buildNamed(lab, name).world),
  ])
  worlds.push([
    'three counters that go round, with a choice in every state',
    () => roundWorld(3, 48),
  ])
  const rows = worlds.map(([name, make]) => {
    const row = judged(name, make())
    if (!json) process.stdout.write(textOf(row))
    return row
  })
  if (json) process.stdout.write(`${JSON.stringify({ schema: 1, worlds: rows })}\n`)
}

export function judged(name: string, linked: Linked): Judged {
  const begin = cpuSeconds()
  let searched = begin
  const slices = checkInSlices(linked, { reductions: {} })
  for (;;) {
    const slice = slices.next()
    if (slice.done) return rowOf(name, slice.value, searched - begin, cpuSeconds() - searched)
    if (!slice.value.judging) searched = cpuSeconds()
  }
}

const rowOf = (name: string, r: CheckResult, searching: number, judging: number): Judged => ({
  name,
  states: r.states,
  transitions: r.transitions,
  progress: r.claims.progress.verdict,
  fair: r.fair.verdict,
  searching,
  judging,
  allowed: Math.max(1, (15 * r.states) / 6e6),
})

const textOf = (r: Judged): string => `
${r.name}
  states        ${r.states.toLocaleString('en')}, transitions ${r.transitions.toLocaleString('en')}
  progress      ${r.progress}, fairly ${r.fair}
  search        ${r.searching.toFixed(2)} CPU s
  judging       ${r.judging < r.allowed ? 'met' : 'MISSED'}: ${r.judging.toFixed(2)} CPU s, where ${r.allowed.toFixed(1)} are allowed
`
