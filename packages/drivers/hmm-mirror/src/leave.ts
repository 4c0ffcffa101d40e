/**
 * struct hmm goes with its last user: the device drops what it maps, the notifier leaves the list without release(), and the struct, with the
 * notifier in it, is freed. Callbacks that are under way still have it, since mmu_notifier_unregister_no_release() waits for none:
 * 5.1 and 5.2 free it at once, 5.3 leaves that to mmu_notifier_call_srcu() (6d7c3cde93c1).
 */
import type { Activity, DriverHost, DriverOps } from '@mmulab/core'
import { call, mark, type Procedure, procedure } from '@mmulab/model'

export interface Leaving {
  readonly ops: Pick<DriverOps, 'freeNotifier'>
  readonly activities: { readonly unregister: Activity }
}

export function leaving(
  host: DriverHost,
  releaseDevice: Procedure<[], void>,
  versions: string,
  freed: 'at once' | 'after a grace period',
): Leaving {
  const free = procedure(
    'hmm_free',
    { at: 'mm/hmm.c:hmm_free', versions },
    function* (_va: number) {
      yield* call(releaseDevice)
      yield* host.unregisterNoRelease()
      if (freed === 'at once') yield* host.freeNow()
      else yield* host.freeLater()
    },
  )
  return {
    ops: {
      freeNotifier: procedure(
        'hmm_free_rcu',
        { at: 'mm/hmm.c: kfree() of struct hmm', versions },
        function* () {
          yield* mark('struct hmm is freed')
        },
      ),
    },
    activities: { unregister: { task: 'hmm_put', run: free, perPage: false } },
  }
}
