/**
 * The OOM reaper: a kernel thread that tries to free a victim's memory without ever blocking. It takes mmap_lock by
 * trylock, opens non-blockable sections VMA by VMA, and gives up after a bounded number of attempts.
 *
 * Left out: VMAs that it does not reap (shared mappings of files, hugetlb, special ones), since every VMA here is private; what it prints of
 * an mm that it could not reap, with all locks; the queue of victims.
 */
import {
  atomically,
  type Body,
  call,
  downRead,
  downReadTrylock,
  load,
  mark,
  mutexLock,
  mutexUnlock,
  type Procedure,
  procedure,
  store,
  upRead,
} from '@mmulab/model'
import type { Kernel } from './kernel.ts'
import { type RangeEvent, range } from './range.ts'
import { closeSection, openSection } from './section.ts'
import { signalPending } from './signals.ts'
import { mmgetNotZero, mmputProcedure } from './users.ts'
import { tlbFinish, zapPages, zapProcedure } from './zap.ts'

/** What scenarios ask whether it can happen. */
export const REAP_TRIED = 'the reaper tries a VMA'
/** Before 4.19; counts as having tried. */
export const REAP_SKIPPED = 'the reaper skips the mm'
export const REAP_REFUSED = 'the reaper is refused a VMA'
export const REAP_ZAPPED = 'the reaper unmaps a VMA'

/** What an attempt answers of an mm that it must not touch (4.14 to 4.18). */
export const LEFT_ALONE = 2

export interface ReapOptions {
  readonly event: RangeEvent
  /** The VMA with the highest address first. */
  readonly topDown: boolean
  /** A refused section is ended all the same: no mainline kernel. */
  readonly endsRefused?: boolean
}

/**
 * mm/oom_kill.c:__oom_reap_task_mm (4.19+): a refused VMA is skipped, without range_end for anybody, and makes the attempt a
 * failure; the others are reaped. Up to 6.12 sections are UNMAP and the VMAs come in ascending order.
 */
export function oomReapTaskMmProcedure(
  kernel: Kernel,
  { event, topDown, endsRefused = false }: ReapOptions = { event: 'UNMAP', topDown: false },
): Procedure<[], number> {
  const { mm } = kernel
  const zap = zapProcedure(mm, true)
  const vmas = topDown ? [...mm.vmas].reverse() : mm.vmas
  return procedure('__oom_reap_task_mm', 'mm/oom_kill.c:__oom_reap_task_mm', function* () {
    yield* store(mm.unstable, 1)
    let ok = 1
    for (const vma of vmas) {
      if (!(yield* load(vma.mapped))) continue
      const r = range(event, vma.pages, { blockable: false })
      yield* mark(REAP_TRIED)
      if (yield* openSection(kernel, r, { endsRefused })) {
        if (endsRefused) yield* closeSection(kernel, r)
        yield* mark(REAP_REFUSED)
        ok = 0
        continue
      }
      const pending = yield* zapPages(zap, vma.pages)
      yield* mark(REAP_ZAPPED)
      yield* closeSection(kernel, r)
      yield* tlbFinish(mm, pending)
    }
    return ok
  })
}

/**
 * mm/oom_kill.c:oom_reap_task_mm (to 4.18 __oom_reap_task_mm): one attempt; answers 1 if there is no need for another. An mm that is left
 * alone counts as done, after a sleep of a second that somebody else might use to free it. Whoever wants to decide on victims waits
 * that long as well, where the reaper has oom_lock. To 4.13 it keeps the victim from exiting while it reaps.
 */
function attemptProcedure(kernel: Kernel): Procedure<[], number> {
  const { mm, facts } = kernel
  // What it holds is given back by a worker (mmput_async()): here by the reaper itself, once it holds nothing else.
  const counts = mm.users !== undefined && facts.exitMmap === 'counted'
  const mmput = mmputProcedure(kernel)
  interface Attempt {
    readonly done: number
    readonly holdsMm: boolean
  }
  const over = (done: number): Attempt => ({ done, holdsMm: false })
  function* attempt(): Body<Attempt> {
    if (!(yield* downReadTrylock(mm.mmapLock))) return over(0)
    if ((yield* load(mm.oomSkip)) || (counts && !(yield* mmgetNotZero(mm)))) {
      yield* upRead(mm.mmapLock)
      return over(1)
    }
    const ok = yield* call(kernel.procs.oomReapTaskMm)
    yield* upRead(mm.mmapLock)
    if (ok !== LEFT_ALONE) return { done: ok, holdsMm: counts }
    yield* atomically({ label: 'schedule_timeout_idle(HZ)', mightSleep: 'schedule_timeout_idle()' })
    return over(1)
  }
  return procedure('oom_reap_task_mm', 'mm/oom_kill.c:oom_reap_task_mm', function* () {
    if (facts.reaperTakesOomLock) yield* mutexLock(mm.oomLock)
    const { done, holdsMm } = yield* attempt()
    if (facts.reaperTakesOomLock) yield* mutexUnlock(mm.oomLock)
    if (holdsMm) yield* call(mmput)
    return done
  })
}

/** mm/oom_kill.c:oom_reap_task. The sleep between attempts has no length here: it may end at any moment. */
export function oomReapTaskProcedure(kernel: Kernel): Procedure<[], void> {
  const attempt = attemptProcedure(kernel)
  return procedure('oom_reap_task', 'mm/oom_kill.c:oom_reap_task', function* () {
    yield* retry(attempt, kernel.reapAttempts)
    yield* store(kernel.mm.oomSkip, 1)
  })
}

/**
 * mm/oom_kill.c:process_mrelease (5.15+): user space has a dying process reaped, and may ask again when it hears -EAGAIN. It waits for
 * mmap_lock, which the OOM reaper does not; its sections may not block either.
 */
export function processMreleaseProcedure(kernel: Kernel): Procedure<[], void> {
  const { mm, procs } = kernel
  const once = procedure(
    'process_mrelease',
    { at: 'mm/oom_kill.c:process_mrelease', versions: '5.15..7.3' },
    function* () {
      // mmap_read_lock_killable(): -EINTR, and who is killed does not ask again.
      if (yield* signalPending(mm, 'process_mrelease()')) return 1
      yield* downRead(mm.mmapLock)
      const done = (yield* load(mm.oomSkip)) || (yield* call(procs.oomReapTaskMm))
      yield* upRead(mm.mmapLock)
      return done
    },
  )
  return procedure('reap the process', 'user space', function* () {
    yield* retry(once, kernel.reapAttempts)
  })
}

function* retry(attempt: Procedure<[], number>, attempts: number): Body<void> {
  for (let i = 0; i < attempts; i++) if (yield* call(attempt)) return
}
