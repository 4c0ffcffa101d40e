/**
 * i915 userptr as in 6.12 ("Atomically invalidate userptr on mmu-notifier"): a section leaves its number behind and goes on, whether it may block or
 * not. Nothing is refused and nobody waits; a request that runs is let finish on pages that the process may have lost, and that
 * their pins keep from being freed. The number is written and looked at without a lock.
 *
 * Which release it came with was not looked up: 6.1 does not have it, 6.12 does, and it was pushed in time for 6.9.
 */
import { type Driver, defineDriver } from '@mmulab/core'
import { createIntervalObject } from './interval.ts'
import { createIntervalObjects } from './objects.ts'

const TITLE =
  'i915 userptr: an interval notifier that waits for nothing and never refuses; pins its pages'

const TWINS = {
  unpinned: 'a twin that does not pin its pages',
  objects: 'a twin with an object for each page',
} as const

function i915With(name: string, twin?: keyof typeof TWINS): Driver {
  const pin = twin !== 'unpinned'
  const build = twin === 'objects' ? createIntervalObjects : createIntervalObject
  return defineDriver({
    name,
    era: '6.12',
    kernel: { since: '6.9', until: '7.3' },
    title: twin ? `${TITLE}; ${TWINS[twin]}` : TITLE,
    source: 'drivers/gpu/drm/i915/gem/i915_gem_userptr.c, 6.12 to 7.3',
    offers: ['busy', 'pin', 'unregister'],
    pins: pin,
    interval: true,
    create: (host) => build(host, { versions: '6.9..7.3', waits: false, pin }),
    variants: twin
      ? {}
      : {
          unpinned: i915With(`${name}~unpinned`, 'unpinned'),
          objects: i915With(`${name}~objects`, 'objects'),
        },
  })
}

export const i915Userptr612: Driver = i915With('i915-userptr')
