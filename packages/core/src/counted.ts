/**
 * Notifiers that are shared and freed later: mmu_notifier_get() and put() (5.4+, 2c7933f53f6b), and what came before them,
 * mmu_notifier_unregister_no_release() with mmu_notifier_call_srcu(). Neither calls release(): the driver must have dropped its
 * mappings, and keep new ones out, before.
 *
 * What frees a notifier runs after a grace period, in a task of its own. mmu_notifier_synchronize() waited for it up to 5.3
 * (srcu_barrier()); from 5.4 on it waits for a grace period of its own, which is not the same.
 */
import {
  atomically,
  type Body,
  call,
  callSrcu,
  downWrite,
  eq,
  flag,
  jump,
  LabError,
  minus,
  type Procedure,
  plus,
  procedure,
  type Srcu,
  srcuBarrier,
  srcuHead,
  store,
  synchronizeSrcu,
  type TaskSpec,
  task,
  upWrite,
  type Variable,
  variable,
  when,
} from '@mmulab/model'
import { stillThere } from './alive.ts'
import type { DriverHost, DriverOps } from './driver.ts'
import type { CountedNotifier, Kernel, Subscription } from './kernel.ts'
import { addUnderAllLocks } from './subscription.ts'

const FILE = 'mm/mmu_notifier.c'

/** More users than this of one notifier are the verdict "bound exceeded". */
const USERS_LIMIT = 3

/** What a driver with a freeNotifier() needs; it has one user at the start, where it is on the list. */
export function countedNotifier(
  srcu: Srcu,
  name: string,
  ops: DriverOps,
  { hashed, gone }: { readonly hashed: Variable | undefined; readonly gone: Variable | undefined },
): CountedNotifier | undefined {
  const { freeNotifier } = ops
  if (!freeNotifier) return undefined
  const unloaded = flag(`${name}.unloaded`)
  const free = procedure(
    'mmu_notifier_free_rcu',
    { at: `${FILE}:mmu_notifier_free_rcu`, versions: '5.4..7.3', note: 'the reference to the mm' },
    function* () {
      yield* stillThere(unloaded, `${name}.free_notifier`)
      yield* call(freeNotifier)
      if (gone) yield* store(gone, 1)
    },
  )
  return {
    users: variable(`${name}.users`, { max: USERS_LIMIT, init: hashed?.init ?? 1 }),
    free: srcuHead(srcu, name, free),
    unloaded,
  }
}

const countedOf = ({ name, counted }: Subscription): CountedNotifier => {
  if (!counted) throw new Error(`${name} has no freeNotifier()`)
  return counted
}

export function unregisterNoReleaseProcedure(kernel: Kernel): Procedure<[Subscription], void> {
  return procedure(
    'mmu_notifier_unregister_no_release',
    {
      at: `${FILE}:mmu_notifier_unregister_no_release`,
      versions: '4.6..5.3',
      note: 'the reference to the mm',
    },
    function* ({ hashed }) {
      lacks(kernel.facts.countedNotifiers, 'mmu_notifier_unregister_no_release()', 'up to 5.3')
      if (hashed) yield* store(hashed, 0)
    },
  )
}

export function getProcedure(kernel: Kernel): Procedure<[Subscription], void> {
  const { mm } = kernel
  const get: Procedure<[Subscription], void> = procedure(
    'mmu_notifier_get',
    {
      at: `${FILE}:mmu_notifier_get_locked`,
      versions: '5.4..7.3',
      note: 'a notifier of its own for who comes while the last one is being freed: it waits here',
    },
    function* (sub) {
      lacks(!kernel.facts.countedNotifiers, 'mmu_notifier_get()', 'from 5.4 on')
      const { users, free } = countedOf(sub)
      yield* downWrite(mm.mmapLock)
      const found = yield* atomically({
        guard: eq(free.pending, 0),
        assign: [[users, plus(users, 1)]],
        answer: users,
        label: `find_get_mmu_notifier(${sub.name})`,
        waits: { on: `${sub.name} to be freed` },
      })
      const err = !found && sub.hashed ? yield* addUnderAllLocks(mm, sub.hashed) : 0
      if (err) yield* atomically({ assign: [[users, 0]], label: `${sub.name} is not made` })
      yield* upWrite(mm.mmapLock)
      if (err) return yield* jump(get, sub)
    },
  )
  return get
}

export function putProcedure(kernel: Kernel): Procedure<[Subscription], void> {
  return procedure(
    'mmu_notifier_put',
    { at: `${FILE}:mmu_notifier_put`, versions: '5.4..7.3' },
    function* (sub) {
      lacks(!kernel.facts.countedNotifiers, 'mmu_notifier_put()', 'from 5.4 on')
      const { users, free } = countedOf(sub)
      const last = eq(users, 1)
      // Under subscriptions->lock, which nobody holds for longer than this.
      const freed = yield* atomically({
        assign: [
          [users, minus(users, 1)],
          ...(sub.hashed ? [[sub.hashed, when(last, 0, sub.hashed)] as const] : []),
        ],
        answer: last,
        label: `mmu_notifier_put(${sub.name})`,
      })
      if (freed) yield* callSrcu(free)
    },
  )
}

export function synchronizeProcedure(kernel: Kernel): Procedure<[], void> {
  return procedure(
    'mmu_notifier_synchronize',
    { at: `${FILE}:mmu_notifier_synchronize`, versions: '4.6..7.3' },
    function* () {
      if (kernel.facts.countedNotifiers) yield* synchronizeSrcu(kernel.srcu)
      else yield* srcuBarrier(heads(kernel))
    },
  )
}

const heads = ({ subscriptions }: Kernel) =>
  subscriptions.flatMap(({ counted }) => (counted ? [counted.free] : []))

/** One task for every notifier that may be freed. */
export const freeingTasks = (kernel: Kernel): TaskSpec[] =>
  heads(kernel).map((head) => task(`srcu_${head.name}`, head.worker, [], { daemon: true }))

/** What a driver calls about its own notifier. */
type CountedHelpers = Pick<
  DriverHost,
  'unregisterNoRelease' | 'freeLater' | 'freeNow' | 'getNotifier' | 'putNotifier' | 'unloadModule'
>

export function countedHelpers(kernel: Kernel, label: string): CountedHelpers {
  const own = (): Subscription => {
    const sub = kernel.subscriptions.find((s) => s.name === label)
    if (!sub) throw new Error(`${label} is not registered`)
    return sub
  }
  return {
    unregisterNoRelease: () => call(kernel.procs.unregisterNoRelease, own()),
    *freeLater(): Body<void> {
      lacks(kernel.facts.countedNotifiers, 'mmu_notifier_call_srcu()', 'up to 5.3')
      yield* callSrcu(countedOf(own()).free)
    },
    *freeNow(): Body<void> {
      const { ops, gone } = own()
      if (ops.freeNotifier) yield* call(ops.freeNotifier)
      if (gone) yield* store(gone, 1)
    },
    getNotifier: () => call(kernel.procs.get, own()),
    putNotifier: () => call(kernel.procs.put, own()),
    *unloadModule(): Body<void> {
      yield* call(kernel.procs.synchronize)
      yield* store(countedOf(own()).unloaded, 1)
    },
  }
}

/** @throws LabError NOT_IN_KERNEL */
function lacks(missing: boolean, what: string, when: string): void {
  if (!missing) return
  throw new LabError({
    code: 'NOT_IN_KERNEL',
    kind: 'usage',
    message: `A driver calls ${what}, which kernels have ${when}.`,
    hint: 'Take the era of the driver that the kernel shipped: leave out @ERA.',
  })
}
