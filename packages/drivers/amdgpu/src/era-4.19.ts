/**
 * amdgpu's userptr objects as in 4.17 to 5.1 (drivers/gpu/drm/amd/amdgpu/amdgpu_mn.c). A start waits for the jobs that use the pages and keeps
 * new ones out until the end, by a rwsem whose write side the submission of jobs takes. Sections share one read hold by a
 * counter, so a section inside a section does not wait behind a writer that waits for the outer one.
 *
 * Whether pages have to be looked up again is told by a number that a start counts up. Nothing tells that a section is open: who looks up
 * between a start and the moment in which the entry goes has the number of now and the page of before.
 *
 * Where the range may not be blocked, the mutex around the counter is tried, but the rwsem behind it is waited for all the same.
 * And an end that never comes keeps every submission out for ever.
 *
 * One object over the whole range; a job uses its pages from the submission to its fence, and the object keeps references to them
 * until it gets new ones. Left out: the queues of compute (their start evicts them instead of waiting), several objects, the
 * reservation of objects, the tear-down when the mm goes. From 5.2 on amdgpu sits on the HMM mirror.
 */
import {
  type Driver,
  type DriverHost,
  type DriverInstance,
  defineDriver,
  devicePages,
  EAGAIN,
  EFAULT,
  type PageNumber,
  type Range,
} from '@mmulab/core'
import {
  atomically,
  bump,
  call,
  downWriteUnowned,
  eq,
  expr,
  flag,
  jump,
  load,
  ne,
  type Procedure,
  procedure,
  store,
  task,
  upWriteUnowned,
  variable,
  when,
} from '@mmulab/model'
import { type AmdgpuOptions, createMn } from './locks.ts'

const FILE = 'drivers/gpu/drm/amd/amdgpu/amdgpu_mn.c'
const CS = 'drivers/gpu/drm/amd/amdgpu/amdgpu_cs.c'
const versions = '4.17..5.1'

function create(host: DriverHost, options: AmdgpuOptions): DriverInstance {
  const name = (field: string): string => `${host.label}.${field}`
  const warm = host.warm ? 1 : 0
  const mn = createMn(host.label, host, options)
  const registered = flag(name('bo.registered'), warm)
  /** A job that uses the object has not signalled its fence. */
  const running = flag(name('job.running'), warm)
  const invalidations = variable(name('bo.mmu_invalidations'), { max: host.sections })
  const pages = devicePages(host, 'bo.pages')

  const invalidateRangeStart = procedure(
    'amdgpu_mn_invalidate_range_start_gfx',
    { at: `${FILE}:amdgpu_mn_invalidate_range_start_gfx`, versions },
    function* (range: Range) {
      if (yield* call(mn.readLock, range)) return EAGAIN
      if (!(yield* load(registered))) return 0
      if (!range.blockable) {
        yield* call(mn.readUnlock)
        return EAGAIN
      }
      yield* bump(invalidations, 1)
      yield* atomically({
        guard: eq(running, 0),
        label: 'reservation_object_wait_timeout_rcu()',
        mightSleep: 'reservation_object_wait_timeout_rcu()',
        waits: { on: `the jobs on ${host.label}'s object` },
      })
      // The lock stays held until range_end.
      return 0
    },
  )

  const invalidateRangeEnd = procedure(
    'amdgpu_mn_invalidate_range_end',
    { at: `${FILE}:amdgpu_mn_invalidate_range_end`, versions },
    function* (_range: Range) {
      yield* call(mn.readUnlock)
    },
  )

  const getPages = procedure(
    'amdgpu_ttm_tt_get_user_pages',
    { at: 'drivers/gpu/drm/amd/amdgpu/amdgpu_ttm.c:amdgpu_ttm_tt_get_user_pages', versions },
    function* () {
      const got: PageNumber[] = []
      yield* host.mmapReadLock()
      for (const va of host.virtualPages) {
        const page = yield* host.pinUserPageLocked(va)
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
      if (!(yield* load(registered))) return EFAULT
      yield* atomically({
        guard: eq(running, 0),
        label: 'the job before is over',
        waits: { on: 'the job before' },
      })
      const before = yield* load(invalidations)
      const got = yield* call(getPages)
      if (got.length < pages.length) {
        for (const page of got) yield* host.unpinUserPage(page)
        return EFAULT
      }
      yield* downWriteUnowned(mn.lock)
      // amdgpu_ttm_tt_userptr_needs_pages(): invalidated since.
      const stale = (yield* load(invalidations)) !== before
      const drop: PageNumber[] = stale ? got : []
      if (!stale) {
        for (const v of pages) {
          const old = yield* load(v)
          if (old) drop.push(old)
        }
        yield* atomically({
          assign: [...pages.map((v, i) => [v, got[i] ?? 0] as const), [running, 1]],
          label: 'amdgpu_cs_submit(): the job runs on these pages',
        })
      }
      yield* upWriteUnowned(mn.lock)
      for (const page of drop) yield* host.unpinUserPage(page)
      return stale ? yield* jump(submit, va) : 0
    },
  )

  const register = procedure(
    'amdgpu_mn_register',
    { at: `${FILE}:amdgpu_mn_register`, versions },
    function* (_va: number) {
      yield* downWriteUnowned(mn.lock)
      yield* store(registered, 1)
      yield* upWriteUnowned(mn.lock)
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
    ops: { invalidateRangeStart, invalidateRangeEnd },
    mapping: (va) => when(ne(running, 0), pages[va] ?? 0, 0),
    inFlight: [
      { what: mn.recursion.name, value: expr(mn.recursion) },
      { what: `${mn.lock.info.name} (held for read)`, value: ne(mn.lock.readers, 0) },
    ],
    activities: {
      fault: { task: 'amdgpu_cs', run: submit, perPage: false },
      register: { task: 'amdgpu_userptr', run: register, perPage: false },
    },
    daemons: [task(`${host.label}_gpu`, gpu, [], { daemon: true })],
    watch: [registered, running, mn.recursion, mn.lock.readers, mn.lock.writer, ...pages],
  }
}

const TITLE = 'amdgpu userptr: keeps jobs out from start to end by a lock that nobody owns'

function amdgpuWith(driver: string, options: AmdgpuOptions): Driver {
  return defineDriver({
    name: driver,
    era: '4.19',
    kernel: { since: '4.16', until: '5.1' },
    title: options.tries
      ? `${TITLE}; a twin that does not wait for it where it may not block`
      : `${TITLE}; refuses whatever it would have to wait for`,
    source: `${FILE}, 4.17 to 5.1`,
    offers: ['fault', 'register'],
    pins: true,
    create: (host) => create(host, options),
    variants: options.tries ? {} : { tries: amdgpuWith(`${driver}~tries`, { tries: true }) },
  })
}

export const amdgpu419: Driver = amdgpuWith('amdgpu', { tries: false })
