/** Drivers of the kit's own, to stand beside the one that is looked at. */
import {
  type Driver,
  type DriverHost,
  type DriverInstance,
  defineDriver,
  EAGAIN,
  type Range,
} from '@mmulab/core'
import {
  atomically,
  expr,
  mark,
  mightSleep,
  minus,
  ne,
  plus,
  procedure,
  variable,
} from '@mmulab/model'

/** What a counting probe says each time it is called. */
export const started = (label: string): string => `${label} is told of a start`
export const ended = (label: string): string => `${label} is told of an end`

/** A probe without a device: only its operations count. */
const probe = (name: string, title: string, create: (host: DriverHost) => Probe): Driver =>
  defineDriver({
    name,
    era: '1',
    title,
    source: 'include/linux/mmu_notifier.h: struct mmu_notifier_ops',
    offers: [],
    pins: false,
    create: (host) => ({
      mapping: () => expr(0),
      inFlight: [],
      activities: {},
      watch: [],
      ...create(host),
    }),
  })

type Probe = Pick<DriverInstance, 'ops'> & Partial<Pick<DriverInstance, 'inFlight' | 'watch'>>

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
