/**
 * A driver that is looked at from outside: right after its start has said yes, the device must map nothing of the range; after it
 * has left nothing at all; and after it has been set up, what the CPU maps, or it stands still. The core sees nothing of a device's page
 * table, so this stands around the driver's own procedures.
 */
import type {
  Activity,
  Driver,
  DriverHost,
  DriverInstance,
  DriverOps,
  IntervalSub,
  Range,
} from '@mmulab/core'
import {
  and,
  type Body,
  call,
  eq,
  ne,
  or,
  type Procedure,
  procedure,
  read,
  violate,
} from '@mmulab/model'

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

/** What whoever sets a device up is told. */
export const LEFT_OUT = 'runs without a page that the CPU maps, after it has been set up'

/** Stands around an activity: once it is over, the device is looked at. */
function after(activity: Activity, look: () => Body<void>): Activity {
  const { run } = activity
  return {
    ...activity,
    run: procedure(run.name, run.source, function* (va: number) {
      const ret = yield* call(run, va)
      yield* look()
      return ret
    }),
  }
}

function watchActivities(
  { label, virtualPages, cpuEntries }: DriverHost,
  { activities, mapping, stopped = [] }: DriverInstance,
): DriverInstance['activities'] {
  const { register, unregister } = activities
  function* hasLeft(): Body<void> {
    const mapped = or(...virtualPages.map((page) => ne(mapping(page), 0)))
    if (yield* read(mapped, `does ${label} map a page?`))
      yield* violate('memory', `${label} ${LEFT_MAPPED}`)
  }
  function* isSetUp(): Body<void> {
    const without = virtualPages.map((va, i) => and(ne(cpuEntries[i] ?? 0, 0), eq(mapping(va), 0)))
    const runs = and(...stopped.map(({ value }) => eq(value, 0)))
    if (yield* read(and(runs, or(...without)), `does ${label} run without a page?`))
      yield* violate('coherence', `${label} ${LEFT_OUT}`)
  }
  return {
    ...activities,
    ...(unregister && { unregister: after(unregister, hasLeft) }),
    // Whoever can fault waits for the page that it has not.
    ...(register?.populates && stopped.length > 0 && { register: after(register, isSetUp) }),
  }
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
      // One that starts empty is looked at when it has been set up.
      ops: host.warm ? watchOps(host.label, instance) : instance.ops,
      activities: watchActivities(host, instance),
    }
  },
})
