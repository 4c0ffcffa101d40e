/**
 * "drm/i915/gem: Atomically invalidate userptr on mmu-notifier" (posted 2023-11-28, in mainline by 6.12): the notifier of userptr leaves its number
 * behind and goes on, whether the section may block or not. What MAYFAIL had asked of the core, done by the driver alone: the pages
 * stay pinned, so nothing that the GPU still uses is freed, and coherence is given up.
 *
 * It stands on the conversion to interval notifiers, which a kernel before 5.13 needs first.
 */
import { atLeast, definePatch, type Patch } from '@mmulab/core'

const noblock: Patch = definePatch({
  name: 'noblock',
  title: 'i915 userptr waiting for nothing in its notifier',
  source: '"drm/i915/gem: Atomically invalidate userptr on mmu-notifier" (2023-11)',
  example: 'mainline@6.6',
  eras: { 'i915-userptr': '6.12' },
  refuses: ({ facts, version, eras }) => {
    if (!facts.interval) return 'it has no interval notifiers (they came with 5.5)'
    if (atLeast(version, '6.9')) return 'its i915 waits for nothing already (6.9)'
    return !atLeast(version, '5.13') && eras['i915-userptr'] === undefined
      ? 'its i915 is not on interval notifiers yet: +interval first'
      : undefined
  },
  procedures: () => ({}),
})
export default noblock
