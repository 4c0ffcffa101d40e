/**
 * mm_users, where a scenario has them: who uses an address space keeps it from exiting, and the last who lets go of it runs exit_mmap(), whoever that
 * is. One is the process itself.
 *
 * Left out: mm_count (mmgrab(), mmdrop()), since nobody looks at an mm that has been freed; mmput_async(), which leaves exit_mmap() to a worker.
 */
import {
  atomically,
  type Body,
  call,
  eq,
  inContext,
  minus,
  ne,
  type Procedure,
  plus,
  procedure,
  when,
} from '@mmulab/model'
import { exitMmapProcedure } from './exit.ts'
import type { Kernel } from './kernel.ts'
import type { Mm } from './mm.ts'

/** include/linux/sched/mm.h:mmget_not_zero; always granted where nobody exits, never inside one's own exit_mmap(). */
export function* mmgetNotZero({ users }: Mm): Body<boolean> {
  if (yield* inContext('exit')) return false
  if (!users) return true
  const got = yield* atomically({
    assign: [[users, plus(users, ne(users, 0))]],
    answer: ne(users, 0),
    label: 'mmget_not_zero(mm)',
  })
  return got === 1
}

/** kernel/fork.c:mmput. */
export function mmputProcedure(kernel: Kernel): Procedure<[], void> {
  const { mm } = kernel
  const { users } = mm
  const exitMmap = exitMmapProcedure(kernel)
  return procedure('mmput', 'kernel/fork.c:mmput', function* () {
    if (!users) return
    const last = yield* atomically({
      assign: [
        [users, minus(users, 1)],
        [mm.exited, when(eq(users, 1), 1, mm.exited)],
      ],
      answer: eq(users, 1),
      label: 'mmput(mm)',
    })
    if (last) yield* call(exitMmap)
  })
}
