/**
 * What else happens while a victim is reaped: somebody allocates, finds no page, and goes to the OOM killer. That has a victim already, and
 * waits for it until it has been given up (MMF_OOM_SKIP); then it takes another. It works under oom_lock. The page allocator only tries
 * for it: who does not get it takes it that somebody else makes progress. A memory cgroup at its limit waits for it.
 *
 * Left out: how a victim is chosen and killed (the second one frees whatever is needed), reclaim before, priorities, reserves.
 */
import {
  type Body,
  call,
  eq,
  jump,
  load,
  mark,
  mutexLock,
  mutexTrylock,
  mutexUnlock,
  type Procedure,
  procedure,
  read,
} from '@mmulab/model'
import type { Kernel } from './kernel.ts'
import { allocPage } from './pages.ts'

/** What scenarios ask whether it can happen. */
export const GOT_REAPED = 'what the reaper frees is allocated'
export const OOM_LOCK_TAKEN = 'an allocation finds oom_lock taken, and tries again'
export const SECOND_VICTIM = 'another victim is chosen'
export const SECOND_VICTIM_TOO_SOON =
  'another victim is chosen, and nothing of the first has been reaped'

/** mm/oom_kill.c:out_of_memory, under oom_lock; answers 1 if there is another victim now. */
function outOfMemoryProcedure({ mm }: Kernel): Procedure<[], number> {
  return procedure('out_of_memory', 'mm/oom_kill.c:out_of_memory', function* () {
    if (!(yield* load(mm.oomSkip))) return 0
    const nothing = yield* read(eq(mm.reaped, 0), 'has anything been reaped?')
    yield* mark(nothing ? SECOND_VICTIM_TOO_SOON : SECOND_VICTIM)
    return 1
  })
}

/** get_page_from_freelist(): the page is kept. */
function* fromFreelist({ mm }: Kernel): Body<boolean> {
  if (!(yield* allocPage(mm.pages))) return false
  yield* mark(GOT_REAPED)
  return true
}

/** mm/page_alloc.c:__alloc_pages_may_oom, again and again: an allocation that must not fail. */
export function allocPagesMayOomProcedure(kernel: Kernel): Procedure<[], void> {
  const { mm } = kernel
  const outOfMemory = outOfMemoryProcedure(kernel)
  const alloc: Procedure<[], void> = procedure(
    '__alloc_pages_may_oom',
    'mm/page_alloc.c:__alloc_pages_may_oom',
    function* () {
      if (yield* fromFreelist(kernel)) return
      if (!(yield* mutexTrylock(mm.oomLock))) {
        yield* mark(OOM_LOCK_TAKEN)
        return yield* jump(alloc)
      }
      // Once more under the lock: the last who had it may have freed something.
      const got = yield* fromFreelist(kernel)
      const killed = got ? 0 : yield* call(outOfMemory)
      yield* mutexUnlock(mm.oomLock)
      if (!got && !killed) return yield* jump(alloc)
    },
  )
  return alloc
}

/** mm/memcontrol.c:mem_cgroup_out_of_memory, again until something can be charged. */
export function memCgroupOutOfMemoryProcedure(kernel: Kernel): Procedure<[], void> {
  const { mm } = kernel
  const outOfMemory = outOfMemoryProcedure(kernel)
  const charge: Procedure<[], void> = procedure(
    'mem_cgroup_out_of_memory',
    'mm/memcontrol.c:mem_cgroup_out_of_memory',
    function* () {
      if (yield* fromFreelist(kernel)) return
      yield* mutexLock(mm.oomLock)
      const killed = yield* call(outOfMemory)
      yield* mutexUnlock(mm.oomLock)
      if (!killed) return yield* jump(charge)
    },
  )
  return charge
}
