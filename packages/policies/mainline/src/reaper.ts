/**
 * What the OOM reaper did before callbacks could refuse. Its order of checks (notifiers, then MMF_OOM_SKIP) is turned round here,
 * which nobody can tell apart. MMF_UNSTABLE is set in all of these versions, although it came with 4.9.
 */
import {
  closeSection,
  isListed,
  type Kernel,
  LEFT_ALONE,
  oomReapTaskMmProcedure,
  openSection,
  REAP_SKIPPED,
  REAP_TRIED,
  REAP_ZAPPED,
  range,
  type Subscription,
  tlbFinish,
  zapPages,
  zapProcedure,
} from '@mmulab/core'
import {
  type Body,
  load,
  mark,
  nonBlockEnd,
  nonBlockStart,
  type Procedure,
  procedure,
  store,
} from '@mmulab/model'

const AT = 'mm/oom_kill.c:__oom_reap_task_mm'
const NAME = '__oom_reap_task_mm'

export type Reaping = 'silent' | 'skip-notified' | 'skip-blockable' | 'sections' | 'top-down'

export function reaperOf(kernel: Kernel, reaping: Reaping): Procedure<[], number> {
  switch (reaping) {
    case 'silent':
      return silentReaper(kernel)
    case 'skip-notified':
      return skippingReaper(kernel, '4.14..4.15', () => true)
    case 'skip-blockable':
      return skippingReaper(kernel, '4.16..4.18', mayBlock)
    case 'sections':
      return oomReapTaskMmProcedure(kernel)
    case 'top-down':
      return oomReapTaskMmProcedure(kernel, { event: 'CLEAR', topDown: true })
  }
}

/** mm_has_blockable_invalidate_notifiers() of one notifier (5ff7091f5a2c). */
const mayBlock = ({ ops }: Subscription): boolean =>
  !ops.doesNotBlock &&
  [ops.invalidateRangeStart, ops.invalidateRangeEnd, ops.invalidateRange].some(Boolean)

/** 4.6 to 4.13 (aac453635549): page-table entries go, and no notifier hears of it. */
function silentReaper({ mm }: Kernel): Procedure<[], number> {
  const zap = zapProcedure(mm, true)
  return procedure(NAME, { at: AT, versions: '4.6..4.13' }, function* () {
    yield* store(mm.unstable, 1)
    for (const vma of mm.vmas) {
      if (!(yield* load(vma.mapped))) continue
      yield* mark(REAP_TRIED)
      const pending = yield* zapPages(zap, vma.pages)
      yield* mark(REAP_ZAPPED)
      yield* tlbFinish(mm, pending)
    }
    return 1
  })
}

/**
 * 4.14 to 4.18 (4d4bbd8526a8): an mm with a notifier that counts is left alone, without MMF_UNSTABLE, which is called a success
 * after a sleep of a second. Other notifiers are told, and must keep the promise of their flag.
 */
function skippingReaper(
  kernel: Kernel,
  versions: string,
  counts: (sub: Subscription) => boolean,
): Procedure<[], number> {
  const { mm } = kernel
  const zap = zapProcedure(mm, true)
  function* mustSkip(): Body<boolean> {
    for (const sub of kernel.subscriptions) if (counts(sub) && (yield* isListed(sub))) return true
    return false
  }
  return procedure(NAME, { at: AT, versions }, function* () {
    yield* mark(REAP_TRIED)
    if (yield* mustSkip()) {
      yield* mark(REAP_SKIPPED)
      return LEFT_ALONE
    }
    yield* store(mm.unstable, 1)
    for (const vma of mm.vmas) {
      if (!(yield* load(vma.mapped))) continue
      const r = range('UNMAP', vma.pages, { blockable: true })
      yield* nonBlockStart()
      yield* openSection(kernel, r)
      yield* nonBlockEnd()
      const pending = yield* zapPages(zap, vma.pages)
      yield* mark(REAP_ZAPPED)
      yield* nonBlockStart()
      yield* closeSection(kernel, r)
      yield* nonBlockEnd()
      yield* tlbFinish(mm, pending)
    }
    return 1
  })
}
