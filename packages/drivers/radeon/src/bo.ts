/**
 * struct radeon_bo with a userptr behind it (drivers/gpu/drm/radeon): what its notifiers and the submission of commands share. Commands are
 * submitted with the object reserved (its dma_resv held), and the notifier reserves it too: whoever allocates in between may wait
 * for himself.
 *
 * Pages are taken under mmap_lock and bound without another look. Reclaim needs no mmap_lock, so the object may bind what the
 * process has lost meanwhile; its references keep that from being freed.
 *
 * One object over the whole range, one command stream at a time.
 */
import { type DriverHost, type DriverInstance, devicePages, EFAULT } from '@mmulab/core'
import {
  alloc,
  atomically,
  type Body,
  call,
  eq,
  flag,
  GFP_KERNEL,
  jump,
  load,
  type Mutex,
  mutex,
  mutexLock,
  mutexUnlock,
  ne,
  type Procedure,
  procedure,
  store,
  task,
  type Variable,
  when,
} from '@mmulab/model'

const CS = 'drivers/gpu/drm/radeon/radeon_cs.c'
const TTM = 'drivers/gpu/drm/radeon/radeon_ttm.c'

export interface RadeonBo {
  /** bo->tbo.resv: a ww_mutex. */
  readonly resv: Mutex
  /** ttm->state is tt_bound. */
  readonly bound: Variable
  readonly running: Variable
  readonly pages: readonly Variable[]
  /** Waits for the GPU, unbinds the object and gives its pages back; reserves it for that. */
  readonly evict: Procedure<[], void>
  readonly submit: Procedure<[number], number>
}

export interface BoOptions {
  readonly versions: string
  /** A notifier reserves the object. The twin only waits for the commands, as amdgpu does from 4.15 on (3fe89771cb0a). */
  readonly reserves: boolean
}

export function createBo(host: DriverHost, { versions, reserves }: BoOptions): RadeonBo {
  const name = (field: string): string => `${host.label}.${field}`
  const warm = host.warm ? 1 : 0
  const resv = mutex(name('bo.resv'))
  const bound = flag(name('bo.bound'), warm)
  const running = flag(name('job.running'), warm)
  const pages = devicePages(host, 'bo.pages')

  const unpinUserptr = procedure(
    'radeon_ttm_tt_unpin_userptr',
    { at: `${TTM}:radeon_ttm_tt_unpin_userptr`, versions },
    function* () {
      for (const v of pages) {
        const page = yield* load(v)
        if (!page) continue
        yield* store(v, 0)
        yield* host.putPage(page)
      }
    },
  )

  const evict = procedure(
    'ttm_bo_validate',
    { at: 'drivers/gpu/drm/radeon/radeon_mn.c: under radeon_bo_reserve()', versions },
    function* () {
      if (reserves) yield* mutexLock(resv)
      yield* atomically({
        guard: eq(running, 0),
        label: 'reservation_object_wait_timeout_rcu()',
        mightSleep: 'reservation_object_wait_timeout_rcu()',
        waits: { on: `the commands on ${host.label}'s object` },
      })
      yield* store(bound, 0)
      // Whoever has not reserved it leaves the pages to the next submission.
      if (!reserves) return
      yield* call(unpinUserptr)
      yield* mutexUnlock(resv)
    },
  )

  /** Under mmap_lock and with the object reserved; answers 0 or -EFAULT. */
  const pinUserptr = procedure(
    'radeon_ttm_tt_pin_userptr',
    { at: `${TTM}:radeon_ttm_tt_pin_userptr`, versions },
    function* () {
      if (!reserves) yield* call(unpinUserptr)
      const got: number[] = []
      for (const va of host.virtualPages) {
        const page = yield* host.getUserPageLocked(va)
        if (page) got.push(page)
      }
      if (got.length < pages.length) {
        for (const page of got) yield* host.putPage(page)
        return EFAULT
      }
      yield* alloc(host.allocator, GFP_KERNEL, 'the scatter list')
      for (const [i, v] of pages.entries()) yield* store(v, got[i] ?? 0)
      yield* store(bound, 1)
      return 0
    },
  )

  const submit = procedure(
    'radeon_cs_ioctl',
    { at: `${CS}:radeon_cs_ioctl`, versions },
    function* (_va: number) {
      yield* host.mmapReadLock()
      yield* mutexLock(resv)
      let ret = 0
      if (!(yield* load(bound))) ret = yield* call(pinUserptr)
      yield* host.mmapReadUnlock()
      if (!ret) {
        yield* alloc(host.allocator, GFP_KERNEL, 'the indirect buffer')
        yield* untilOver()
        yield* store(running, 1)
      }
      yield* mutexUnlock(resv)
      return ret
    },
  )
  const untilOver = (): Body<number> =>
    atomically({
      guard: eq(running, 0),
      label: 'the commands before are over',
      waits: { on: 'the commands before' },
    })

  return { resv, bound, running, pages, evict, submit }
}

/** What both eras offer, around their notifier. */
export function instanceOf(
  host: DriverHost,
  bo: RadeonBo,
  own: Pick<DriverInstance, 'ops' | 'activities'> & { readonly watch?: readonly Variable[] },
): DriverInstance {
  const gpu: Procedure<[], void> = procedure('gpu', 'the hardware', function* () {
    yield* atomically({
      guard: eq(bo.running, 1),
      assign: [[bo.running, 0]],
      label: 'the commands are over and signal their fence',
      waits: { on: 'commands' },
    })
    return yield* jump(gpu)
  })
  return {
    ops: own.ops,
    mapping: (va) => when(ne(bo.bound, 0), bo.pages[va] ?? 0, 0),
    inFlight: [],
    activities: {
      ...own.activities,
      busy: { task: 'radeon_cs', run: bo.submit, perPage: false },
    },
    daemons: [task(`${host.label}_gpu`, gpu, [], { daemon: true })],
    watch: [bo.bound, bo.running, bo.resv.owner, ...(own.watch ?? []), ...bo.pages],
  }
}
