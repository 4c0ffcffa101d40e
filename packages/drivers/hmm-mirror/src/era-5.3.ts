/**
 * The HMM mirror as in 5.3 (mm/hmm.c), with a device driver on top that keeps its page table under one mutex. A counter of
 * open sections marks ranges valid or not; users wait until their range is valid, look the pages up, and look at the mark again
 * under their own lock.
 *
 * The mark has no sequence number: a whole section that fits between the look-up and the second look leaves it as it was.
 *
 * One range per virtual page. Left out: kref of struct hmm (it lives as long as its user here; the twin `leaves` has it), snapshots without faulting,
 * the time-out of the wait (a user may give up at any moment: it then tries again).
 */
import {
  type Driver,
  type DriverHost,
  type DriverInstance,
  defineDriver,
  EAGAIN,
  EFAULT,
  entryAt,
  overlap,
  type Range,
} from '@mmulab/core'
import {
  and,
  array,
  atomically,
  type Body,
  bump,
  call,
  downRead,
  downReadTrylock,
  downWrite,
  eq,
  expr,
  flag,
  jump,
  load,
  mutexLock,
  mutexUnlock,
  ne,
  type Procedure,
  procedure,
  rwsem,
  spinLock,
  spinlock,
  spinUnlock,
  store,
  upRead,
  upWrite,
  variable,
  waitUntil,
  warn,
  when,
} from '@mmulab/model'
import { leaving } from './leave.ts'
import { nouveauFault } from './nouveau.ts'
import { deviceOf } from './on-top.ts'
import { offersOf, TWINS, type Twin } from './twins.ts'

const FILE = 'mm/hmm.c'

