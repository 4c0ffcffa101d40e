/**
 * i915 userptr from 5.13 to 6.8 (ed29c2691188): an interval notifier whose section waits for the GPU. No lock is held while pages are pinned, so
 * an allocation that reclaims one of them finds nothing that it would have to wait for itself.
 */
import { type Driver, defineDriver } from '@mmulab/core'
import { createIntervalObject } from './interval.ts'
import { createIntervalObjects } from './objects.ts'

const TITLE =
  'i915 userptr: an interval notifier that waits for the GPU; refuses whatever it may not wait for'

const TWINS = {
  unpinned: 'a twin that does not pin its pages',
  objects: 'a twin with an object for each page',
} as const

function i915With(name: string, twin?: keyof typeof TWINS): Driver {
  const pin = twin !== 'unpinned'
  const build = twin === 'objects' ? createIntervalObjects : createIntervalObject
  return defineDriver({
    name,
    era: '5.13',
    kernel: { since: '5.13', until: '6.8' },
    title: twin ? `${TITLE}; ${TWINS[twin]}` : TITLE,
    source: 'drivers/gpu/drm/i915/gem/i915_gem_userptr.c, 5.13 to 6.1',
    offers: ['busy', 'pin', 'unregister'],
    pins: pin,
    interval: true,
    create: (host) => build(host, { versions: '5.13..6.8', waits: true, pin }),
    variants: twin
      ? {}
      : {
          unpinned: i915With(`${name}~unpinned`, 'unpinned'),
          objects: i915With(`${name}~objects`, 'objects'),
        },
  })
}

export const i915Userptr513: Driver = i915With('i915-userptr')
