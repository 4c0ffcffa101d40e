/**
 * The answer that the MAYFAIL thread of 2020 gave i915: convert userptr to an interval notifier, whose locking needs no lock across the pinning
 * of pages. Merged in 5.13 (ed29c2691188). Here the conversion can be put on the kernels before it; the core needs nothing but
 * what 5.5 brought.
 */
import { atLeast, definePatch, type Patch } from '@mmulab/core'

const interval: Patch = definePatch({
  name: 'interval',
  title: 'i915 userptr on an interval notifier',
  source:
    'ed29c2691188 (2021-03), asked for in the replies to 20200624080248.3701-1-chris@chris-wilson.co.uk',
  example: 'mainline@5.8',
  eras: { 'i915-userptr': '5.13' },
  refuses: ({ facts, version }) => {
    if (!facts.interval) return 'it has no interval notifiers (they came with 5.5)'
    return atLeast(version, '5.13') ? 'its i915 is converted already (5.13)' : undefined
  },
  procedures: () => ({}),
})
export default interval
