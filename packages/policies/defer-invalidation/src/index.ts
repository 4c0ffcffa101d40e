/**
 * "Defer heavy invalidation to a work item" (2026-02/03, refused): where a section may not block, KVM's start only queues its work, which takes
 * the locks that sleep on PREEMPT_RT. The reply was that the only such sections are the OOM reaper's, whom it serves worst.
 *
 * What is not known is taken literally: start says yes when the work is queued, the section goes on, and the work does what start and
 * end would have done, some time later. Notifiers that take part are those with an operation for the OOM reaper: KVM of 5.15 and later.
 */
import {
  countSection,
  definePatch,
  type Kernel,
  type Patch,
  type Range,
  type Subscription,
} from '@mmulab/core'
import { call, procedure, queueWork, task, type Work, work } from '@mmulab/model'

const deferInvalidation: Patch = definePatch({
  name: 'defer-invalidation',
  title: 'invalidation put off to a work item where it may not block',
  source:
    'linux-kernel, reply to "KVM: mmu_notifier: make mn_invalidate_lock non-sleeping" (2026-03)',
  example: 'mainline@6.6+preempt-rt',
  partlyKnown:
    'a proposal in words; that start says yes once the work is queued is the literal reading',
  refuses: ({ facts }) =>
    facts.secondaryTlbs === 'arch-flush' ? undefined : 'it was written for 6.19 or later',
  procedures: (base, kernel: Kernel) => {
    const items = new Map<string, Work>()
    /** One item for every notifier and VMA: the sections that may not block are those of the reaper. */
    const itemOf = (sub: Subscription, range: Range): Work => {
      const key = `${sub.name} pte[${range.pages.join(',')}]`
      const blockable = { ...range, blockable: true }
      const item =
        items.get(key) ??
        work(
          `${key} work`,
          procedure(
            'kvm_mmu_invalidate_work',
            'virt/kvm/kvm_main.c: what start and end do, in a work item',
            function* () {
              // What it counts meanwhile is no section that was forgotten.
              yield* countSection(kernel.mm, range, 1, `${sub.name}: deferred, begins`)
              yield* call(base.callStart, sub, blockable)
              yield* call(base.callEnd, sub, blockable)
              yield* countSection(kernel.mm, range, -1, `${sub.name}: deferred, is over`)
            },
          ),
        )
      items.set(key, item)
      return item
    }
    const defers = (sub: Subscription, range: Range): boolean =>
      !range.blockable && sub.ops.afterOomUnregister !== undefined
    return {
      callStart: procedure(
        'invoke_start',
        {
          at: 'virt/kvm/kvm_main.c:kvm_mmu_notifier_invalidate_range_start',
          versions: 'with the idea',
        },
        function* (sub: Subscription, range: Range) {
          if (!defers(sub, range)) return yield* call(base.callStart, sub, range)
          yield* queueWork(itemOf(sub, range))
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
          if (!defers(sub, range)) yield* call(base.callEnd, sub, range)
        },
      ),
      workers: () => [
        ...base.workers(),
        ...kernel.subscriptions.flatMap((sub) =>
          kernel.mm.vmas.flatMap(({ name, pages }) => {
            const own = { event: 'CLEAR' as const, pages, blockable: false, mayFail: false }
            return defers(sub, own)
              ? [task(`kworker_${sub.name}_${name}`, itemOf(sub, own).worker, [], { daemon: true })]
              : []
          }),
        ),
      ],
    }
  },
})
export default deferInvalidation
