/** Small drivers that do one thing each, so that a difference between two kernels can be seen. They follow no kernel. */
import {
  ALLOC_CONTEXTS,
  type AllocContext,
  allocIn,
  type Driver,
  type DriverHost,
  type DriverInstance,
  type DriverOps,
  defineDriver,
  EAGAIN,
  FINISH_QUEUED,
  type Range,
  type RangeEvent,
} from '@mmulab/core'
import {
  array,
  atomically,
  type Body,
  bug,
  expr,
  flag,
  mutex,
  mutexLock,
  mutexTrylock,
  mutexUnlock,
  procedure,
  read,
} from '@mmulab/model'

const toy = (
  name: string,
  create: (host: DriverHost) => Partial<DriverInstance> & Pick<DriverInstance, 'ops'>,
  options: Partial<Pick<Driver, 'offers' | 'pins'>> = {},
): Driver =>
  defineDriver({
    name,
    era: 'test',
    title: name,
    source: '',
    offers: [],
    pins: false,
    ...options,
    create: (host) => ({
      mapping: () => ({ k: 'num', n: 0 }),
      inFlight: [],
      activities: {},
      watch: [],
      ...create(host),
    }),
  })

const say = (label: string): Body<number> => read({ k: 'num', n: 0 }, label)

/** Answers -EAGAIN to every start, also to those that may not be refused. */
const refuser = toy('refuser', () => ({
  ops: {
    invalidateRangeStart: procedure('refuse', '', function* (_range: Range) {
      yield* say('refuse')
      return EAGAIN
    }),
  },
}))

/** Follows an entry under a mutex, where nobody may sleep. */
const followsAsleep = toy('follows-asleep', (host) => {
  const lock = mutex(`${host.label}.lock`)
  return {
    ops: {
      changePte: procedure('change_pte', '', function* (_va: number, _page: number) {
        yield* mutexLock(lock)
        yield* mutexUnlock(lock)
      }),
    },
  }
})

/** Allocates under the lock that its start callback takes. */
const allocating = (context: AllocContext): Driver =>
  toy(
    `allocates-${context.name}`,
    (host) => {
      const lock = mutex(`${host.label}.lock`)
      return {
        ops: {
          invalidateRangeStart: procedure('start', '', function* (range: Range) {
            if (range.blockable) yield* mutexLock(lock)
            else if (!(yield* mutexTrylock(lock))) return EAGAIN
            yield* mutexUnlock(lock)
            return 0
          }),
        },
        activities: {
          busy: {
            task: 'allocates',
            perPage: false,
            run: procedure('allocate', '', function* (_va: number) {
              yield* mutexLock(lock)
              yield* allocIn(host.allocator, context, 'a table')
              yield* mutexUnlock(lock)
            }),
          },
        },
      }
    },
    { offers: ['busy'] },
  )

const invalidateRange = procedure('secondary', '', function* (_pages: readonly number[]) {
  yield* say('flush secondary TLB')
})

/** Caches the CPU's page table. */
const sva = toy('sva', () => ({ ops: { invalidateRange } }))

/** Caches the CPU's page table and mirrors it as well. */
const both = toy('both', () => {
  const noop = procedure('end', '', function* (_range: Range): Body<void> {})
  return { ops: { invalidateRange, invalidateRangeEnd: noop } }
})

/** An interval notifier in two passes, for kernels that know them, and in one for others. */
const twoPass = toy('two-pass', (host) => {
  const one =
    (what: string, answer: number) =>
    (_range: Range, seq: number): Body<number> =>
      (function* () {
        yield* host.interval.setSeq(seq)
        yield* say(`${host.label}: ${what}`)
        return answer
      })()
  const ops: DriverOps = {
    intervalSub: {
      pages: host.virtualPages,
      invalidate: procedure('invalidate', '', one('at once', 1)),
      invalidateStart: procedure('invalidate_start', '', one('start', FINISH_QUEUED)),
      invalidateFinish: procedure('invalidate_finish', '', function* (_range: Range): Body<void> {
        yield* say(`${host.label}: finish`)
      }),
    },
  }
  return { ops }
})

/** An interval notifier that refuses whatever it may. */
const intervalRefuser = toy('interval-refuser', (host) => ({
  ops: {
    intervalSub: {
      pages: host.virtualPages,
      invalidate: procedure('refuse', '', function* (range: Range, _seq: number) {
        yield* say(`${host.label}: asked`)
        return range.blockable ? 1 : 0
      }),
    },
  },
}))

/** An interval notifier that makes use of MAYFAIL. */
const mayfailRefuser = toy('mayfail-refuser', (host) => ({
  ops: {
    intervalSub: {
      pages: host.virtualPages,
      invalidate: procedure('refuse', '', function* (range: Range, seq: number) {
        yield* host.interval.setSeq(seq)
        return range.mayFail ? 0 : 1
      }),
    },
  },
}))

/** Release that may run once only, which the kernel does not promise. */
const releasedOnce = toy(
  'released-once',
  (host) => {
    const released = flag(`${host.label}.released`)
    return {
      ops: {
        release: procedure('release', '', function* (): Body<void> {
          const before = yield* atomically({
            assign: [[released, 1]],
            answer: released,
            label: 'release',
          })
          if (before) yield* bug('released twice')
        }),
      },
      activities: {
        unregister: {
          task: 'close',
          perPage: false,
          run: procedure('close', '', function* (_va: number) {
            yield* host.unregister()
          }),
        },
      },
    }
  },
  { offers: ['unregister'] },
)

