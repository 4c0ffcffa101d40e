/**
 * xe's userptr mappings (drivers/gpu/drm/xe/xe_vm.c, xe_hmm.c): looked up without keeping any reference, bound into the VM of the GPU, and used by whatever
 * is submitted to that VM. A section leaves its number behind under notifier_lock, which takes the mapping out of further
 * submissions, and then waits for what runs: to 6.13 without the lock, from 7.2 on with it. In between, with it in one pass (from memory), is left out.
 *
 * One mapping over the whole range, one submission at a time, no fault mode (in which the section would clear the GPU's page
 * table itself). The mapping counts as used from the submission of a job to its fence.
 */
import { type DriverHost, devicePages, EFAULT, type PageNumber, type Range } from '@mmulab/core'
import {
  atomically,
  type Body,
  call,
  downRead,
  downWrite,
  eq,
  flag,
  jump,
  type Procedure,
  procedure,
  type Rwsem,
  rwsem,
  upRead,
  upWrite,
  type Variable,
} from '@mmulab/model'

const VM = 'drivers/gpu/drm/xe/xe_vm.c'
const HMM = 'drivers/gpu/drm/xe/xe_hmm.c'
const EXEC = 'drivers/gpu/drm/xe/xe_exec.c'
const versions = '6.8..7.3'

export interface Userptr {
  /** vm->userptr.notifier_lock. */
  readonly notifierLock: Rwsem
  /** A fence of a job is in the VM's dma_resv and has not been signalled. */
  readonly running: Variable
  readonly pages: readonly Variable[]
  /** mmu_interval_set_seq() under the lock, as every pass of the notifier begins. */
  readonly stop: (seq: number) => Body<void>
  readonly waitForJobs: () => Body<number>
  readonly invalidate: Procedure<[Range, number], number>
  readonly exec: Procedure<[number], number>
  readonly gpu: Procedure<[], void>
  readonly bind: Procedure<[number], void>
  readonly destroy: Procedure<[number], void>
}

export function createUserptr(host: DriverHost): Userptr {
  const name = (field: string): string => `${host.label}.${field}`
  const notifierLock = rwsem(name('userptr.notifier_lock'))
  const running = flag(name('job.running'), host.warm ? 1 : 0)
  const pages = devicePages(host, 'userptr.pages')

  const waitForJobs = (): Body<number> =>
    atomically({
      guard: eq(running, 0),
      label: 'dma_resv_wait_timeout(DMA_RESV_USAGE_BOOKKEEP)',
      mightSleep: 'dma_resv_wait_timeout()',
      waits: { on: `the jobs on ${host.label}'s VM` },
    })
  function* stop(seq: number): Body<void> {
    yield* downWrite(notifierLock)
    yield* host.interval.setSeq(seq)
    yield* upWrite(notifierLock)
  }

  const invalidate = procedure(
    'vma_userptr_invalidate',
    { at: `${VM}:vma_userptr_invalidate`, versions },
    function* (range: Range, seq: number) {
      if (!range.blockable) return 0
      yield* stop(seq)
      yield* waitForJobs()
      return 1
    },
  )

  const populate = procedure(
    'xe_hmm_userptr_populate_range',
    { at: `${HMM}:xe_hmm_userptr_populate_range`, versions },
    function* () {
      const got: PageNumber[] = []
      yield* host.mmapReadLock()
      for (const va of host.virtualPages) {
        const page = yield* host.lookUpPage(va)
        if (page) got.push(page)
      }
      yield* host.mmapReadUnlock()
      return got
    },
  )

  const exec: Procedure<[number], number> = procedure(
    'xe_exec_ioctl',
    { at: `${EXEC}:xe_exec_ioctl`, versions },
    function* (va) {
      const seq = yield* host.interval.readBegin()
      const got = yield* call(populate)
      if (got.length < pages.length) return EFAULT
      // The GPU's page table is rewritten only when nothing uses it.
      yield* waitForJobs()
      yield* downRead(notifierLock)
      const retry = yield* host.interval.readRetry(seq)
      if (!retry)
        yield* atomically({
          assign: [...pages.map((v, i) => [v, got[i] ?? 0] as const), [running, 1]],
          label: 'xe_sched_job_push(): the job runs on these pages',
        })
      yield* upRead(notifierLock)
      return retry ? yield* jump(exec, va) : 0
    },
  )

  const gpu: Procedure<[], void> = procedure('gpu', 'the hardware', function* () {
    yield* atomically({
      guard: eq(running, 1),
      assign: [[running, 0]],
      label: 'the job is over and signals its fence',
      waits: { on: 'a job' },
    })
    return yield* jump(gpu)
  })

  const bind = procedure(
    'xe_vma_create',
    { at: `${VM}:xe_vma_create`, versions },
    function* (_va: number) {
      yield* host.interval.insert()
      yield* call(exec, 0)
    },
  )

  const destroy = procedure(
    'xe_vma_destroy_late',
    { at: `${VM}:xe_vma_destroy_late`, versions },
    function* (_va: number) {
      yield* waitForJobs()
      yield* host.interval.remove()
    },
  )

  return { notifierLock, running, pages, stop, waitForJobs, invalidate, exec, gpu, bind, destroy }
}
