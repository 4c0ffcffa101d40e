/**
 * The HMM mirror as in 5.1 and 5.2 (mm/hmm.c): a counter of open sections marks ranges valid or not; users wait until their range is
 * valid, look the pages up, and look at the mark again under their own lock.
 *
 * Two ways in which a refusal goes wrong. When mirrors_sem is taken, the start answers -EAGAIN and leaves the counter up: no
 * range becomes valid again. And when the device refuses, its -EAGAIN is put into a variable that hides the one that is
 * returned: the start says yes, the device keeps what the caller unmaps and frees. 5.3 repaired both.
 *
 * The end operation takes a mutex, whether the range may be blocked or not. As in 5.3, the mark has no sequence number.
 *
 * One range per virtual page. Left out: kref of struct hmm, snapshots without faulting, the time-out of the wait.
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
  mutex,
  mutexLock,
  mutexTrylock,
  mutexUnlock,
  ne,
  type Procedure,
  procedure,
  rwsem,
  store,
  upRead,
  upWrite,
  variable,
  waitUntil,
  when,
} from '@mmulab/model'
import { leaving } from './leave.ts'
import { nouveauFault } from './nouveau.ts'
import { deviceOf } from './on-top.ts'
import { offersOf, TWINS, type Twin } from './twins.ts'

const FILE = 'mm/hmm.c'
const versions = '5.1..5.2'

function create(host: DriverHost, twin: Twin | undefined): DriverInstance {
  const name = (field: string): string => `${host.label}.${field}`
  const pages = host.virtualPages
  const hmmLock = mutex(name('lock'))
  const mirrorsSem = rwsem(name('mirrors_sem'))
  const deviceOnTop = deviceOf(host, twin, versions)
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

  const invalidateRangeStart = procedure(
    'hmm_invalidate_range_start',
    { at: `${FILE}:hmm_invalidate_range_start`, versions },
    function* (range: Range) {
      if (range.blockable) yield* mutexLock(hmmLock)
      else if (!(yield* mutexTrylock(hmmLock))) return EAGAIN
      yield* bump(notifiers, 1)
      yield* atomically({
        assign: overlap(range, pages).map((va) => [
          entryAt(valid, va),
          when(entryAt(listed, va), 0, entryAt(valid, va)),
        ]),
        label: 'ranges that overlap are not valid any more',
      })
      yield* mutexUnlock(hmmLock)
      if (range.blockable) yield* downRead(mirrorsSem)
      else if (!(yield* downReadTrylock(mirrorsSem))) return EAGAIN
      // Its -EAGAIN ends the walk over the mirrors, and is not returned.
      yield* call(sync, range)
      yield* upRead(mirrorsSem)
      return 0
    },
  )

  const invalidateRangeEnd = procedure(
    'hmm_invalidate_range_end',
    { at: `${FILE}:hmm_invalidate_range_end`, versions },
    function* (_range: Range) {
      yield* mutexLock(hmmLock)
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
      yield* mutexUnlock(hmmLock)
    },
  )

  /** The mm exits: the mirror leaves the list, and the driver on top drops what it maps. */
  const release = procedure('hmm_release', { at: `${FILE}:hmm_release`, versions }, function* () {
    yield* downWrite(mirrorsSem)
    yield* upWrite(mirrorsSem)
    yield* call(releaseDevice)
  })

  /** hmm_range_register: valid unless a section is open. */
  const rangeRegister = procedure(
    'hmm_range_register',
    { at: `${FILE}:hmm_range_register`, versions },
    function* (va: number) {
      yield* mutexLock(hmmLock)
      yield* atomically({
        assign: [
          [entryAt(listed, va), 1],
          [entryAt(valid, va), eq(notifiers, 0)],
        ],
        label: `range ${va} is listed, valid if no section is open`,
      })
      yield* mutexUnlock(hmmLock)
    },
  )

  function* unlist(va: number): Body<void> {
    yield* mutexLock(hmmLock)
    yield* store(entryAt(listed, va), 0)
    yield* mutexUnlock(hmmLock)
  }

  /** mmap_lock is held from the look-up to the end: it keeps munmap out, but no reclaim and no other reader. */
  const attempt: Procedure<[number], number> = procedure(
    'device_fault',
    { at: 'Documentation/vm/hmm.rst: the loop every user is told to write', versions },
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
    { at: `${FILE}:hmm_range_fault`, versions },
    function* (va: number) {
      yield* call(rangeRegister, va)
      const ret = yield* call(attempt, va)
      yield* unlist(va)
      return ret
    },
  )

  const register = procedure(
    'hmm_mirror_register',
    { at: `${FILE}:hmm_mirror_register`, versions },
    function* (_va: number) {
      yield* downWrite(mirrorsSem)
      yield* upWrite(mirrorsSem)
    },
  )

  const ranges = { register: rangeRegister, valid, unregister: unlist }
  const left = twin === 'leaves' ? leaving(host, releaseDevice, versions, 'at once') : undefined
  return {
    ops: { invalidateRangeStart, invalidateRangeEnd, release, ...left?.ops },
    mapping: (va) => expr(entryAt(device, va)),
    inFlight: [{ what: notifiers.name, value: ne(notifiers, 0) }],
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

const TITLE =
  'HMM mirror: a section counter marks ranges valid; refuses if a lock of its own is taken'

function hmm52With(name: string, twin?: Twin): Driver {
  return defineDriver({
    name,
    era: '5.2',
    kernel: { since: '5.1', until: '5.2' },
    title: twin ? `${TITLE}; ${TWINS[twin]}` : TITLE,
    source: `${FILE}, 5.1 and 5.2`,
    offers: offersOf(twin),
    pins: false,
    create: (host) => create(host, twin),
    variants: twin
      ? {}
      : {
          leaves: hmm52With(`${name}~leaves`, 'leaves'),
          amdgpu: hmm52With(`${name}~amdgpu`, 'amdgpu'),
          nouveau: hmm52With(`${name}~nouveau`, 'nouveau'),
        },
  })
}

export const hmmMirror52: Driver = hmm52With('hmm-mirror')
