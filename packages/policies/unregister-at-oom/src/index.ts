/**
 * The first form of "let KVM go when the OOM killer comes" (2026-03, after a suggestion of Paolo Bonzini): a callback tells each notifier that
 * the OOM killer has entered, and KVM's unregisters itself. The callback runs inside the SRCU read section of the walk, and
 * mmu_notifier_unregister() waits for that very section to end.
 *
 * It was called when the victim was chosen; here, when the reaper begins. Notifiers that take part are those with an operation for
 * it: KVM of 5.15 and later.
 */
import { definePatch, eachOfOom, type Kernel, type Patch } from '@mmulab/core'
import { call, procedure } from '@mmulab/model'

const unregisterAtOom: Patch = definePatch({
  name: 'unregister-at-oom',
  title: 'a callback at the start of reaping, in which KVM unregisters itself',
  source: 'lkml.iu.edu/2603.3/10353.html (2026-03)',
  example: 'mainline@6.6',
  partlyKnown: 'the posted log and description; the whole patch was not seen',
  refuses: ({ facts }) => {
    if (facts.oomDetaches) return 'the reaper takes notifiers off the list already'
    return facts.secondaryTlbs === 'arch-flush' ? undefined : 'it was written for 6.19 or later'
  },
  facts: (base) => ({ ...base, oomDetaches: true }),
  procedures: (base, kernel: Kernel) => {
    const enter = procedure(
      '__mmu_notifier_oom_enter',
      { at: 'mm/mmu_notifier.c:__mmu_notifier_oom_enter', versions: 'with the patch' },
      function* () {
        yield* eachOfOom(kernel, (sub) => call(kernel.procs.unregister, sub))
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
    }
  },
})
export default unregisterAtOom
