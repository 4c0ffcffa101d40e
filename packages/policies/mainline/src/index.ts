/**
 * The notifier core of mainline kernels, by behaviour: what it does with the list of notifiers and the tree of intervals, and how
 * the OOM reaper gets at both. `mainline.at('5.8')` resolves to the behaviour that 5.8 had, which is 5.5's.
 */
import {
  atLeast,
  callEndProcedure,
  callIntervalProcedure,
  callStartProcedure,
  changePteProcedure,
  definePolicy,
  definePolicyFamily,
  freeingTasks,
  getProcedure,
  hlistEndWalk,
  invalidatePageProcedure,
  type Kernel,
  type KernelFacts,
  mnItreeInvalidateProcedure,
  NOTIFIER_MAP,
  type NotifierProcedures,
  type Policy,
  type PolicyFamily,
  putProcedure,
  type Range,
  rangeEnd,
  rangeStartProcedure,
  releaseProcedure,
  synchronizeProcedure,
  tryToUnmapOneProcedure,
  unregisterNoReleaseProcedure,
  unregisterProcedure,
} from '@mmulab/core'
import {
  type Body,
  call,
  lockMapAcquire,
  lockMapRelease,
  mightSleep,
  procedure,
} from '@mmulab/model'
import { hlistContinue } from './continue.ts'
import { hlistContinueAndWarn } from './continue-and-warn.ts'
import { reaperOf } from './reaper.ts'
import { twoPassCallInterval } from './two-pass.ts'
import { hlistUnwind } from './unwind.ts'
import { type Behaviour, listSince, resolveVersion, VERSIONS } from './versions.ts'
import { hlistVoid } from './void.ts'

const WALKS = {
  void: hlistVoid,
  continue: hlistContinue,
  'continue-and-warn': hlistContinueAndWarn,
  unwind: hlistUnwind,
} as const

function procedures(kernel: Kernel, { walk, reaping, since }: Behaviour): NotifierProcedures {
  return {
    ...wrappers(kernel),
    invalidatePage: invalidatePageProcedure(kernel),
    changePte: changePteProcedure(kernel),
    callStart: callStartProcedure(),
    callEnd: callEndProcedure(),
    rangeStart: rangeStartProcedure(kernel),
    itreeInvalidate: mnItreeInvalidateProcedure(kernel),
    callInterval: atLeast(since, '7.2') ? twoPassCallInterval() : callIntervalProcedure(),
    hlistInvalidateRangeStart: WALKS[walk](kernel),
    hlistInvalidateRangeEnd: procedure(
      'mn_hlist_invalidate_end',
      'mm/mmu_notifier.c:__mmu_notifier_invalidate_range_end',
      (range: Range) => hlistEndWalk(kernel, range),
    ),
    unregister: unregisterProcedure(kernel),
    unregisterNoRelease: unregisterNoReleaseProcedure(kernel),
    get: getProcedure(kernel),
    put: putProcedure(kernel),
    synchronize: synchronizeProcedure(kernel),
    release: releaseProcedure(kernel),
    oomReapTaskMm: reaperOf(kernel, reaping),
    tryToUnmapOne: tryToUnmapOneProcedure(kernel),
    workers: () => freeingTasks(kernel),
  }
}

/** include/linux/mmu_notifier.h: what the mm calls. From 5.4 on each goes through the lockdep map of sections. */
function wrappers(
  kernel: Kernel,
): Pick<
  NotifierProcedures,
  'invalidateRangeStart' | 'invalidateRangeStartNonblock' | 'invalidateRangeEnd'
