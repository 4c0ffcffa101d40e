/**
 * exit_mmap(), by whoever was the last to use the mm: notifiers are released, then everything is unmapped in one section that only intervals
 * hear of, since the list is empty. Reverse mapping still finds the pages until their locks have been taken for write
 * (free_pgtables()); somebody may be reaping all the while, which each kernel has its own way with (ExitMmap).
 *
 * Left out: munlock (to 5.17), and that to 5.16 process_mrelease() could still find VMAs that had been freed.
 */
import {
  type Body,
  call,
  downRead,
  downWrite,
  exitBegin,
  exitEnd,
  mutexLock,
  mutexUnlock,
  type Procedure,
  procedure,
  store,
  upRead,
  upWrite,
} from '@mmulab/model'
import type { Kernel } from './kernel.ts'
import { range } from './range.ts'
import { closeSection, openSection } from './section.ts'
import { type Gathered, tlbFinish, zapPages, zapProcedure } from './zap.ts'

function emptied(kernel: Kernel): Kernel {
  if (!kernel.emptied) throw new Error('this mm does not exit')
  return kernel.emptied
}

/** mm/mmap.c:exit_mmap. */
export function exitMmapProcedure(kernel: Kernel): Procedure<[], void> {
  const { mm, procs, facts } = kernel
  const how = facts.exitMmap
  const zap = zapProcedure(mm, false)
  const freePgtables = freePgtablesProcedure(kernel)

  /** mm/oom_kill.c:__oom_reap_task_mm; nobody holds mmap_lock any more, and intervals are all that is left to refuse. */
  function* reapItself(): Body<void> {
    if (facts.reaperTakesOomLock) yield* mutexLock(mm.oomLock)
    yield* call(emptied(kernel).procs.oomReapTaskMm)
    if (facts.reaperTakesOomLock) yield* mutexUnlock(mm.oomLock)
    yield* store(mm.oomSkip, 1)
  }

  /** After MMF_OOM_SKIP: who reaps has looked at it before, and leaves. */
  function* waitForReaper(): Body<void> {
    yield* downWrite(mm.mmapLock)
    yield* upWrite(mm.mmapLock)
  }

  /** mm/memory.c:unmap_vmas. */
  function* unmapVmas(): Body<Gathered[]> {
    const r = range('UNMAP', mm.virtualPages, { blockable: true })
    yield* openSection(emptied(kernel), r)
    const pending = yield* zapPages(zap, mm.virtualPages)
    yield* closeSection(emptied(kernel), r)
    return pending
  }

  return procedure('exit_mmap', 'mm/mmap.c:exit_mmap', function* () {
    yield* exitBegin()
    yield* store(mm.exited, 1)
    yield* call(procs.release)
    if (mm.victim && (how === 'reaps' || how === 'reaps-locked')) yield* reapItself()
    if (mm.victim && how === 'reaps') yield* waitForReaper()
    if (how === 'reaps-locked') yield* downWrite(mm.mmapLock)
    if (how === 'reads') yield* downRead(mm.mmapLock)
    const pending = yield* unmapVmas()
    if (how === 'reads') yield* upRead(mm.mmapLock)
    if (how === 'reads' || how === 'skips') yield* store(mm.oomSkip, 1)
    if (mm.victim && how === 'skips') yield* waitForReaper()
    if (how === 'reads') yield* downWrite(mm.mmapLock)
    yield* call(freePgtables)
    yield* tlbFinish(mm, pending)
    if (how === 'reads' || how === 'reaps-locked') yield* upWrite(mm.mmapLock)
    yield* exitEnd()
  })
}

/** mm/memory.c:free_pgtables, as far as it keeps reverse mapping out: unlink_anon_vmas() and unlink_file_vma() of every VMA. */
function freePgtablesProcedure({ mm }: Kernel): Procedure<[], void> {
  return procedure('free_pgtables', 'mm/memory.c:free_pgtables', function* () {
    yield* downWrite(mm.rmapLock)
    yield* upWrite(mm.rmapLock)
    for (const vma of mm.vmas) yield* store(vma.mapped, 0)
  })
}
