/**
 * "mm/mmu_notifier: Add async OOM cleanup via call_srcu()" (version 2, 2026-04-30, not merged): when the OOM reaper begins, every notifier with
 * an after_oom_unregister operation is taken off the list, and the operation is called after a grace period. KVM's clears
 * mn_active_invalidate_count. Whoever tears the driver down finds it off the list and waits with mmu_notifier_barrier().
 *
 * From then on the notifier hears of nothing: not of what the reaper unmaps next, either.
 */
import { definePatch, isListed, type Kernel, type Patch, type Subscription } from '@mmulab/core'
import {
  call,
  callSrcu,
  procedure,
  type SrcuHead,
  srcuBarrier,
  srcuHead,
  store,
  task,
} from '@mmulab/model'

const detachAtOom: Patch = definePatch({
  name: 'detach-at-oom',
  title: 'the reaper takes notifiers that ask for it off the list before it begins',
  source: '20260430141639.10815-1-shaikhkamal2012@gmail.com (2026-04)',
  example: 'mainline@6.6',
  partlyKnown:
    'cover letter and description; of the text it is not known whether anything takes the mappings away, and here nothing does; an allocation that fails is left out',
  refuses: ({ facts }) => {
    if (facts.oomDetaches) return 'the reaper takes notifiers off the list already'
    return facts.secondaryTlbs === 'arch-flush' ? undefined : 'it was written for 6.19 or later'
  },
  facts: (base) => ({ ...base, oomDetaches: true }),
  procedures: (base, kernel: Kernel) => {
    const heads = new Map<Subscription, SrcuHead>()
    const headOf = (sub: Subscription): SrcuHead | undefined => {
      const after = sub.ops.afterOomUnregister
      if (!after) return undefined
      const head = heads.get(sub) ?? srcuHead(kernel.srcu, `${sub.name} (OOM)`, after)
      heads.set(sub, head)
      return head
    }
    const enter = procedure(
      'mmu_notifier_oom_enter',
      { at: 'mm/mmu_notifier.c:mmu_notifier_oom_enter', versions: 'with the patch' },
      function* () {
        for (const sub of kernel.subscriptions) {
          const head = headOf(sub)
          if (!head || !(yield* isListed(sub))) continue
          if (sub.hashed) yield* store(sub.hashed, 0)
          yield* callSrcu(head)
        }
      },
    )
    return {
      oomReapTaskMm: procedure(
        '__oom_reap_task_mm',
        { at: 'mm/oom_kill.c:__oom_reap_task_mm', versions: 'with the patch' },
        function* () {
          yield* call(enter)
          return yield* call(base.oomReapTaskMm)
        },
      ),
      unregister: procedure(
        'mmu_notifier_unregister',
        { at: 'mm/mmu_notifier.c:mmu_notifier_barrier', versions: 'with the patch' },
        function* (sub: Subscription) {
          // Whether the patch keeps the grace period that unregister() of one that is off the list waits for is not known; it does here,
          // since exit_mmap() takes notifiers off the list beside a walk that has seen them.
          const head = headOf(sub)
          const listed = head && (yield* isListed(sub))
          yield* call(base.unregister, sub)
          if (head && !listed) yield* srcuBarrier([head])
        },
      ),
      workers: () => [
        ...base.workers(),
        ...kernel.subscriptions.flatMap((sub) => {
          const head = headOf(sub)
          return head ? [task(`srcu_oom_${sub.name}`, head.worker, [], { daemon: true })] : []
        }),
      ],
    }
  },
})
export default detachAtOom
