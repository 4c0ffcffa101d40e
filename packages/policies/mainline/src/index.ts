/**
 * The notifier core of mainline kernels, by behaviour: what a list walk does when a callback refuses. `mainline.at('5.8')`
 * resolves to the behaviour that 5.8 had, which is 5.4's.
 */
import {
  callEndProcedure,
  callStartProcedure,
  definePolicy,
  definePolicyFamily,
  hlistEndWalk,
  type Kernel,
  type KernelFacts,
  mnItreeInvalidateProcedure,
  type NotifierProcedures,
  oomReapTaskMmProcedure,
  type Policy,
  type PolicyFamily,
  type Range,
  rangeEnd,
  rangeStartProcedure,
  tryToUnmapOneProcedure,
} from '@mmulab/core'
import { call, mightSleep, procedure } from '@mmulab/model'
import { hlistContinue } from './continue.ts'
import { hlistContinueAndWarn } from './continue-and-warn.ts'
import { hlistUnwind } from './unwind.ts'
import { atLeast, resolveVersion, VERSIONS } from './versions.ts'

const WALKS = {
  continue: hlistContinue,
  'continue-and-warn': hlistContinueAndWarn,
  unwind: hlistUnwind,
} as const

function procedures(kernel: Kernel, walk: KernelFacts['hlistWalk']): NotifierProcedures {
  const debug = walk !== 'continue'
  return {
    callStart: callStartProcedure(),
    callEnd: callEndProcedure(),
    rangeStart: rangeStartProcedure(kernel),
    itreeInvalidate: mnItreeInvalidateProcedure(kernel),
    hlistInvalidateRangeStart: WALKS[walk](kernel),
    hlistInvalidateRangeEnd: procedure(
      'mn_hlist_invalidate_end',
      'mm/mmu_notifier.c:__mmu_notifier_invalidate_range_end',
      (range: Range) => hlistEndWalk(kernel, range),
    ),
    invalidateRangeStart: procedure(
      'mmu_notifier_invalidate_range_start',
      'include/linux/mmu_notifier.h:mmu_notifier_invalidate_range_start',
      function* (range: Range) {
        if (debug) yield* mightSleep('mmu_notifier_invalidate_range_start()')
        yield* call(kernel.procs.rangeStart, range)
      },
    ),
    invalidateRangeStartNonblock: procedure(
      'mmu_notifier_invalidate_range_start_nonblock',
      'include/linux/mmu_notifier.h:mmu_notifier_invalidate_range_start_nonblock',
      function* (range: Range) {
        return yield* call(kernel.procs.rangeStart, range)
      },
    ),
    invalidateRangeEnd: procedure(
      'mmu_notifier_invalidate_range_end',
      'include/linux/mmu_notifier.h:mmu_notifier_invalidate_range_end',
      (range: Range) => rangeEnd(kernel, range),
    ),
    oomReapTaskMm: oomReapTaskMmProcedure(kernel),
    tryToUnmapOne: tryToUnmapOneProcedure(kernel),
  }
}

/** @throws LabError UNKNOWN_VERSION */
function at(version: string): Policy {
  const behaviour = resolveVersion(version)
  return definePolicy({
    name: `mainline@${version}`,
    resolved: `mainline@${behaviour.since}`,
    version,
    title: behaviour.title,
    facts: {
      munmapDowngrades: atLeast(version, '4.20'),
      reclaimSkipsPinned: atLeast(version, '5.11'),
      rangeFlags: atLeast(version, '5.2'),
      interval: atLeast(version, '5.5'),
      unmapMayFail: false,
      hlistWalk: behaviour.walk,
    },
    procedures: (kernel) => procedures(kernel, behaviour.walk),
  })
}

export const mainline: PolicyFamily = definePolicyFamily({
  name: 'mainline',
  title: 'the notifier core of mainline Linux',
  versions: VERSIONS,
  at,
})
export default mainline
