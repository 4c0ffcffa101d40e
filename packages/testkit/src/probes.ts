/** Drivers of the kit's own, to stand beside the one that is looked at. */
import {
  type Driver,
  type DriverHost,
  type DriverInstance,
  defineDriver,
  EAGAIN,
  EBUSY,
  type Range,
} from '@mmulab/core'
import {
  alloc,
  atomically,
  type Body,
  expr,
  flag,
  GFP_KERNEL,
  load,
  mark,
  mightSleep,
  minus,
  ne,
  plus,
  procedure,
  spinLock,
  spinlock,
  spinUnlock,
  store,
  type Variable,
  variable,
  warn,
} from '@mmulab/model'

/** What a counting probe says each time it is called. */
export const started = (label: string): string => `${label} is told of a start`
export const ended = (label: string): string => `${label} is told of an end`

/** A probe without a device: only its operations count. */
const probe = (
  name: string,
  title: string,
  create: (host: DriverHost) => Probe,
  offers: Driver['offers'] = [],
): Driver =>
  defineDriver({
    name,
    era: '1',
    title,
    source: 'include/linux/mmu_notifier.h: struct mmu_notifier_ops',
    offers,
    pins: false,
    create: (host) => ({
      mapping: () => expr(0),
      inFlight: [],
      activities: {},
      watch: [],
      ...create(host),
    }),
  })

type Probe = Pick<DriverInstance, 'ops'> &
  Partial<Pick<DriverInstance, 'inFlight' | 'watch' | 'activities'>>

/** Answers -EAGAIN whenever it may, and has no end operation: the lawful way to refuse. */
export const refuser: Driver = probe(
  'probe-refuser',
  'refuses every start that may not block',
  () => ({
    ops: {
      invalidateRangeStart: procedure('refuse', 'a probe', function* (range: Range) {
        yield* mark('the probe is asked')
        return range.blockable ? 0 : EAGAIN
      }),
    },
  }),
)

/** Sleeps in its start, whatever it is told. */
export const sleeper: Driver = probe('probe-sleeper', 'sleeps in every start', () => ({
  ops: {
    invalidateRangeStart: procedure('sleep', 'a probe', function* (_range: Range) {
      yield* mightSleep('the probe')
      return 0
    }),
  },
}))

/** Counts the sections that are open, says yes to all of them and says when it is called. */
export const counter: Driver = probe(
  'probe-counter',
  'counts open sections and never refuses',
  ({ label, sections, ends }) => {
    const open = variable(`${label}.open`, { min: -ends, max: sections })
    return {
      ops: {
        invalidateRangeStart: procedure('count_start', 'a probe', function* (_range: Range) {
          yield* atomically({ assign: [[open, plus(open, 1)]], label: `${open.name}++` })
          yield* mark(started(label))
          return 0
        }),
        invalidateRangeEnd: procedure('count_end', 'a probe', function* (_range: Range) {
          yield* atomically({ assign: [[open, minus(open, 1)]], label: `${open.name}--` })
          yield* mark(ended(label))
        }),
      },
      inFlight: [{ what: open.name, value: ne(open, 0) }],
      watch: [open],
    }
  },
)

/** What the source of a probe says that does what it may not. */
const ASTRAY = 'a probe that goes astray'

const answering = (words: string, answer: (range: Range) => number) =>
  procedure(words, ASTRAY, function* (range: Range) {
    yield* mark('the probe is asked')
    return answer(range)
  })
const nothing = procedure('nothing', ASTRAY, function* (_range: Range) {
  yield* mark('the probe is told of an end')
})

/** Refuses what it may not. */
export const stubborn: Driver = probe(
  'probe-stubborn',
  'a start refuses a range that may be blocked',
  () => ({
    ops: { invalidateRangeStart: answering('stubborn', (r) => (r.blockable ? EAGAIN : 0)) },
  }),
)
/** Refuses with something else than -EAGAIN. */
export const odd: Driver = probe('probe-odd', 'a start refuses with -EBUSY', () => ({
  ops: { invalidateRangeStart: answering('odd', (r) => (r.blockable ? 0 : EBUSY)) },
}))
/** Refuses, and has an end operation. */
export const ender: Driver = probe(
  'probe-ender',
  'a start refuses although there is an end operation',
  () => ({
    ops: {
      invalidateRangeStart: answering('ender', (r) => (r.blockable ? 0 : EAGAIN)),
      invalidateRangeEnd: nothing,
    },
  }),
)

