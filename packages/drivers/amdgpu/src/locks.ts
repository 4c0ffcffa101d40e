/** struct amdgpu_mn of 4.19: a rwsem that is held for read from the first start to the last end, whichever tasks those are in. */
import { EAGAIN, type Range } from '@mmulab/core'
import {
  atomicDecAndTest,
  atomicIncReturn,
  bump,
  downReadNonOwner,
  downReadTrylockNonOwner,
  mutex,
  mutexLock,
  mutexTrylock,
  mutexUnlock,
  type Procedure,
  procedure,
  type UnownedRwsem,
  unownedRwsem,
  upReadNonOwner,
  type Variable,
  variable,
} from '@mmulab/model'

const FILE = 'drivers/gpu/drm/amd/amdgpu/amdgpu_mn.c'
const versions = '4.17..5.1'

export interface AmdgpuOptions {
  /** The rwsem is tried, not waited for, where the range may not be blocked; a twin of ours. */
  readonly tries: boolean
}

export interface AmdgpuMn {
  readonly lock: UnownedRwsem
  /** Sections that are open; nested and overlapping ones share one read hold. */
  readonly recursion: Variable
  readonly readLock: Procedure<[Range], number>
  readonly readUnlock: Procedure<[], void>
}

export function createMn(
  label: string,
  { sections, ends }: { readonly sections: number; readonly ends: number },
  options: AmdgpuOptions,
): AmdgpuMn {
  // The last section counts down before it gives its hold back; the next one may have taken its own by then.
  const lock = unownedRwsem(`${label}.mn.lock`, sections)
  const readMutex = mutex(`${label}.mn.read_lock`)
  // A plain atomic in the kernel: an end for a start that refused takes it below 0.
  const recursion = variable(`${label}.mn.recursion`, { min: -ends, max: sections })
  return {
    lock,
    recursion,
    readLock: procedure(
      'amdgpu_mn_read_lock',
      { at: `${FILE}:amdgpu_mn_read_lock`, versions },
      function* ({ blockable }) {
        if (blockable) yield* mutexLock(readMutex)
        else if (!(yield* mutexTrylock(readMutex))) return EAGAIN
        let ret = 0
        if ((yield* atomicIncReturn(recursion)) === 1) {
          if (blockable || !options.tries) yield* downReadNonOwner(lock)
          else if (!(yield* downReadTrylockNonOwner(lock))) {
            yield* bump(recursion, -1)
            ret = EAGAIN
          }
        }
        yield* mutexUnlock(readMutex)
        return ret
      },
    ),
    readUnlock: procedure(
      'amdgpu_mn_read_unlock',
      { at: `${FILE}:amdgpu_mn_read_unlock`, versions },
      function* () {
        if (yield* atomicDecAndTest(recursion)) yield* upReadNonOwner(lock)
      },
    ),
  }
}
