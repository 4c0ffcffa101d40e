/** Exact sizes of small worlds, as the author knows them: a change of a driver that nobody meant shows here first. */
import { type CellName, formatCell } from '@mmulab/compare'
import type { Driver } from '@mmulab/core'
import { broken, type Case, type CaseResult, KEPT, notApplicable } from './case.ts'
import { createKit, type Kit, type KitOptions } from './kit.ts'
import { guarded } from './shape.ts'

/** By `policy scenario`, such as 'mainline@5.4 dontneed': states and transitions of the driver alone. */
export type Counts = Readonly<Record<string, readonly [states: number, transitions: number]>>

const WANTED = 3

/** The worlds that everybody pins. */
export const COUNTED: readonly string[] = ['oom-reap', 'dontneed', 'munmap']

/** What there is to pin: the sizes of these worlds as they are now. */
export function countsOf(driver: Driver, options: KitOptions = {}): Counts {
  const kit = createKit(driver, options)
  return Object.fromEntries(
    COUNTED.flatMap((scenario) => {
      const name = kit.name({ scenario, core: 'leaves' })
      if (!name) return []
      const { states, transitions } = kit.explore(name).result
      return [[`${name.policy} ${scenario}`, [states, transitions] as const]]
    }),
  )
}

function count(kit: Kit, counts: Counts | undefined): CaseResult {
  if (!counts) return notApplicable('no counts were given')
  const entries = Object.entries(counts)
  if (entries.length < WANTED)
    return broken({
      message: `Counts of ${WANTED} worlds are wanted; ${entries.length} are given.`,
    })
  const wrong: string[] = []
  let cell: string | undefined
  for (const [key, want] of entries) {
    const [policy = '', scenario = ''] = key.split(' ')
    const name: CellName = { policy, scenario, drivers: [kit.stem], size: 'small' }
    const { states, transitions } = kit.explore(name).result
    if (states === want[0] && transitions === want[1]) continue
    wrong.push(`'${key}': [${states}, ${transitions}]`)
    cell ??= formatCell(name)
  }
  if (wrong.length === 0) return KEPT
  return broken({ message: `It now has ${wrong.join(', ')}.`, ...(cell !== undefined && { cell }) })
}

export const countsCase = (kit: Kit, counts: Counts | undefined): Case => ({
  id: 'counts',
  rule: 'Three small worlds have exactly as many states and transitions as their author says.',
  kernelReference: 'none: a golden number',
  run: () => guarded(() => count(kit, counts)),
})
