/**
 * Whatever opens sections or calls the core for an interval notifier: the task that a record's lines are made by. The bracket of
 * start and end, the reaper and the release are the core's own procedures, under the policy in question.
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
import { AGAIN, FRESH, INSIDE, infer, metBy, OUTSIDE } from './calls.ts'
import { OWNER_CALLS, ownerProcedure, pagesOf } from './intervals.ts'
import type { RecordEvent } from './record.ts'
import type { Roster } from './roster.ts'
import { probe } from './script.ts'

/** One thing that a task may begin. */
export interface Kind {
  readonly procedure: Procedure<[], void>
  /** Whether a line can be the first that it shows; `met` are the interval notifiers that the line's range meets. */
  readonly begins: (event: RecordEvent, met: string) => boolean
  /** Not an mm operation: the owner of an interval notifier calls the core. */
  readonly byOwner?: boolean
}

export interface Kernels {
  /** The same mm with a VMA that meets these intervals: a kernel each, over the same variables. */
  readonly kernelFor: (met: readonly number[]) => Kernel
  /** The same once more, with nobody on the list. */
  readonly releaser: Kernel
}

/** The kinds differ in locks, in who may nest, in the intervals they meet, and in what a policy may have changed in them. */
export function kindsOf({ kernelFor, releaser }: Kernels, roster: Roster): Kind[] {
  const { intervals } = roster
  const kernel = kernelFor([])
  const met = intervals?.met ?? [[]]
  const kinds = met.flatMap((list): Kind[] => {
    const own = kernelFor(list)
    const pages = pagesOf(list)
    const begins = (e: RecordEvent, hit: string): boolean =>
      isOfSection(e) && (e.blockable ?? true) && hit === metBy(pages)
    return [
      { procedure: callerProcedure(own, pages), begins },
      { procedure: nestedProcedure(own, pages), begins },
      // Where try_to_unmap_one() does not mark its ranges, its sections are those of any other caller.
      ...(kernel.facts.unmapMayFail && list.length < 2
        ? [{ procedure: rmapProcedure(own, list[0]), begins }]
        : []),
    ]
  })
  const reaper: Kind = {
    procedure: reaperProcedure(met.map(kernelFor), roster),
    begins: (e) => isOfSection(e) && e.blockable !== true,
  }
  return [...kinds, reaper, ...ownKinds(releaser, roster)]
}

const isOfSection = ({ cb }: RecordEvent): boolean =>
  /^(start|end|inval|core_\w+|reap\w*)$/.test(cb)

/** What only interval notifiers have: their owners' calls, and being told that the mm goes, before the list is. */
function ownKinds(kernel: Kernel, { intervals }: Roster): Kind[] {
  if (!intervals) return []
  const owners = intervals.members.flatMap((member) =>
    OWNER_CALLS.map((what) => ({
      procedure: ownerProcedure(kernel, member, what),
      begins: (e: RecordEvent) => e.cb === what && e.n === member.label,
      byOwner: true,
    })),
  )
  const release: Kind = {
    procedure: kernel.procs.release,
    begins: (e) => e.cb === 'inval' && e.ev === 'RELEASE',
  }
  return [...owners, release]
}

export const sectionProcedure = (kinds: readonly Kind[]): Procedure<[], void> =>
  procedure('section', 'any mm operation', function* () {
    const kind = kinds[yield* infer(FRESH, kinds.length)]
    if (kind) yield* call(kind.procedure)
  })

function* openAndClose(kernel: Kernel, pages: readonly number[]): Body<void> {
  const blockable = range('CLEAR', pages, { blockable: true })
  yield* openSection(kernel, blockable)
  yield* infer(INSIDE, 1)
  yield* closeSection(kernel, blockable)
}

/** munmap, madvise, mprotect, COW, ...: all blockable callers bracket their work alike, under a lock of the mm. */
const callerProcedure = (kernel: Kernel, pages: readonly number[]): Procedure<[], void> =>
  procedure('caller', 'any caller of mmu_notifier_invalidate_range_start', function* () {
    yield* downRead(kernel.mm.mmapLock)
    yield* openAndClose(kernel, pages)
    yield* upRead(kernel.mm.mmapLock)
  })

/** A section inside another of the same task (a huge page split), under the locks of the outer one. */
const nestedProcedure = (kernel: Kernel, pages: readonly number[]): Procedure<[], void> =>
  procedure('nested', 'mm/huge_memory.c:__split_huge_pmd', function* () {
    const { mmapLock, rmapLock } = kernel.mm
    yield* atomically({
      guard: or(ne(mine(mmapLock.readers), 0), ne(mine(rmapLock.readers), 0)),
      label: 'inside a section',
    })
    yield* openAndClose(kernel, pages)
  })

/** One page, which an interval notifier may be for. */
const rmapProcedure = (kernel: Kernel, met: number | undefined): Procedure<[], void> =>
  procedure('rmap', 'mm/rmap.c:try_to_unmap', function* () {
    const va = met === undefined ? OUTSIDE - 1 : met + OUTSIDE
    yield* downRead(kernel.mm.rmapLock)
    yield* call(kernel.procs.tryToUnmapOne, va + 1, va)
    yield* upRead(kernel.mm.rmapLock)
  })

/** One attempt of the OOM reaper or process_mrelease. An mm of several VMAs is as many runs over an mm of one. */
function reaperProcedure(kernels: readonly Kernel[], roster: Roster): Procedure<[], void> {
  const attempt: Procedure<[number], void> = procedure(
    'attempt',
    'mm/oom_kill.c:__oom_reap_task_mm',
    function* (ok: number) {
      const kernel = kernels[(yield* infer(AGAIN, kernels.length + 1)) - 1]
      if (!kernel) {
        yield* probe(roster, 'reap_rc', ok)
        return
      }
      const done = yield* call(kernel.procs.oomReapTaskMm)
      // Who left the list inside the section is owed no end any more; the next section must not remember it.
      const pages = kernel.mm.vmas[0]?.pages ?? []
      for (const event of ['UNMAP', 'CLEAR'] as const)
        yield* forgetStarts(kernel, range(event, pages, { blockable: false }))
      return yield* jump(attempt, ok && done)
    },
  )
  const [{ mm }] = kernels as [Kernel]
  return procedure('reaper', 'mm/oom_kill.c:oom_reap_task_mm', function* () {
    yield* downRead(mm.mmapLock)
    yield* probe(roster, 'reap', 0)
    yield* call(attempt, 1)
    yield* upRead(mm.mmapLock)
  })
}
