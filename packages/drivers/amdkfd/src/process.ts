/**
 * struct amdkfd_process_info with one userptr object (drivers/gpu/drm/amd/amdgpu/amdgpu_amdkfd_gpuvm.c): the queues of a process run all the time, so a section
 * does not wait for a job. It stops the queues; a worker looks the pages up again, rewrites the GPU's page table and lets the
 * queues go on, unless there has been another section meanwhile.
 *
 * The GPU reaches the pages of its page table while the queues run. KFD counts who has stopped them: they run again when everybody has let
 * go.
 *
 * One object over the whole range. Left out: the reservation of objects, moving them, the delay of the worker, the reference to the mm that the worker takes.
 */
import {
  type DriverHost,
  type DriverInstance,
  devicePages,
  type IntervalSub,
  type PageNumber,
} from '@mmulab/core'
import {
  atomically,
  type Body,
  call,
  eq,
  expr,
  flag,
  type Mutex,
  minus,
  mutex,
  mutexLock,
  mutexUnlock,
  type Procedure,
  plus,
  procedure,
  store,
  task,
  type Variable,
  variable,
  type Work,
  when,
} from '@mmulab/model'

const GPUVM = 'drivers/gpu/drm/amd/amdgpu/amdgpu_amdkfd_gpuvm.c'

export interface Process {
  /** process_info->lock: keeps the worker and whoever maps apart. */
  readonly lock: Mutex
  /** mem->invalid. */
  readonly invalid: Variable
  /** process_info->evicted_bos. */
  readonly evictedBos: Variable
  /** How many have stopped the queues. */
  readonly stopped: Variable
  readonly pages: readonly Variable[]
  readonly quiesce: () => Body<number>
  readonly resume: () => Body<number>
  /** amdgpu_ttm_tt_get_user_pages(): what cannot be had is left out, and faults on the GPU later. */
  readonly getUserPages: Procedure<[], PageNumber[]>
  /** The object is off the list of the process. */
  readonly freed: Variable
  /** Rewrites the GPU's page table. */
  readonly update: (got: readonly PageNumber[]) => Body<number>
}

export function createProcess(host: DriverHost, versions: string): Process {
  const name = (field: string): string => `${host.label}.${field}`
  const stopped = variable(name('queues.stopped'), { max: host.sections + 1 })
  const pages = devicePages(host, 'pte')
  const freed = flag(name('mem.freed'))
  return {
    freed,
    lock: mutex(name('process_info.lock')),
    invalid: variable(name('mem.invalid'), { max: host.sections }),
    evictedBos: variable(name('evicted_bos'), { max: host.sections }),
    stopped,
    pages,
    quiesce: () =>
      atomically({
        assign: [[stopped, plus(stopped, 1)]],
        label: 'kgd2kfd_quiesce_mm(): the queues stop',
        mightSleep: 'kgd2kfd_quiesce_mm()',
      }),
    resume: () =>
      atomically({ assign: [[stopped, minus(stopped, 1)]], label: 'kgd2kfd_resume_mm()' }),
    getUserPages: procedure(
      'amdgpu_ttm_tt_get_user_pages',
      {
        at: 'drivers/gpu/drm/amd/amdgpu/amdgpu_ttm.c:amdgpu_ttm_tt_get_user_pages',
        versions,
      },
      function* () {
        const got: PageNumber[] = []
        yield* host.mmapReadLock()
        for (const va of host.virtualPages) got.push(yield* host.lookUpPage(va))
        yield* host.mmapReadUnlock()
        return got
      },
    ),
    update: (got) =>
      atomically({
        assign: pages.map((v, i) => [v, got.length ? when(freed, 0, got[i] ?? 0) : 0] as const),
        label: `update_gpuvm_pte(${got.join(', ')})`,
      }),
  }
}

/** What both eras offer, around their notifier, their worker and the first mapping. */
export function instanceOf(
  host: DriverHost,
  p: Process,
  own: {
    readonly invalidate: IntervalSub['invalidate']
    readonly restore: Work
    readonly map: Procedure<[number], void>
    readonly watch: readonly Variable[]
  },
): DriverInstance {
  const unregister = procedure(
    'amdgpu_amdkfd_gpuvm_free_memory_of_gpu',
    `${GPUVM}:amdgpu_amdkfd_gpuvm_free_memory_of_gpu`,
    function* (_va: number) {
      // Off the list of the process: the worker does not find it any more.
      yield* mutexLock(p.lock)
      yield* store(p.freed, 1)
      yield* p.update([])
      yield* mutexUnlock(p.lock)
      yield* host.interval.remove()
    },
  )
  const register = procedure(
    'amdgpu_amdkfd_gpuvm_alloc_memory_of_gpu',
    `${GPUVM}:amdgpu_amdkfd_gpuvm_alloc_memory_of_gpu`,
    function* (va: number) {
      yield* host.interval.insert()
      yield* call(own.map, va)
    },
  )
  const sub = { pages: host.virtualPages, invalidate: own.invalidate, insertedByDriver: true }
  return {
    ops: { intervalSub: sub },
    mapping: (va) => when(eq(p.stopped, 0), p.pages[va] ?? 0, 0),
    inFlight: [],
    stopped: [{ what: `a queue of ${host.label}`, value: expr(p.stopped) }],
    activities: {
      register: { task: 'kfd_alloc', run: register, perPage: false, populates: true },
      unregister: { task: 'kfd_free', run: unregister, perPage: false },
    },
    daemons: [task(`${host.label}_kworker`, own.restore.worker, [], { daemon: true })],
    watch: [p.stopped, p.evictedBos, p.invalid, p.lock.owner, ...own.watch, ...p.pages],
  }
}
