/** What no schedule did: ops that were never reached, each with the kernel source of its procedure. */
import type { CellReport } from '@mmulab/compare'

export interface UnreachedOp {
  readonly task: string
  /** The stack, outermost first, and the op: `oom_reap_task > down_read(&mmap_lock)`. */
  readonly op: string
  /** Kernel source of the innermost procedure, such as `mm/oom_kill.c:oom_reap_task_mm`. */
  readonly source: string
}

/** In the order of the tasks and of their ops. */
export function neverReachedOps({ linked, result }: CellReport): UnreachedOp[] {
  const never = new Set(result.neverReached)
  const ops = new Map<string, UnreachedOp>()
  for (const { name: task, nodes } of linked.automata)
    for (const { stack, label, source } of nodes) {
      const op = [...stack, label].join(' > ')
      const text = `${task}: ${op}`
      if (never.has(text) && !ops.has(text)) ops.set(text, { task, op, source })
    }
  return [...ops.values()]
}
