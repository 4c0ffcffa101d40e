/**
 * `--reductions`: what they bring, world by world: states of the plain space and of the reduced ones, and how long looking at
 * either takes, verdicts included. A plain space is not followed beyond `LIMIT` states.
 */
import { check, type Linked, link, type Reductions } from '@mmulab/checker'
import { buildNamed, type CellName, createLab, formatCell } from '@mmulab/compare'
import { standard } from '@mmulab/standard'
import { REDUCED_WORLDS } from './worlds.ts'

const MODES: readonly (readonly [string, Reductions])[] = [
  ['plain', {}],
  ['fusion', { fusion: true }],
  ['partial-order', { partialOrder: true }],
  ['symmetry', { symmetry: true }],
  ['slicing', { slicing: true }],
  ['all', { fusion: true, partialOrder: true, symmetry: true, slicing: true }],
]

const LIMIT = 6_000_000

interface Measured {
  readonly mode: string
  readonly states: number
  readonly transitions: number
  readonly complete: boolean
  /** With what looking for shortest schedules without reductions takes, where something is broken. */
  readonly cpuSeconds: number
}

interface Row {
  readonly name: string
  readonly modes: readonly Measured[]
  /** Plain states per state that is left with all of them; undefined where the plain space is not known. */
  readonly factor: number | undefined
}

export function measureReductions(json: boolean): void {
  const lab = createLab(standard)
  const head = `${line(
    '',
    MODES.map(([mode]) => mode),
  )}    factor\n`
  if (!json) process.stdout.write(head)
  const worlds = REDUCED_WORLDS.map((name) => {
    const row = measureWorld(name, link(buildNamed(lab, name).world))
    if (!json) process.stdout.write(textOf(row))
    return row
  })
  if (json) process.stdout.write(`${JSON.stringify({ schema: 1, limit: LIMIT, worlds })}\n`)
}

function measureWorld(name: CellName, linked: Linked): Row {
  const modes = MODES.map(([mode, reductions]) => measureMode(mode, linked, reductions))
  const [plain, all] = [modes[0], modes.at(-1)]
  const factor = plain?.complete && all?.complete ? plain.states / all.states : undefined
  return { name: formatCell(name), modes, factor }
}

function measureMode(mode: string, linked: Linked, reductions: Reductions): Measured {
  const begin = process.cpuUsage()
  const r = check(linked, { reductions, maxStates: LIMIT })
  const { user, system } = process.cpuUsage(begin)
  const { states, transitions } = r.reductions ?? r
  return { mode, states, transitions, complete: r.complete, cpuSeconds: (user + system) / 1e6 }
}

function textOf({ name, modes, factor }: Row): string {
  const states = modes.map((m) => `${m.states.toLocaleString('en')}${m.complete ? '' : '+'}`)
  const times = modes.map((m) => `${m.cpuSeconds.toFixed(2)} s`)
  const saved = factor === undefined ? '?' : `${factor.toFixed(1)}x`
  return `${line(name, states)}${saved.padStart(10)}\n${line('', times)}\n`
}

const line = (name: string, columns: readonly string[]): string =>
  `${name.padEnd(58)}${columns.map((c) => c.padStart(14)).join('')}`