> {
  const { notifierMap } = kernel.facts
  const debug = notifierMap !== 'none'
  const touches = notifierMap === 'primed' || notifierMap === 'fs_reclaim'
  function* mapped<R>(body: Body<R>): Body<R> {
    if (touches) yield* lockMapAcquire(NOTIFIER_MAP)
    const ret = yield* body
    if (touches) yield* lockMapRelease(NOTIFIER_MAP)
    return ret
  }
  return {
    invalidateRangeStart: procedure(
      'mmu_notifier_invalidate_range_start',
      'include/linux/mmu_notifier.h:mmu_notifier_invalidate_range_start',
      function* (range: Range) {
        if (debug) yield* mightSleep('mmu_notifier_invalidate_range_start()')
        yield* mapped(call(kernel.procs.rangeStart, range))
      },
    ),
    invalidateRangeStartNonblock: procedure(
      'mmu_notifier_invalidate_range_start_nonblock',
      'include/linux/mmu_notifier.h:mmu_notifier_invalidate_range_start_nonblock',
      (range: Range) => mapped(call(kernel.procs.rangeStart, range)),
    ),
    invalidateRangeEnd: procedure(
      'mmu_notifier_invalidate_range_end',
      'include/linux/mmu_notifier.h:mmu_notifier_invalidate_range_end',
      function* (range: Range) {
        if (debug && range.blockable) yield* mightSleep('mmu_notifier_invalidate_range_end()')
        yield* mapped(rangeEnd(kernel, range))
      },
    ),
  }
}

/** @throws LabError UNKNOWN_VERSION */
function at(version: string): Policy {
  const behaviour = resolveVersion(version)
  const primes = atLeast(version, '5.4') ? 'primed' : 'none'
  return definePolicy({
    name: `mainline@${version}`,
    resolved: `mainline@${behaviour.since}`,
    version,
    title: titleOf(behaviour),
    facts: {
      munmapDowngrades: atLeast(version, '4.20'),
      invalidatePage: invalidatePage(version),
      changePte: !atLeast(version, '6.10'),
      vmaLocks: atLeast(version, '6.4'),
      tryToMigrate: atLeast(version, '5.14'),
      collapsesFiles: atLeast(version, '5.4'),
      collapseNotifies: atLeast(version, '6.1'),
      reclaimSkipsPinned: atLeast(version, '5.11'),
      kswapdInFsReclaim: !atLeast(version, '4.14') || atLeast(version, '4.18'),
      rangeFlags: atLeast(version, '5.2'),
      reaperTakesOomLock: atLeast(version, '4.7') && !atLeast(version, '4.19'),
      exitMmap: exitMmap(version),
      processMrelease: atLeast(version, '5.15'),
      countedNotifiers: atLeast(version, '5.4'),
      oomDetaches: false,
      interval: atLeast(version, '5.5'),
      unmapMayFail: false,
      notifierMap: atLeast(version, '5.11') ? 'fs_reclaim' : primes,
      secondaryTlbs: atLeast(version, '6.6') ? 'arch-flush' : 'range-end',
      preemptRt: 'off',
      hlistWalk: behaviour.walk,
    },
    notCovered: notCovered(version),
    procedures: (kernel) => procedures(kernel, behaviour),
  })
}

function exitMmap(version: string): KernelFacts['exitMmap'] {
  if (atLeast(version, '6.0')) return 'reads'
  if (atLeast(version, '5.17')) return 'reaps-locked'
  if (atLeast(version, '4.17')) return 'reaps'
  return atLeast(version, '4.14') ? 'skips' : 'counted'
}

function invalidatePage(version: string): KernelFacts['invalidatePage'] {
  if (atLeast(version, '4.13')) return 'gone'
  return atLeast(version, '4.11') ? 'under-ptl' : 'unlocked'
}

/** A behaviour that left the list walk alone says whose it is. */
const titleOf = (b: Behaviour): string =>
  listSince(b) === b.since ? b.title : `${b.title} [list walk of ${listSince(b)}]`

function notCovered(version: string): string[] {
  if (atLeast(version, '6.13') && !atLeast(version, '7.2'))
    return ['sources between 6.12 and 7.2 were not read: what 7.2 changed may have come before it']
  return []
}

export const mainline: PolicyFamily = definePolicyFamily({
  name: 'mainline',
  title: 'the notifier core of mainline Linux',
  versions: VERSIONS,
  at,
})
export default mainline
