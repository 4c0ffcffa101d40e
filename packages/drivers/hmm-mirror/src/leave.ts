/**
 * struct hmm goes with its last user: the device drops what it maps, the notifier leaves the list without release(), and the struct, with the
 * notifier in it, is freed. Callbacks that are under way still have it, since mmu_notifier_unregister_no_release() waits for none:
 * 5.1 and 5.2 free it at once, 5.3 leaves that to mmu_notifier_call_srcu() (6d7c3cde93c1). In 5.3 callbacks hold the struct by a reference, too: who finds that the last one has
 * gone does nothing, an end for a start that was counted included; and a callback may be the last to let go, and then frees it.
 */
import type { Activity, DriverHost, DriverOps } from '@mmulab/core'
import {
  type Body,
  call,
  type Expr,
  mark,
  ne,
  type Procedure,
  procedure,
  refcountDecAndTest,
  refcountIncNotZero,
  variable,
} from '@mmulab/model'

export interface Leaving {
  /** kref_get_unless_zero() and hmm_put(), where callbacks call them. */
  get(): Body<boolean>
  put(): Body<void>
  /** Nobody counts any more once the last reference is gone. */
  readonly counts: Expr
  readonly ops: Pick<DriverOps, 'freeNotifier'>
  readonly activities: { readonly unregister: Activity }
}

export function leaving(
  host: DriverHost,
  releaseDevice: Procedure<[], void>,
  versions: string,
  freed: 'at once' | 'after a grace period',
): Leaving {
  const held = freed === 'after a grace period'
  const kref = variable(`${host.label}.kref`, { max: host.ends + 1, init: 1 })
  const free = procedure('hmm_free', { at: 'mm/hmm.c:hmm_free', versions }, function* () {
    yield* host.unregisterNoRelease()
    if (held) yield* host.freeLater()
    else yield* host.freeNow()
  })
  function* put(): Body<void> {
    if (!held || (yield* refcountDecAndTest(kref))) yield* call(free)
  }
  const unregister = procedure(
    'hmm_mirror_unregister',
    { at: 'mm/hmm.c:hmm_mirror_unregister', versions },
    function* (_va: number) {
      yield* call(releaseDevice)
      yield* put()
    },
  )
  return {
    counts: ne(kref, 0),
    *get() {
      return !held || (yield* refcountIncNotZero(kref)) === 1
    },
    *put() {
      if (held) yield* put()
    },
    ops: {
      freeNotifier: procedure(
        'hmm_free_rcu',
        { at: 'mm/hmm.c: kfree() of struct hmm', versions },
        function* () {
          yield* mark('struct hmm is freed')
        },
      ),
    },
    activities: { unregister: { task: 'hmm_put', run: unregister, perPage: false } },
  }
}
