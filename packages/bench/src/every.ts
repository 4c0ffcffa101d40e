/**
 * `--reductions --every`: what all reductions together bring in every large cell of one device that ships, under one policy. Cells
 * whose plain space is smaller or larger than asked for are counted, and left out.
 */
import { check, type Linked, link } from '@mmulab/checker'
import {
  buildNamed,
  type CellName,
  cellsOf,
  createLab,
  formatCell,
  type Lab,
} from '@mmulab/compare'
import { standard } from '@mmulab/standard'
import { cpuSeconds } from './measure.ts'

export interface EveryOptions {
  readonly policy: string
  /** All of them where it is not said. */
  readonly drivers?: readonly string[] | undefined
  /** Plain states, at least and at most. */
  readonly from: number
  readonly to: number
}

/** From where reductions come on by themselves to what takes some seconds. */
export const EVERY: EveryOptions = { policy: 'mainline@5.12', from: 250_000, to: 10_000_000 }

interface Side {
  readonly states: number
  /** Of the whole check: verdicts and, where something is broken, the search for its shortest schedule included. */
  readonly cpuSeconds: number
}

export interface EveryRow {
  readonly name: string
  readonly plain: Side
  readonly reduced: Side
  /** Plain states per state that is left. */
  readonly factor: number
}

export interface Every extends EveryOptions {
  readonly worlds: readonly EveryRow[]
  /** How many cells have fewer states, how many have more, and how many have a procedure that is too large to be recorded. */
  readonly smaller: number
  readonly larger: number
  readonly unrecorded: number
}

const ALL = { fusion: true, partialOrder: true, symmetry: true, slicing: true }

export function measureEvery(options: EveryOptions, tell: (row: EveryRow) => void): Every {
  const lab = createLab(standard)
  const { policy, drivers = [...new Set(lab.drivers.map((d) => d.name))] } = options
  const scenarios = lab.scenarios.map((s) => s.name)
  const worlds: EveryRow[] = []
  const left = { smaller: 0, larger: 0, unrecorded: 0 }
  const size = 'large' as const
  for (const cell of cellsOf(lab, { policies: [policy], driverSets: drivers, scenarios, size })) {
    const row = measureCell(lab, cell, options)
    if (typeof row === 'string') left[row]++
    else {
      worlds.push(row)
      tell(row)
    }
  }
  return { ...options, ...left, worlds: worlds.sort((a, b) => a.factor - b.factor) }
}

function measureCell(
  lab: Lab,
  cell: CellName,
  { from, to }: EveryOptions,
): EveryRow | 'smaller' | 'larger' | 'unrecorded' {
  const linked = recorded(lab, cell)
  if (!linked) return 'unrecorded'
  const begin = cpuSeconds()
  const whole = check(linked, { reductions: {}, maxStates: to })
  const plain = { states: whole.states, cpuSeconds: cpuSeconds() - begin }
  if (!whole.complete) return 'larger'
  if (plain.states < from) return 'smaller'
  const between = cpuSeconds()
  const { states = plain.states } = check(linked, { reductions: ALL }).reductions ?? {}
  const reduced = { states, cpuSeconds: cpuSeconds() - between }
  return { name: formatCell(cell), plain, reduced, factor: plain.states / states }
}

function recorded(lab: Lab, cell: CellName): Linked | undefined {
  try {
    return link(buildNamed(lab, cell).world)
  } catch (e) {
    if (e instanceof Error && 'code' in e && e.code === 'PROCEDURE_TOO_LARGE') return undefined
    throw e
  }
}

/** The bench. */
export function printEvery(options: EveryOptions, json: boolean): void {
  const every = measureEvery(options, (row) => {
    if (!json) process.stdout.write(textOf(row))
  })
  const { worlds, smaller, larger, unrecorded } = every
  if (json) {
    process.stdout.write(`${JSON.stringify({ schema: 1, ...every })}\n`)
    return
  }
  const less = worlds.filter((w) => w.factor < 10)
  const [from, to] = [options.from, options.to].map((n) => n.toLocaleString('en'))
  process.stdout.write(
    `${[
      `${worlds.length} cells of one device have ${from} to ${to} states (${smaller} have fewer, ${larger} more, ${unrecorded} cannot be recorded).`,
      `${worlds.length - less.length} of them are reduced 10 times or more${less.length > 0 ? '; less:' : '.'}`,
      ...less.map((w) => `  ${w.name} ${w.factor.toFixed(1)}x`),
    ].join('\n')}\n`,
  )
}

function textOf({ name, plain, reduced, factor }: EveryRow): string {
  const side = ({ states, cpuSeconds: s }: Side): string =>
    `${states.toLocaleString('en').padStart(12)}${`${s.toFixed(2)} s`.padStart(10)}`
  return `${name.padEnd(58)}${side(plain)}${side(reduced)}${`${factor.toFixed(1)}x`.padStart(10)}\n`
}
