/** A driver that may refuse whatever may not block, since it sometimes does: as it is, but free to refuse at once. */
import { type Driver, type DriverInstance, EAGAIN } from '@mmulab/core'
import { type Body, choose } from '@mmulab/model'
import type { Observed } from '../discipline.ts'
import { createKit, type Kit, type KitOptions } from '../kit.ts'
import { isRange } from './survey.ts'
import { wrapDriver } from './wrap.ts'

/** What each kind of start answers when it refuses. */
const refusals = ({ ops }: DriverInstance): readonly (readonly [string, number])[] => [
  ...(ops.invalidateRangeStart ? [[ops.invalidateRangeStart.name, EAGAIN] as const] : []),
  ...[ops.intervalSub, ...(ops.moreIntervalSubs ?? [])].flatMap((sub) =>
    sub ? [[sub.invalidate.name, 0] as const] : [],
  ),
]

/** Undefined for a driver that never refuses: then it is not its way to. */
export function refusing(
  driver: Driver,
  { instance, survey }: Observed,
  limits: KitOptions,
): (() => Kit) | undefined {
  const free = (instance ? refusals(instance) : []).filter(([name, no]) =>
    survey.ranged.get(name)?.has(no),
  )
  if (free.length === 0) return undefined
  const twin = wrapDriver(driver, (p, args, body) => {
    const no = free.find(([name]) => name === p.name)?.[1]
    const range = args.find(isRange)
    return no === undefined || !range || range.blockable ? body : freely(no, body)
  })
  let made: Kit | undefined
  return () => {
    made ??= createKit(twin, { ...limits, shared: new Map() })
    return made
  }
}

function* freely(no: number, body: Body<unknown>): Body<unknown> {
  if ((yield* choose('refuse at once?', ['no', 'yes'])) === 1) return no
  return yield* body
}
