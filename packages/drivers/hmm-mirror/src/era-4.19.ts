/**
 * The HMM mirror as in 4.14 to 4.19 (mm/hmm.c): a start only counts a sequence number up, and the device is invalidated by the end operation. By
 * then the page-table entries are gone, and a flush of the mmu_gather may have freed the pages: the device uses them meanwhile
 * (ec131b2d7fa6 moved the work to the start).
 *
 * Nobody reads the sequence number, so it is left out. One range per virtual page; left out as well: kref of struct hmm.
 */
import {
  type Driver,
  type DriverHost,
  type DriverInstance,
  defineDriver,
  entryAt,
  type Range,
} from '@mmulab/core'
import { call, downRead, expr, procedure, upRead } from '@mmulab/model'
import { createEarlyMirror } from './early.ts'

const FILE = 'mm/hmm.c'
const versions = '4.14..4.19'

function create(host: DriverHost): DriverInstance {
  const mirror = createEarlyMirror(host, versions)
  const { device, mirrorsSem, valid, markRanges, fault, release, register } = mirror

  const invalidateRangeStart = procedure(
    'hmm_invalidate_range_start',
    { at: `${FILE}:hmm_invalidate_range_start`, versions },
    // biome-ignore lint/correctness/useYield: hmm->sequence goes up, and nobody reads it
    function* (_range: Range) {
      return 0
    },
  )

  const invalidateRangeEnd = procedure(
    'hmm_invalidate_range_end',
    { at: `${FILE}:hmm_invalidate_range_end`, versions },
    function* (range: Range) {
      yield* call(markRanges, range)
      yield* downRead(mirrorsSem)
      // The device is told nothing of what may not block: the callback learned of that in 4.20.
      yield* call(device.sync, { ...range, blockable: true })
      yield* upRead(mirrorsSem)
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

export const hmmMirror419: Driver = defineDriver({
  name: 'hmm-mirror',
  era: '4.19',
  kernel: { since: '4.14', until: '4.19' },
  title: 'HMM mirror: the end of a section invalidates the device; never refuses',
  source: `${FILE}, 4.14 to 4.19`,
  offers: ['fault', 'busy', 'register'],
  pins: false,
  create,
})
