/**
 * amdgpu on the HMM mirror, as in 5.2 to 5.4 (drivers/gpu/drm/amd/amdgpu/amdgpu_mn.c): what the mirror calls takes amdgpu's lock for itself alone and waits for the
 * jobs on what overlaps, or refuses where it may not wait; nothing is held from start to end any more. A submission looks at the mark of its
 * range under that lock, and submits.
 *
 * The GPU reaches a page while a job on it runs; the mirror keeps no reference. One object for each virtual page. Left out: the
 * recursion counter and the read side of before, the queues of KFD, the reservation of objects.
 */
import { type DriverHost, devicePages, EAGAIN, entryAt } from '@mmulab/core'
import {
  all,
  any,
  atomically,
  eq,
  jump,
  mutex,
  mutexLock,
  mutexTrylock,
  mutexUnlock,
  ne,
  type Procedure,
  procedure,
  read,
  task,
} from '@mmulab/model'
import type { Device } from './device.ts'

const FILE = 'drivers/gpu/drm/amd/amdgpu/amdgpu_mn.c'
const versions = '5.2..5.4'

export function createAmdgpu(host: DriverHost): Device {
  const lock = mutex(`${host.label}.amdgpu.mn.lock`)
  const ptes = devicePages(host, 'job.page')
  const waitFor = (pages: readonly number[]) =>
    atomically({
      guard: all(pages, (va) => eq(entryAt(ptes, va), 0)),
      label: 'reservation_object_wait_timeout_rcu()',
      mightSleep: 'reservation_object_wait_timeout_rcu()',
      waits: { on: `the jobs of ${host.label}'s amdgpu` },
    })

  const gpu: Procedure<[], void> = procedure('gpu', 'the hardware', function* () {
    yield* atomically({
      guard: any(ptes, (v) => ne(v, 0)),
      assign: ptes.map((v) => [v, 0] as const),
      label: 'the jobs are over and signal their fences',
      waits: { on: 'a job' },
    })
    return yield* jump(gpu)
  })

  return {
    lock,
    ptes,
    sync: procedure(
      'amdgpu_mn_sync_pagetables_gfx',
      { at: `${FILE}:amdgpu_mn_sync_pagetables_gfx`, versions },
      function* (range) {
        if (range.blockable) yield* mutexLock(lock)
        else if (!(yield* mutexTrylock(lock))) return EAGAIN
        const busy = yield* read(
          any(range.pages, (va) => ne(entryAt(ptes, va), 0)),
          'is a job on the range?',
        )
        if (busy && range.blockable) yield* waitFor(range.pages)
        yield* mutexUnlock(lock)
        return busy && !range.blockable ? EAGAIN : 0
      },
    ),
    release: procedure(
      'amdgpu_hmm_mirror_release',
      { at: `${FILE}:amdgpu_hmm_mirror_release`, versions },
      function* () {
        yield* mutexLock(lock)
        yield* waitFor(host.virtualPages)
        yield* mutexUnlock(lock)
      },
    ),
    busy: procedure('amdgpu_mn_lock', { at: `${FILE}:amdgpu_mn_lock`, versions }, function* (_va) {
      yield* mutexLock(lock)
      yield* mutexUnlock(lock)
    }),
    daemons: [task(`${host.label}_gpu`, gpu, [], { daemon: true })],
  }
}