/** Shares its notifier and frees it later, or at once; its operations are called through what is freed. */
const leaving = (name: string, leave: (host: DriverHost) => Body<void>): Driver =>
  toy(
    name,
    (host) => ({
      ops: {
        invalidateRangeStart: procedure('start', '', function* (_range: Range) {
          yield* say(`${host.label}: start`)
          return 0
        }),
        freeNotifier: procedure('free_notifier', '', function* (): Body<void> {
          yield* say(`${host.label}: freed`)
        }),
      },
      activities: {
        unregister: {
          task: 'close',
          perPage: false,
          run: procedure('close', '', (_va: number) => leave(host)),
        },
      },
    }),
    { offers: ['unregister'] },
  )

/** An interval notifier that acts on UNMAP only, over pages that it holds. */
const unmapOnly = toy(
  'unmap-only',
  (host) => {
    const map = array(`${host.label}.map`, host.virtualPages.length, { max: host.pageCount }).map(
      (v, va) => ({ ...v, init: va + 1 }),
    )
    const at = (va: number) => map[va] ?? { k: 'num' as const, n: 0 }
    return {
      ops: {
        intervalSub: {
          pages: host.virtualPages,
          invalidate: procedure('invalidate', '', function* (range: Range, seq: number) {
            yield* host.interval.setSeq(seq)
            if (range.event === 'UNMAP')
              yield* atomically({ assign: map.map((v) => [v, 0] as const), label: 'zap' })
            return 1
          }),
        },
      },
      mapping: (va) => expr(at(va)),
    }
  },
  { pins: true },
)

/** Unmaps what sections take away, unless they are of a kind that it does not listen to. */
const deafTo = (name: string, events: readonly RangeEvent[], pins = false): Driver =>
  toy(
    name,
    (host) => {
      const map = array(`${host.label}.map`, host.virtualPages.length, { max: host.pageCount }).map(
        (v, va) => ({ ...v, init: va + 1 }),
      )
      return {
        ops: {
          invalidateRangeStart: procedure('start', '', function* (range: Range) {
            const gone = events.includes(range.event) ? [] : range.pages
            yield* atomically({
              assign: map.flatMap((v, va) => (gone.includes(va) ? [[v, 0] as const] : [])),
              label: `zap, unless it is ${events.join(' or ')}`,
            })
            return 0
          }),
        },
        mapping: (va) => expr(map[va] ?? 0),
      }
    },
    { pins },
  )

/** Unmaps what a section takes away when that is over, which is too late where pages are freed before. */
const unmapsAtEnd = toy('unmaps-at-end', (host) => {
  const map = array(`${host.label}.map`, host.virtualPages.length, { max: host.pageCount }).map(
    (v, va) => ({ ...v, init: va + 1 }),
  )
  return {
    ops: {
      invalidateRangeStart: procedure('start', '', function* (_range: Range) {
        yield* say(`${host.label}: start`)
        return 0
      }),
      invalidateRangeEnd: procedure('end', '', function* (range: Range): Body<void> {
        yield* atomically({
          assign: map.flatMap((v, va) => (range.pages.includes(va) ? [[v, 0] as const] : [])),
          label: `${host.label}: unmap`,
        })
      }),
    },
    mapping: (va) => expr(map[va] ?? 0),
  }
})

/** Inserts its interval when it is closed, whether the mm has users or not. */
const insertsLast = toy(
  'inserts-last',
  (host) => ({
    ops: {
      intervalSub: {
        pages: host.virtualPages,
        insertedByDriver: true,
        invalidate: procedure('invalidate', '', function* (_range: Range, seq: number) {
          yield* host.interval.setSeq(seq)
          return 1
        }),
      },
    },
    activities: {
      unregister: {
        task: 'close',
        perPage: false,
        run: procedure('close', '', function* (_va: number) {
          yield* host.interval.remove()
          yield* host.interval.insert()
        }),
      },
    },
  }),
  { offers: ['unregister'] },
)

/** Takes mmap_lock in its start callback, as a callback must not. */
const takesMmapLock = toy('takes-mmap-lock', (host) => ({
  ops: {
    invalidateRangeStart: procedure('start', '', function* (range: Range) {
      if (!range.blockable) return EAGAIN
      yield* host.mmapReadLock()
      yield* host.mmapReadUnlock()
      return 0
    }),
  },
}))

export const toys: readonly Driver[] = [
  followsAsleep,
  insertsLast,
  takesMmapLock,
  mayfailRefuser,
  releasedOnce,
  leaving('puts', (host) => host.putNotifier()),
  leaving('gets-and-puts', function* (host) {
    yield* host.getNotifier()
    yield* host.putNotifier()
    yield* host.putNotifier()
  }),
  leaving('puts-and-unloads', function* (host) {
    yield* host.putNotifier()
    yield* host.unloadModule()
  }),
  leaving('frees-later', function* (host) {
    yield* host.unregisterNoRelease()
    yield* host.freeLater()
  }),
  leaving('frees-later-and-unloads', function* (host) {
    yield* host.unregisterNoRelease()
    yield* host.freeLater()
    yield* host.unloadModule()
  }),
  leaving('frees-at-once', function* (host) {
    yield* host.unregisterNoRelease()
    yield* host.freeNow()
  }),
  deafTo('deaf-to-protection', ['PROTECTION_VMA', 'PROTECTION_PAGE']),
  deafTo('deaf-to-clear', ['CLEAR']),
  deafTo('deaf-to-soft-dirty', ['SOFT_DIRTY']),
  deafTo('deaf-and-pins', ['CLEAR'], true),
  unmapsAtEnd,
  refuser,
  ...ALLOC_CONTEXTS.map(allocating),
  sva,
  both,
  twoPass,
  intervalRefuser,
  unmapOnly,
]
