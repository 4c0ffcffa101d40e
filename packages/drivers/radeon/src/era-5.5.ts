/**
 * radeon's userptr objects from 5.5 on (drivers/gpu/drm/radeon/radeon_mn.c): an interval notifier per object, with no number and no lock but the
 * reservation. An object that is not bound is nobody's business, whatever the range; a bound one is refused where nothing may
 * be waited for.
 */
import {
  type Driver,
  type DriverHost,
  type DriverInstance,
  defineDriver,
  type Range,
} from '@mmulab/core'
import { call, load, procedure } from '@mmulab/model'
import { createBo, instanceOf } from './bo.ts'

const FILE = 'drivers/gpu/drm/radeon/radeon_mn.c'
const versions = '5.5..7.3'

function create(host: DriverHost): DriverInstance {
  const bo = createBo(host, { versions, reserves: true })

  const invalidate = procedure(
    'radeon_mn_invalidate',
    { at: `${FILE}:radeon_mn_invalidate`, versions },
    function* (range: Range, _seq: number) {
      if (!(yield* load(bo.bound))) return 1
      if (!range.blockable) return 0
      yield* call(bo.evict)
      return 1
    },
  )

  const register = procedure(
    'radeon_mn_register',
    { at: `${FILE}:radeon_mn_register`, versions },
    function* (va: number) {
      yield* host.interval.insert()
      yield* call(bo.submit, va)
    },
  )

  const unregister = procedure(
    'radeon_mn_unregister',
    { at: `${FILE}:radeon_mn_unregister`, versions },
    function* (_va: number) {
      yield* call(bo.evict)
      yield* host.interval.remove()
    },
  )

  return instanceOf(host, bo, {
    ops: { intervalSub: { pages: host.virtualPages, invalidate, insertedByDriver: true } },
    activities: {
      register: { task: 'radeon_userptr', run: register, perPage: false },
      // A device that starts cold gets its object first.
      pin: { task: 'radeon_cs', run: register, perPage: false },
      unregister: { task: 'radeon_free', run: unregister, perPage: false },
    },
  })
}

export const radeon55: Driver = defineDriver({
  name: 'radeon',
  era: '5.5',
  kernel: { since: '5.5', until: '7.3' },
  title:
    'radeon userptr: an interval notifier that reserves and unbinds the object; refuses a bound one',
  source: `${FILE}, 5.5 to 7.3`,
  offers: ['busy', 'pin', 'register', 'unregister'],
  pins: true,
  interval: true,
  create,
})
