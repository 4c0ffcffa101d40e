/**
 * What the author of the 2026 series asked for when its first form had deadlocked: the callback at the start of reaping sets kvm->oom_reaping,
 * and KVM's start returns at once while it is set. Nobody wrote it.
 *
 * What it leaves open is taken at its best: a start that was skipped has its end skipped too. A section ends in the task that began it, and the
 * flag is never taken back, since the victim is dying: inside a skipped section all are skipped, so that a count of each task's tells them apart. A start that returns at once says yes to an unmapping of which it has done nothing.
 */
import {
  definePatch,
  eachOfOom,
  forgetStarts,
  type Kernel,
  type Patch,
  type Range,
  type Subscription,
} from '@mmulab/core'
import {
  atomically,
  call,
  flag,
  load,
  mine,
  minus,
  ne,
  type PerTask,
  perTask,
  plus,
  procedure,
  store,
  type Variable,
} from '@mmulab/model'

interface Skipping {
  readonly reaping: Variable
  /** Starts that a task has skipped, and whose ends are not over. */
  readonly skipped: PerTask
}

const skipWhileReaping: Patch = definePatch({
  name: 'skip-while-reaping',
  title: 'a start that returns at once while the OOM reaper is about',
  source: 'lkml.iu.edu/2603.3/10353.html (2026-03)',
  example: 'mainline@6.6',
  partlyKnown:
    'a question on the list; what becomes of the end is not said, and here it is skipped with its start',
  refuses: ({ facts }) =>
    facts.secondaryTlbs === 'arch-flush' ? undefined : 'it was asked of 6.19 or later',
  procedures: (base, kernel: Kernel) => {
    const flags = new Map<Subscription, Skipping>()
    const sections = Math.max(...kernel.mm.open.map((n) => n.max))
    const flagsOf = (sub: Subscription): Skipping | undefined => {
      if (!sub.ops.afterOomUnregister) return undefined
      const found = flags.get(sub) ?? {
        reaping: flag(`${sub.name}.oom_reaping`),
        skipped: perTask(`${sub.name}.skipped`, sections),
      }
      flags.set(sub, found)
      return found
    }
    return {
      oomReapTaskMm: procedure(
        '__oom_reap_task_mm',
        { at: 'mm/oom_kill.c:__oom_reap_task_mm', versions: 'with the idea' },
        function* () {
          yield* eachOfOom(kernel, function* (sub) {
            const own = flagsOf(sub)
            if (own) yield* store(own.reaping, 1)
          })
          return yield* call(base.oomReapTaskMm)
        },
      ),
      callStart: procedure(
        'invoke_start',
        {
          at: 'virt/kvm/kvm_main.c:kvm_mmu_notifier_invalidate_range_start',
          versions: 'with the idea',
        },
        function* (sub: Subscription, range: Range) {
          const own = flagsOf(sub)
          if (!own || !(yield* load(own.reaping))) return yield* call(base.callStart, sub, range)
          yield* atomically({
            assign: [[own.skipped, plus(mine(own.skipped), 1)]],
            label: `${sub.name}: oom_reaping, skip`,
          })
          return 0
        },
      ),
      callEnd: procedure(
        'invoke_end',
        {
          at: 'virt/kvm/kvm_main.c:kvm_mmu_notifier_invalidate_range_end',
          versions: 'with the idea',
        },
        function* (sub: Subscription, range: Range) {
          const own = flagsOf(sub)
          const skip =
            own &&
            (yield* atomically({
              assign: [[own.skipped, minus(mine(own.skipped), ne(mine(own.skipped), 0))]],
              answer: ne(mine(own.skipped), 0),
              label: `${sub.name}: was its start skipped?`,
            }))
          if (!skip) return yield* call(base.callEnd, sub, range)
          // Linking does not know that only a skipped start gets here, and would owe an end for ever where a fault tries again and again.
          yield* forgetStarts(kernel, range, (s) => s === sub)
        },
      ),
    }
  },
})
export default skipWhileReaping
