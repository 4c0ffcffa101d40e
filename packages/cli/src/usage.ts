/** Values of options, read and checked before anything runs. */
import {
  REDUCTION_NAMES,
  type ReductionName,
  type Reductions,
  reductionsNamed,
} from '@mmulab/checker'
import type { CellName } from '@mmulab/compare'
import type { Size } from '@mmulab/core'
import { LabError } from '@mmulab/model'

export const usage = (
  code: string,
  message: string,
  hint: string,
  known: readonly string[] = [],
): LabError => new LabError({ code, kind: 'usage', message, hint, known })

/** Options that may be given several times. */
export function collect(value: string, before: readonly string[] = []): string[] {
  if (value.trim() === '')
    throw usage('OPTION_MISSING', 'An option has no value.', 'mmulab list shows the names.')
  return [...before, value]
}

/** Options that name cells. */
export interface CellOptions {
  readonly policy?: readonly string[]
  readonly drivers?: readonly string[]
  readonly scenario?: readonly string[]
  readonly size?: Size
}

/** The one cell that these options name. */
export const oneCell = (o: CellOptions): CellName => ({
  policy: only('--policy', o.policy, 'mainline@5.4'),
  drivers: only('--drivers', o.drivers, 'kvm+i915-userptr').split('+'),
  scenario: only('--scenario', o.scenario, 'oom-reap'),
  size: o.size ?? 'small',
})

/** The one value of an option that must be given once. */
function only(option: string, values: readonly string[] | undefined, example: string): string {
  const [value, ...more] = values ?? []
  if (value === undefined)
    throw usage('OPTION_MISSING', `${option} is missing.`, `For example ${option} ${example}`)
  if (more.length)
    throw usage(
      'OPTION_TWICE',
      `${option} is given ${more.length + 1} times; this is about one cell.`,
      'mmulab compare takes several.',
    )
  return value
}

const UNITS: Readonly<Record<string, number>> = { '': 1, k: 2 ** 10, m: 2 ** 20, g: 2 ** 30 }

/** `512M`, `2G`, `1.5GiB`, `100000`: bytes. */
export function bytes(text: string): number {
  const [, number, unit = ''] = /^(\d+(?:\.\d+)?)\s*([kmg]?)(?:i?b)?$/i.exec(text.trim()) ?? []
  const scale = UNITS[unit.toLowerCase()]
  const value = Number(number) * (scale ?? Number.NaN)
  if (!(value >= 1))
    throw usage(
      'BAD_SIZE',
      `${text} is not a size of memory.`,
      'For example --max-memory 512M or 2G.',
    )
  return Math.floor(value)
}

export function positive(text: string): number {
  const value = Number(text)
  if (!/^\d+$/.test(text.trim()) || value < 1 || !Number.isSafeInteger(value))
    throw usage(
      'BAD_NUMBER',
      `${text} is not a number of states.`,
      'For example --max-states 1000000.',
    )
  return value
}

/** `none`, `all`, or names with commas between them. */
export function reductions(text: string): Reductions {
  if (text === 'none') return {}
  if (text === 'all') return reductionsNamed(REDUCTION_NAMES)
  return reductionsNamed(
    text.split(',').map((part): ReductionName => {
      const name = REDUCTION_NAMES.find((n) => n === part.trim())
      if (name) return name
      throw usage(
        'BAD_REDUCTION',
        `There is no reduction called ${part.trim() || 'nothing'}.`,
        'For example --reductions none, or --reductions fusion,symmetry.',
        ['auto', 'none', 'all', ...REDUCTION_NAMES],
      )
    }),
  )
}
