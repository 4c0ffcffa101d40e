/** Interval notifiers of a cell: which drivers have one, and what each gets to use its own. */
import { call, LabError, store } from '@mmulab/model'
import type { DriverOps } from './driver.ts'
import {
  createIntervals,
  type IntervalHelpers,
  type IntervalProcedures,
  type IntervalSub,
  type Intervals,
} from './interval.ts'
import { intervalProcedures, mmuIntervalReadRetry, mmuIntervalSetSeq } from './itree.ts'
import type { Kernel } from './kernel.ts'
import type { Policy } from './policy.ts'

/** What its subscriptions are called: by the driver, the first as it itself. */
export const intervalName = (label: string, n: number): string =>
  n === 0 ? label : `${label}[${n}]`

export const subsOf = ({
  intervalSub,
  moreIntervalSubs = [],
}: DriverOps): readonly IntervalSub[] => (intervalSub ? [intervalSub, ...moreIntervalSubs] : [])

interface Subscriber {
  readonly label: string
  readonly ops: DriverOps
  readonly warm: boolean
  /** Registered while the scenario runs. */
  readonly late: boolean
  /** May leave while the scenario runs. */
  readonly leaves: boolean
}

/**
 * The intervals of all drivers, or undefined where there are none.
 * @throws LabError DRIVER_NEEDS_INTERVAL when the policy's kernel has none
 */
export function intervalsOf(
  policy: Policy,
  drivers: readonly Subscriber[],
  sections: number,
): Intervals | undefined {
  const subs = drivers.flatMap(({ label, ops, warm, late, leaves }) =>
    subsOf(ops).map((sub, n) => {
      const { insertedByDriver } = sub
      const forAWhile = insertedByDriver === 'for-a-while'
      const inserted = !late && !forAWhile && !(insertedByDriver && !warm)
      // What comes and goes is never freed.
      const frees = leaves && !forAWhile
      const name = intervalName(label, n)
      return { name, sub, inserted, changes: !inserted || frees, leaves: frees }
    }),
  )
  const [first] = subs
  if (!first) return undefined
  if (!policy.facts.interval)
    throw new LabError({
      code: 'DRIVER_NEEDS_INTERVAL',
      kind: 'usage',
      message: `The driver ${first.name} has an interval notifier, and ${policy.name} has none yet.`,
      where: first.name,
      hint: 'Interval notifiers came with 5.5: --policy mainline@5.5, for example.',
    })
  return createIntervals(subs, sections)
}

/** The driver's node is known only when all drivers are made, and looked up when a procedure runs. */
export function intervalHelpers(kernel: Kernel, label: string): IntervalHelpers {
  let made: IntervalProcedures | undefined
  const node = () => {
    const found = kernel.intervals?.nodes.find((n) => n.name === label)
    if (!found) throw new Error(`${label} has no interval notifier`)
    return found
  }
  const procedures = (): IntervalProcedures => {
    if (!kernel.intervals) throw new Error(`${label} has no interval notifier`)
    made ??= intervalProcedures(kernel.mm, kernel.intervals, node())
    return made
  }
  return {
    readBegin: () => call(procedures().readBegin),
    readRetry: (seq) => mmuIntervalReadRetry(node(), seq),
    setSeq: (seq) => mmuIntervalSetSeq(node(), seq),
    insert: () => call(procedures().insert),
    *remove() {
      yield* call(procedures().remove)
      const { gone } = node()
      if (gone) yield* store(gone, 1)
    },
  }
}
