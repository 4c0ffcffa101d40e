/**
 * xe from 7.2 on, in two passes (7aba71dbc416): the first stops submissions and leaves the waiting to the second, so that all mappings of a section are
 * stopped before any of them is waited for. There is one finish object per VM: while a section has it, another one waits in
 * its first pass. Who waits holds notifier_lock, in either pass; up to 6.13 nobody did.
 */
import type { Driver, Range } from '@mmulab/core'
import { FINISH_QUEUED } from '@mmulab/core'
import { downWrite, exchange, flag, ne, procedure, read, store, upWrite } from '@mmulab/model'
import { defineXe } from './xe.ts'

const VM = 'drivers/gpu/drm/xe/xe_vm.c'
const versions = '7.2..7.3'

export const xe72: Driver = defineXe({
  era: '7.2',
  kernel: { since: '7.2', until: '7.3' },
  title:
    'xe userptr: stops submissions in a first pass, waits for jobs in a second; refuses as before',
  source: 'drivers/gpu/drm/xe/xe_vm.c, xe_hmm.c and xe_exec.c, 7.2 and 7.3',
  passes(host, u) {
    const finishInuse = flag(`${host.label}.userptr.finish_inuse`)

    const invalidateStart = procedure(
      'xe_vma_userptr_invalidate_start',
      { at: `${VM}:xe_vma_userptr_invalidate_start`, versions },
      function* (range: Range, seq: number) {
        if (!range.blockable) return 0
        yield* downWrite(u.notifierLock)
        yield* host.interval.setSeq(seq)
        let answer = 1
        if (yield* read(ne(u.running, 0), 'is there anything to wait for?')) {
          const taken = yield* exchange(finishInuse, 1)
          if (taken) yield* u.waitForJobs()
          else answer = FINISH_QUEUED
        }
        yield* upWrite(u.notifierLock)
        return answer
      },
    )

    const invalidateFinish = procedure(
      'xe_vma_userptr_invalidate_finish',
      { at: `${VM}:xe_vma_userptr_invalidate_finish`, versions },
      function* (_range: Range) {
        yield* downWrite(u.notifierLock)
        yield* u.waitForJobs()
        yield* store(finishInuse, 0)
        yield* upWrite(u.notifierLock)
      },
    )

    return { ops: { invalidateStart, invalidateFinish }, watch: [finishInuse] }
  },
})
