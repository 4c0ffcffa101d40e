/**
 * amdgpu's userptr objects from 5.5 on (drivers/gpu/drm/amd/amdgpu/amdgpu_mn.c, from 5.19 amdgpu_hmm.c): an interval notifier per object. A section
 * waits for the jobs on the object, and does so with notifier_lock held, so that no job can be submitted meanwhile; a submission looks at
 * the number under the same lock. Whatever may not be blocked is refused. No reference is kept to the pages: it is the wait that
 * keeps them from being freed under a job.
 *
 * One object over the whole range; a job uses its pages from the submission to its fence. Left out: the reservation of objects, several of
 * them, and the queues of compute, which are evicted instead of waited for (amdkfd).
 */
import {
  type Driver,
  type DriverHost,
  type DriverInstance,
  defineDriver,
  devicePages,
  EFAULT,
  type PageNumber,
  type Range,
} from '@mmulab/core'
import {
  atomically,
  type Body,
  call,
  eq,
  flag,
  jump,
  mutex,
  mutexLock,
  mutexUnlock,
  ne,
  type Procedure,
  procedure,
  task,
  when,
} from '@mmulab/model'

const MN = 'drivers/gpu/drm/amd/amdgpu/amdgpu_mn.c'
const CS = 'drivers/gpu/drm/amd/amdgpu/amdgpu_cs.c'
const TTM = 'drivers/gpu/drm/amd/amdgpu/amdgpu_ttm.c'
const versions = '5.5..7.3'

function create(host: DriverHost): DriverInstance {
  const name = (field: string): string => `${host.label}.${field}`
  const notifierLock = mutex(name('notifier_lock'))
  /** A job that uses the object has not signalled its fence. */
  const running = flag(name('job.running'), host.warm ? 1 : 0)
  const pages = devicePages(host, 'bo.pages')
  const untilIdle = (what: string): Body<number> =>
    atomically({
      guard: eq(running, 0),
      label: what,
      mightSleep: what,
      waits: { on: `the jobs on ${host.label}'s object` },
    })

  const invalidate = procedure(
    'amdgpu_mn_invalidate_gfx',
    { at: `${MN}:amdgpu_mn_invalidate_gfx`, versions },
    function* (range: Range, seq: number) {
      if (!range.blockable) return 0
      yield* mutexLock(notifierLock)
      yield* host.interval.setSeq(seq)
      yield* untilIdle('dma_resv_wait_timeout()')
      yield* mutexUnlock(notifierLock)
      return 1
    },
  )

  const getUserPages = procedure(
    'amdgpu_ttm_tt_get_user_pages',
    { at: `${TTM}:amdgpu_ttm_tt_get_user_pages`, versions },
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

  const submit: Procedure<[number], number> = procedure(
    'amdgpu_cs_ioctl',
    { at: `${CS}:amdgpu_cs_ioctl`, versions },
    function* (va) {
      const seq = yield* host.interval.readBegin()
      const got = yield* call(getUserPages)
      if (got.length < pages.length) return EFAULT
      // The page tables of the GPU are updated for this job only when the one before is through.
      yield* untilIdle('the job before is over')
      yield* mutexLock(notifierLock)
      const retry = yield* host.interval.readRetry(seq)
      if (!retry)
        yield* atomically({
          assign: [...pages.map((v, i) => [v, got[i] ?? 0] as const), [running, 1]],
          label: 'amdgpu_cs_submit(): the job runs on these pages',
        })
      yield* mutexUnlock(notifierLock)
      return retry ? yield* jump(submit, va) : 0
    },
  )

  const register = procedure(
    'amdgpu_mn_register',
    { at: `${MN}:amdgpu_mn_register`, versions },
    function* (_va: number) {
      yield* host.interval.insert()
      yield* call(submit, 0)
    },
  )

  const unregister = procedure(
    'amdgpu_mn_unregister',
    { at: `${MN}:amdgpu_mn_unregister`, versions },
    function* (_va: number) {
      yield* untilIdle('amdgpu_bo_destroy(): no job uses it any more')
      yield* host.interval.remove()
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

  return {
    ops: { intervalSub: { pages: host.virtualPages, invalidate, insertedByDriver: true } },
    mapping: (va) => when(ne(running, 0), pages[va] ?? 0, 0),
    inFlight: [],
    activities: {
      fault: { task: 'amdgpu_cs', run: submit, perPage: false },
      register: { task: 'amdgpu_userptr', run: register, perPage: false },
      unregister: { task: 'amdgpu_free', run: unregister, perPage: false },
    },
    daemons: [task(`${host.label}_gpu`, gpu, [], { daemon: true })],
    watch: [running, notifierLock.owner, ...pages],
  }
}

export const amdgpu55: Driver = defineDriver({
  name: 'amdgpu',
  era: '5.5',
  kernel: { since: '5.5', until: '7.3' },
  title:
    'amdgpu userptr: an interval notifier that waits for jobs; refuses whatever may not be blocked',
  source: `${MN}, ${CS} and ${TTM}, 5.5 to 7.3`,
  offers: ['fault', 'register', 'unregister'],
  pins: false,
  interval: true,
  create,
})
