/** The GPU, and the user who closes the object once it is done. */
import { atomically, call, eq, jump, type Procedure, procedure, violate } from '@mmulab/model'
import { putObjectProcedure, unbindProcedure } from './notifier.ts'
import type { UserptrObject } from './object.ts'

/** Runs whatever is submitted, at any moment. */
export function gpuProcedure(o: UserptrObject): Procedure<[], void> {
  const self: Procedure<[], void> = procedure('gpu', 'the hardware', function* () {
    const bound = yield* atomically({
      guard: eq(o.submitted, 1),
      answer: o.bound,
      assign: [
        [o.submitted, 0],
        [o.active, 0],
        [o.requester, 0],
      ],
      label: 'the request completes and signals its fence',
      waits: { on: 'a request' },
    })
    // It reads the GTT until then: what is bound no more may be anybody's.
    if (!bound)
      yield* violate('memory', `${o.host.label}'s request runs on pages that are bound no more`)
    return yield* jump(self)
  })
  return self
}

/** The object is in use until its user closes it, which waits for the GPU: DRM_IOCTL_GEM_CLOSE. */
export function busyProcedure(o: UserptrObject): Procedure<[number], void> {
  const unbind = unbindProcedure(o)
  const putObject = putObjectProcedure(o)
  return procedure(
    'drm_gem_close_ioctl',
    'drivers/gpu/drm/drm_gem.c:drm_gem_close_ioctl',
    function* (_va: number) {
      yield* call(unbind, { mayFail: false })
      yield* call(putObject)
    },
  )
}
