/**
 * A driver that is looked at from outside: right after its start has said yes, the device must map nothing of the range, and after it
 * has left nothing at all. The core sees nothing of a device's page table, so this stands around the driver's own procedures.
 */
import type { Driver, DriverInstance, DriverOps, IntervalSub, Range } from '@mmulab/core'
import { type Body, call, ne, or, type Procedure, procedure, read, violate } from '@mmulab/model'

/** What a watched start complains of. */
export const STILL_MAPPED = 'still maps a page of the range after its start has said yes'

/** Stands around a start whose answer `yes` means that the section may go on. */
function watch<A extends [Range, ...unknown[]]>(
  start: Procedure<A, number>,
  yes: number,
  look: (range: Range) => Body<void>,
): Procedure<A, number> {
  return procedure(start.name, start.source, function* (...args) {
    const ret = yield* call(start, ...args)
    if (ret === yes) yield* look(args[0])
    return ret
  })
}

/** What a device that has left is told. */
const LEFT_MAPPED = 'still maps a page after it has left'

/** Stands around the way out. */
function watchLeaving(
  label: string,
  { activities, mapping }: DriverInstance,
  pages: readonly number[],
) {
  const { unregister } = activities
  if (!unregister) return activities
  const { run } = unregister
  const watched = procedure(run.name, run.source, function* (va: number) {
    const ret = yield* call(run, va)
    const mapped = or(...pages.map((page) => ne(mapping(page), 0)))
    if (yield* read(mapped, `does ${label} map a page?`))
      yield* violate('memory', `${label} ${LEFT_MAPPED}`)
    return ret
  })
  return { ...activities, unregister: { ...unregister, run: watched } }
}

function watchOps(label: string, instance: DriverInstance): DriverOps {
  const { invalidateRangeStart, intervalSub, moreIntervalSubs = [] } = instance.ops
  /** Only what the interval covers is its own business. */
  const watchSub = (sub: IntervalSub): IntervalSub => ({
    ...sub,
    invalidate: watch(sub.invalidate, 1, ({ pages, ...range }) =>
      look({ ...range, pages: pages.filter((va) => sub.pages.includes(va)) }),
    ),
  })
  function* look(range: Range): Body<void> {
    const mapped = or(...range.pages.map((va) => ne(instance.mapping(va), 0)))
    if (yield* read(mapped, `does ${label} map a page of the range?`))
      yield* violate('coherence', `${label} ${STILL_MAPPED}`)
  }
  return {
    ...instance.ops,
    ...(invalidateRangeStart && { invalidateRangeStart: watch(invalidateRangeStart, 0, look) }),
    ...(intervalSub && {
      intervalSub: watchSub(intervalSub),
      moreIntervalSubs: moreIntervalSubs.map(watchSub),
    }),
  }
}

/** The name of the twin as a lab finds it. */
export const WATCHED = 'watched'

export const watched = (driver: Driver): Driver => ({
  ...driver,
  name: `${driver.name.split('~')[0]}~${WATCHED}`,
  variants: {},
  create: (host) => {
    const instance = driver.create(host)
    return {
      ...instance,
      ops: watchOps(host.label, instance),
      activities: watchLeaving(host.label, instance, host.virtualPages),
    }
  },
})
