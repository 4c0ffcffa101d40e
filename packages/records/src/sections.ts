/**
 * Whatever opens sections: the task that a record's callbacks are made by. The bracket of start and end and the reaper are the
 * core's own procedures, under the policy in question.
 */
import { closeSection, forgetStarts, type Kernel, openSection, range } from '@mmulab/core'
import {
  atomically,
  type Body,
  call,
  downRead,
  jump,
  mine,
  ne,
  or,
  type Procedure,
  procedure,
  upRead,
} from '@mmulab/model'
import type { Roster } from './roster.ts'
import { FRESH, INSIDE, infer, probe } from './script.ts'

/** The kinds differ in locks, in who may nest, and in what a policy may have changed in them. */
export function sectionProcedure(kernel: Kernel, roster: Roster): Procedure<[], void> {
  const kinds = [
    callerProcedure(kernel),
    nestedProcedure(kernel),
    reaperProcedure(kernel, roster),
    // Where try_to_unmap_one() does not mark its ranges, its sections are those of any other caller.
    ...(kernel.facts.unmapMayFail ? [rmapProcedure(kernel)] : []),
  ]
  return procedure('section', 'any mm operation', function* () {
    const kind = kinds[yield* infer(FRESH, kinds.length)]
    if (kind) yield* call(kind)
  })
}

const blockable = range('CLEAR', [0], { blockable: true })
const reaped = range('UNMAP', [0], { blockable: false })

function* openAndClose(kernel: Kernel): Body<void> {
  yield* openSection(kernel, blockable)
  yield* infer(INSIDE, 1)
  yield* closeSection(kernel, blockable)
}

/** munmap, madvise, mprotect, COW, ...: all blockable callers bracket their work alike, under a lock of the mm. */
const callerProcedure = (kernel: Kernel): Procedure<[], void> =>
  procedure('caller', 'any caller of mmu_notifier_invalidate_range_start', function* () {
    yield* downRead(kernel.mm.mmapLock)
    yield* openAndClose(kernel)
    yield* upRead(kernel.mm.mmapLock)
  })

/** A section inside another of the same task (a huge page split), under the locks of the outer one. */
const nestedProcedure = (kernel: Kernel): Procedure<[], void> =>
  procedure('nested', 'mm/huge_memory.c:__split_huge_pmd', function* () {
    const { mmapLock, rmapLock } = kernel.mm
    yield* atomically({
      guard: or(ne(mine(mmapLock.readers), 0), ne(mine(rmapLock.readers), 0)),
      label: 'inside a section',
    })
    yield* openAndClose(kernel)
  })

const rmapProcedure = (kernel: Kernel): Procedure<[], void> =>
  procedure('rmap', 'mm/rmap.c:try_to_unmap', function* () {
    yield* downRead(kernel.mm.rmapLock)
    yield* call(kernel.procs.tryToUnmapOne, 2, 1)
    yield* upRead(kernel.mm.rmapLock)
  })

/** One attempt of the OOM reaper or process_mrelease. An mm of several VMAs is as many runs over an mm of one. */
function reaperProcedure(kernel: Kernel, roster: Roster): Procedure<[], void> {
  const attempt: Procedure<[number], void> = procedure(
    'attempt',
    'mm/oom_kill.c:__oom_reap_task_mm',
    function* (ok: number) {
      const more = yield* infer(FRESH, 2)
      if (!more) {
        yield* probe(roster, 'reap_rc', ok)
        return
      }
      const done = yield* call(kernel.procs.oomReapTaskMm)
      // Who left the list inside the section is owed no end any more; the next section must not remember it.
      yield* forgetStarts(kernel, reaped)
      return yield* jump(attempt, ok && done)
    },
  )
  return procedure('reaper', 'mm/oom_kill.c:oom_reap_task_mm', function* () {
    yield* downRead(kernel.mm.mmapLock)
    yield* probe(roster, 'reap', 0)
    yield* call(attempt, 1)
    yield* upRead(kernel.mm.mmapLock)
  })
}
