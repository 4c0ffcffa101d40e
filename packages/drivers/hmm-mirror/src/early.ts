/**
 * What 4.19 and 4.20 have in common: no counter of sections. A user of the mirror lists its range as valid, looks the pages up, takes its own
 * lock, takes the range off the list, and starts over if a callback has marked it in between.
 */
import { type DriverHost, EFAULT, entryAt, overlap, type Range } from '@mmulab/core'
import {
  array,
  atomically,
  call,
  downWrite,
  flag,
  jump,
  mutexLock,
  mutexUnlock,
  type Procedure,
  procedure,
  type Rwsem,
  rwsem,
  spinLock,
  spinlock,
  spinUnlock,
  store,
  upWrite,
  type Variable,
  when,
} from '@mmulab/model'
import { createDevice, type Device } from './device.ts'

const FILE = 'mm/hmm.c'

export interface EarlyMirror {
  readonly device: Device
  readonly mirrorsSem: Rwsem
  readonly valid: readonly Variable[]
  /** The first half of hmm_invalidate_range(): listed ranges that overlap are not valid any more. */
  readonly markRanges: Procedure<[Range], void>
  readonly fault: Procedure<[number], number>
  readonly release: Procedure<[], void>
  readonly register: Procedure<[number], void>
}

export function createEarlyMirror(host: DriverHost, versions: string): EarlyMirror {
  const name = (field: string): string => `${host.label}.${field}`
  const pages = host.virtualPages
  const device = createDevice(host, versions)
  const hmmLock = spinlock(name('lock'))
  const mirrorsSem = rwsem(name('mirrors_sem'))
  const valid = array(name('range.valid'), pages.length, { max: 1 })
  const listed = pages.map((va) => flag(`${name('range.listed')}[${va}]`))

  const markRanges = procedure(
    'hmm_invalidate_range',
    { at: `${FILE}:hmm_invalidate_range`, versions },
    function* (range: Range) {
      yield* spinLock(hmmLock)
      yield* atomically({
        assign: overlap(range, pages).map((va) => [
          entryAt(valid, va),
          when(entryAt(listed, va), 0, entryAt(valid, va)),
        ]),
        label: 'ranges that overlap are not valid any more',
      })
      yield* spinUnlock(hmmLock)
    },
  )

  const fault: Procedure<[number], number> = procedure(
    'hmm_vma_fault',
    { at: `${FILE}:hmm_vma_fault, and the loop of Documentation/vm/hmm.rst around it`, versions },
    function* (va) {
      yield* host.mmapReadLock()
      yield* spinLock(hmmLock)
      yield* atomically({
        assign: [
          [entryAt(listed, va), 1],
          [entryAt(valid, va), 1],
        ],
        label: `range ${va} is listed, and valid`,
      })
      yield* spinUnlock(hmmLock)
      const page = yield* host.lookUpPage(va)
      yield* mutexLock(device.lock)
      // hmm_vma_range_done()
      yield* spinLock(hmmLock)
      const good = yield* atomically({
        assign: [
          [entryAt(listed, va), 0],
          [entryAt(valid, va), 0],
        ],
        answer: entryAt(valid, va),
        label: `range ${va} is off the list: is it still valid?`,
      })
      yield* spinUnlock(hmmLock)
      if (page && good) yield* store(entryAt(device.ptes, va), page)
      yield* mutexUnlock(device.lock)
      yield* host.mmapReadUnlock()
      if (!page) return EFAULT
      return good ? 0 : yield* jump(fault, va)
    },
  )

  /** The mm exits: the mirror leaves the list, and the driver on top drops what it maps. */
  const release = procedure('hmm_release', { at: `${FILE}:hmm_release`, versions }, function* () {
    yield* downWrite(mirrorsSem)
    yield* upWrite(mirrorsSem)
    yield* call(device.release)
  })

  const register = procedure(
    'hmm_mirror_register',
    { at: `${FILE}:hmm_mirror_register`, versions },
    function* (_va: number) {
      yield* downWrite(mirrorsSem)
      yield* upWrite(mirrorsSem)
    },
  )

  return { device, mirrorsSem, valid, markRanges, fault, release, register }
}
