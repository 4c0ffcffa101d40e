/**
 * The HMM mirror as in 4.20 and 5.0 (ec131b2d7fa6): the device is invalidated by the start, the end operation only marks ranges once
 * more. Nothing keeps a user out while a section is open: one that lists its range after the start, and is done before the end, installs
 * what the section is about to take away, and nobody tells the device again.
 *
 * The start takes mirrors_sem whether the range may be blocked or not. One range per virtual page; left out: kref of
 * struct hmm.
 */
import {
  type Driver,
  type DriverHost,
  type DriverInstance,
  defineDriver,
  EAGAIN,
  entryAt,
  type Range,
} from '@mmulab/core'
import { call, downRead, expr, procedure, upRead } from '@mmulab/model'
import { createEarlyMirror } from './early.ts'

const FILE = 'mm/hmm.c'
const versions = '4.20..5.0'

function create(host: DriverHost): DriverInstance {
  const mirror = createEarlyMirror(host, versions)
  const { device, mirrorsSem, valid, markRanges, fault, release, register } = mirror

  const invalidateRangeStart = procedure(
    'hmm_invalidate_range_start',
    { at: `${FILE}:hmm_invalidate_range_start`, versions },
    function* (range: Range) {
      yield* call(markRanges, range)
      yield* downRead(mirrorsSem)
      const ret = yield* call(device.sync, range)
      yield* upRead(mirrorsSem)
      return ret && !range.blockable ? EAGAIN : 0
    },
  )

  const invalidateRangeEnd = procedure(
    'hmm_invalidate_range_end',
    { at: `${FILE}:hmm_invalidate_range_end`, versions },
    function* (range: Range) {
      yield* call(markRanges, range)
    },
  )

  return {
    ops: { invalidateRangeStart, invalidateRangeEnd, release },
    mapping: (va) => expr(entryAt(device.ptes, va)),
    inFlight: [],
    activities: {
      fault: { task: 'hmm_fault', run: fault, perPage: true },
      ...(device.busy && { busy: { task: 'hmm_busy', run: device.busy, perPage: false } }),
      register: { task: 'hmm_register', run: register, perPage: false },
    },
    watch: [...valid, device.lock.owner, ...device.ptes],
  }
}

export const hmmMirror420: Driver = defineDriver({
  name: 'hmm-mirror',
  era: '4.20',
  kernel: { since: '4.20', until: '5.0' },
  title: 'HMM mirror: the start invalidates the device; refuses if its lock is taken',
  source: `${FILE}, 4.20 and 5.0`,
  offers: ['fault', 'busy', 'register'],
  pins: false,
  create,
})
