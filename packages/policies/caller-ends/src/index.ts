/**
 * A control experiment: the reaper ends what was refused, as the first version of the fix of 5.12 had it, but only where no interval notifier is on
 * the mm. It shows what that version's flaw takes: an interval notifier, or a driver that refuses and has an end operation.
 */
import { definePatch, type Kernel, oomReapTaskMmProcedure, type Patch } from '@mmulab/core'
import { call, procedure } from '@mmulab/model'

const callerEnds: Patch = definePatch({
  name: 'caller-ends',
  title: 'range_end for refused sections too, where there are no interval notifiers',
  source: 'a control experiment of mmulab',
  example: 'mainline@5.11',
  refuses: ({ facts }) => {
    if (facts.hlistWalk === 'void') return 'its start callbacks have no answer (it came with 4.19)'
    return facts.hlistWalk === 'unwind' ? 'its walk unwinds already, and once is enough' : undefined
  },
  procedures: (base, kernel: Kernel) => {
    const ending = oomReapTaskMmProcedure(kernel, {
      event: 'UNMAP',
      topDown: false,
      endsRefused: true,
    })
    return {
      oomReapTaskMm: procedure(
        '__oom_reap_task_mm',
        { at: 'mm/oom_kill.c:__oom_reap_task_mm', versions: 'with the patch' },
        // Which intervals there are is known only when the reaper runs.
        function* () {
          return yield* call(kernel.intervals ? base.oomReapTaskMm : ending)
        },
      ),
    }
  },
})
export default callerEnds
