/**
 * "mm/oom_kill: Ensure MMU notifier range_end() is paired with range_start()" (Sean Christopherson, version 1, 2021-03-10). The
 * reaper calls range_end also for a section whose start was refused. Not merged; version 2 became c2655835fd8c.
 *
 * It repairs mms on whose list nobody that refuses has an end operation. Where an interval notifier refuses, the core has ended the
 * section of the intervals itself and called nobody on the list: the reaper's end comes twice there, and unasked here.
 */
import { definePatch, type Kernel, oomReapTaskMmProcedure, type Patch } from '@mmulab/core'

const reaperEnds: Patch = definePatch({
  name: 'reaper-ends',
  title: 'the OOM reaper calls range_end for refused sections too',
  source: '20210310213117.1444147-1 (2021-03)',
  example: 'mainline@5.11',
  refuses: ({ facts }) => {
    if (facts.hlistWalk === 'void') return 'its start callbacks have no answer (it came with 4.19)'
    return facts.hlistWalk === 'unwind' ? 'its walk unwinds already, and once is enough' : undefined
  },
  procedures: (_base, kernel: Kernel) => ({
    oomReapTaskMm: oomReapTaskMmProcedure(kernel, {
      event: 'UNMAP',
      topDown: false,
      endsRefused: true,
    }),
  }),
})
export default reaperEnds
