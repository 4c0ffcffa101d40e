/**
 * radeon's userptr objects up to 5.4 (drivers/gpu/drm/radeon/radeon_mn.c): a notifier on the list with a mutex of its own, start only. Where
 * the range may not be blocked it refuses if the mutex is taken or an object lies in it; otherwise it reserves each bound
 * object, waits for the GPU and unbinds it.
 *
 * When the mm exits, kernels to 5.3 leave the notifier to a worker and unbind nothing; 5.4 calls the start, as one that may not block, which refuses where there is an object. The
 * object keeps its references, so the release operation is left out.
 */
import {
  type Driver,
  type DriverHost,
  type DriverInstance,
  defineDriver,
  EAGAIN,
  type Range,
} from '@mmulab/core'
import {
  call,
  flag,
  load,
  mutex,
  mutexLock,
  mutexTrylock,
  mutexUnlock,
  procedure,
  store,
} from '@mmulab/model'
import { createBo, instanceOf } from './bo.ts'

const FILE = 'drivers/gpu/drm/radeon/radeon_mn.c'
const versions = '4.17..5.4'

function create(host: DriverHost, reserves: boolean): DriverInstance {
  const bo = createBo(host, { versions, reserves })
  const lock = mutex(`${host.label}.rmn.lock`)
  const registered = flag(`${host.label}.bo.registered`, host.warm ? 1 : 0)

  const invalidateRangeStart = procedure(
    'radeon_mn_invalidate_range_start',
    { at: `${FILE}:radeon_mn_invalidate_range_start`, versions },
    function* (range: Range) {
      if (range.blockable) yield* mutexLock(lock)
      else if (!(yield* mutexTrylock(lock))) return EAGAIN
      let ret = 0
      if (yield* load(registered))
        if (!range.blockable) ret = EAGAIN
        else if (yield* load(bo.bound)) yield* call(bo.evict)
      yield* mutexUnlock(lock)
      return ret
    },
  )

  const register = procedure(
    'radeon_mn_register',
    { at: `${FILE}:radeon_mn_register`, versions },
    function* (va: number) {
      yield* mutexLock(lock)
      yield* store(registered, 1)
      yield* mutexUnlock(lock)
      yield* call(bo.submit, va)
    },
  )

  return instanceOf(host, bo, {
    ops: { invalidateRangeStart },
    activities: {
      register: { task: 'radeon_userptr', run: register, perPage: false },
      // A device that starts cold gets its object first.
      pin: { task: 'radeon_cs', run: register, perPage: false },
    },
    watch: [registered, lock.owner],
  })
}

const TITLE =
  'radeon userptr: reserves and unbinds the object at the start; refuses what it may not wait for'

function radeonWith(name: string, reserves: boolean): Driver {
  return defineDriver({
    name,
    era: '4.19',
    kernel: { since: '4.6', until: '5.4' },
    title: reserves ? TITLE : `${TITLE}; a twin that waits for the commands and reserves nothing`,
    source: `${FILE}, 4.17 to 5.4`,
    offers: ['busy', 'pin', 'register'],
    pins: true,
    create: (host) => create(host, reserves),
    variants: reserves ? { waits: radeonWith(`${name}~waits`, false) } : {},
  })
}

export const radeon419: Driver = radeonWith('radeon', true)