/** What two probes share: the one registered last has been told of the section that is open. */
const TOLD: Variable = variable('the newest is told', { max: 1 })

const ordered = (name: string, start: () => Body<void>, end: () => Body<void>): Driver =>
  probe(name, 'one of two that see in which order they are told', () => ({
    ops: {
      invalidateRangeStart: procedure(`${name} start`, 'a probe', function* (_range: Range) {
        yield* start()
        return 0
      }),
      invalidateRangeEnd: procedure(`${name} end`, 'a probe', function* (_range: Range) {
        yield* end()
      }),
    },
  }))

const told = (value: 0 | 1, which: string) =>
  function* (): Body<void> {
    if ((yield* load(TOLD)) !== value) yield* warn(`the newest is not told first of ${which}`)
  }
const tell = (value: 0 | 1) =>
  function* (): Body<void> {
    yield* store(TOLD, value)
  }

/** Registered last, it must be told first. */
export const leader: Driver = ordered('probe-leader', tell(1), tell(0))
export const follower: Driver = ordered('probe-follower', told(1, 'a start'), told(0, 'an end'))

/** Allocates, in a way that may reclaim, under a lock that its start takes: lockdep must see the circle. */
export const reclaimer: Driver = probe(
  'probe-reclaimer',
  'an allocation that may reclaim under a lock of the callbacks',
  ({ label, allocator }) => {
    const lock = spinlock(`${label}.lock`)
    const start = procedure('lock', ASTRAY, function* (_range: Range) {
      yield* spinLock(lock)
      yield* spinUnlock(lock)
      return 0
    })
    const fault = procedure('allocate', ASTRAY, function* (_va: number) {
      yield* spinLock(lock)
      yield* alloc(allocator, GFP_KERNEL, 'something under the lock')
      yield* spinUnlock(lock)
    })
    return {
      ops: { invalidateRangeStart: start },
      activities: { fault: { task: 'allocate', run: fault, perPage: false } },
      watch: [],
    }
  },
  ['fault'],
)

export const TOLD_ONCE = 'the probe is told of a start'
export const RELEASED = 'the probe is released'

/** Warns when it is told of a second start: the section that was let through is the only one. */
export const onceTold: Driver = probe('probe-once', 'is told of one section only', ({ label }) => {
  const seen = flag(`${label}.seen`)
  return {
    ops: {
      invalidateRangeStart: procedure('once', 'a probe', function* (_range: Range) {
        yield* mark(TOLD_ONCE)
        if (yield* load(seen)) yield* warn('what was reaped is reaped again')
        yield* store(seen, 1)
        return 0
      }),
    },
  }
})

/** Warns when it is released twice. */
export const leaver: Driver = probe(
  'probe-leaver',
  'is released once',
  ({ label, unregister }) => {
    const released = flag(`${label}.released`)
    const release = procedure('release_once', 'a probe', function* () {
      yield* mark(RELEASED)
      if (yield* load(released)) yield* warn('a notifier is released once more')
      yield* store(released, 1)
    })
    const leave = procedure('leave', 'a probe', function* (_va: number) {
      yield* unregister()
    })
    return {
      ops: { release },
      activities: { unregister: { task: 'leave', run: leave, perPage: false } },
    }
  },
  ['unregister'],
)

export const DETACHED = 'the probe is told that it is off the list'

/** Asks to be taken off the list before the reaper begins, and warns of whatever it is told all the same. */
export const detachable: Driver = probe(
  'probe-detachable',
  'asks to be taken off the list when the reaper comes',
  () => {
    const detached = procedure('detached', 'a probe', function* () {
      yield* mark(DETACHED)
    })
    return {
      ops: {
        invalidateRangeStart: procedure('told_all_the_same', 'a probe', function* (_r: Range) {
          yield* warn('a notifier that is off the list is told of a start')
          return 0
        }),
        // A proposal does the one or the other.
        release: detached,
        afterOomUnregister: detached,
      },
    }
  },
)