function create(host: DriverHost, twin: Twin | undefined): DriverInstance {
  const name = (field: string): string => `${host.label}.${field}`
  const pages = host.virtualPages
  const rangesLock = spinlock(name('ranges_lock'))
  const mirrorsSem = rwsem(name('mirrors_sem'))
  const deviceOnTop = deviceOf(host, twin, '5.3')
  const {
    lock: deviceLock,
    ptes: device,
    sync,
    busy,
    release: releaseDevice,
    daemons,
  } = deviceOnTop
  /** Sections in flight; a plain long, which an end for a start that refused takes below 0. */
  const notifiers = variable(name('notifiers'), { min: -host.ends, max: host.sections })
  const valid = array(name('range.valid'), pages.length, { max: 1, init: 1 })
  const listed = pages.map((va) => flag(`${name('range.listed')}[${va}]`))

  const left =
    twin === 'leaves' ? leaving(host, releaseDevice, '5.3', 'after a grace period') : undefined

  /** hmm.c:notifiers_decrement: with the last section gone, every listed range is valid again. */
  const notifiersDecrement = procedure(
    'notifiers_decrement',
    { at: `${FILE}:notifiers_decrement`, versions: '5.3' },
    function* () {
      yield* spinLock(rangesLock)
      yield* bump(notifiers, -1)
      yield* atomically({
        assign: pages.map((va) => [
          entryAt(valid, va),
          when(
            eq(notifiers, 0),
            when(entryAt(listed, va), 1, entryAt(valid, va)),
            entryAt(valid, va),
          ),
        ]),
        label: 'if notifiers is 0: all ranges valid, wake_up_all()',
      })
      yield* spinUnlock(rangesLock)
    },
  )

  const invalidateRangeStart = procedure(
    'hmm_invalidate_range_start',
    { at: `${FILE}:hmm_invalidate_range_start`, versions: '5.3' },
    function* (range: Range) {
      if (left && !(yield* left.get())) return 0
      yield* spinLock(rangesLock)
      yield* bump(notifiers, 1)
      yield* atomically({
        assign: overlap(range, pages).map((va) => [
          entryAt(valid, va),
          when(entryAt(listed, va), 0, entryAt(valid, va)),
        ]),
        label: 'ranges that overlap are not valid any more',
      })
      yield* spinUnlock(rangesLock)
      let ret = 0
      if (range.blockable) yield* downRead(mirrorsSem)
      else if (!(yield* downReadTrylock(mirrorsSem))) ret = EAGAIN
      if (!ret) {
        const r = yield* call(sync, range)
        if (r && (range.blockable || r !== EAGAIN)) yield* warn(`WARN: the mirror answers ${r}`)
        if (r) ret = EAGAIN
        yield* upRead(mirrorsSem)
      }
      if (ret) yield* call(notifiersDecrement)
      if (left) yield* left.put()
      return ret
    },
  )

  const invalidateRangeEnd = procedure(
    'hmm_invalidate_range_end',
    { at: `${FILE}:hmm_invalidate_range_end`, versions: '5.3' },
    function* (_range: Range) {
      if (left && !(yield* left.get())) return
      yield* call(notifiersDecrement)
      if (left) yield* left.put()
    },
  )

  /** The mm exits: the driver on top drops what it maps. Nobody has a range then, since that takes mmget(). */
  const release = procedure(
    'hmm_release',
    { at: `${FILE}:hmm_release`, versions: '5.3' },
    function* () {
      yield* downRead(mirrorsSem)
      yield* call(releaseDevice)
      yield* upRead(mirrorsSem)
    },
  )

  /** hmm_range_register: valid unless a section is open. */
  const rangeRegister = procedure(
    'hmm_range_register',
    { at: `${FILE}:hmm_range_register`, versions: '5.3' },
    function* (va: number) {
      yield* spinLock(rangesLock)
      yield* atomically({
        assign: [
          [entryAt(listed, va), 1],
          [entryAt(valid, va), eq(notifiers, 0)],
        ],
        label: `range ${va} is listed, valid if no section is open`,
      })
      yield* spinUnlock(rangesLock)
    },
  )

  function* unlist(va: number): Body<void> {
    yield* spinLock(rangesLock)
    yield* store(entryAt(listed, va), 0)
    yield* spinUnlock(rangesLock)
  }

  /** mmap_lock is held from the look-up to the end: it keeps munmap out, but no reclaim and no other reader. */
  const attempt: Procedure<[number], number> = procedure(
    'device_fault',
    { at: 'Documentation/vm/hmm.rst: the loop every user is told to write', versions: '5.3' },
    function* (va) {
      yield* waitUntil(eq(entryAt(valid, va), 1), 'its range to be valid')
      yield* host.mmapReadLock()
      const page = yield* host.lookUpPage(va)
      if (!page) {
        yield* host.mmapReadUnlock()
        return EFAULT
      }
      yield* mutexLock(deviceLock)
      const good = yield* load(entryAt(valid, va))
      if (good) yield* store(entryAt(device, va), page)
      yield* mutexUnlock(deviceLock)
      yield* host.mmapReadUnlock()
      return good ? 0 : yield* jump(attempt, va)
    },
  )

  const fault = procedure(
    'hmm_range_fault',
    { at: `${FILE}:hmm_range_fault`, versions: '5.3' },
    function* (va: number) {
      yield* call(rangeRegister, va)
      const ret = yield* call(attempt, va)
      yield* unlist(va)
      return ret
    },
  )

  const register = procedure(
    'hmm_mirror_register',
    { at: `${FILE}:hmm_mirror_register`, versions: '5.3' },
    function* (_va: number) {
      yield* downWrite(mirrorsSem)
      yield* upWrite(mirrorsSem)
    },
  )

  const ranges = { register: rangeRegister, valid, unregister: unlist }
  return {
    ops: { invalidateRangeStart, invalidateRangeEnd, release, ...left?.ops },
    mapping: (va) => expr(entryAt(device, va)),
    inFlight: [
      { what: notifiers.name, value: left ? and(left.counts, ne(notifiers, 0)) : ne(notifiers, 0) },
    ],
    activities: {
      fault:
        twin === 'nouveau'
          ? { task: 'svm_fault', run: nouveauFault(host, deviceOnTop, ranges), perPage: false }
          : { task: 'hmm_fault', run: fault, perPage: true },
      ...(busy && { busy: { task: 'hmm_busy', run: busy, perPage: false } }),
      register: { task: 'hmm_register', run: register, perPage: false },
      ...left?.activities,
    },
    ...(daemons && { daemons }),
    watch: [notifiers, ...valid, deviceLock.owner, ...device],
  }
}

const TITLE = 'HMM mirror: a section counter marks ranges valid; refuses if its locks are taken'

function hmm53With(name: string, twin?: Twin): Driver {
  return defineDriver({
    name,
    era: '5.3',
    kernel: { since: '5.3', until: '5.4' },
    title: twin ? `${TITLE}; ${TWINS[twin]}` : TITLE,
    source: `${FILE}, 5.3`,
    offers: offersOf(twin),
    pins: false,
    create: (host) => create(host, twin),
    variants: twin
      ? {}
      : {
          leaves: hmm53With(`${name}~leaves`, 'leaves'),
          amdgpu: hmm53With(`${name}~amdgpu`, 'amdgpu'),
          nouveau: hmm53With(`${name}~nouveau`, 'nouveau'),
        },
  })
}

export const hmmMirror53: Driver = hmm53With('hmm-mirror')
