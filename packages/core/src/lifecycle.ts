/**
 * How notifiers go: by themselves, with sections open or not, or with the address space. Registration keeps every section out; leaving
 * keeps none out, so a driver may have heard a start whose end it never hears. What it may count on is that no callback runs
 * once it has been told that it is gone.
 */
import {
  type Body,
  call,
  enterCallback,
  leaveCallback,
  load,
  type Procedure,
  procedure,
  srcuReadLock,
  srcuReadUnlock,
  store,
  synchronizeSrcu,
} from '@mmulab/model'
import { stillThere } from './alive.ts'
import { invalidateNodes, mnItreeInvEnd, mnItreeInvStartRange } from './itree.ts'
import type { Kernel, Subscription } from './kernel.ts'
import { range } from './range.ts'
import { countSection } from './section.ts'
import { isListed } from './subscription.ts'

const FILE = 'mm/mmu_notifier.c'

function* release({ name, ops, gone }: Subscription): Body<void> {
  if (!ops.release) return
  yield* stillThere(gone, `${name}.release`)
  yield* enterCallback(`${name}.release`)
  yield* call(ops.release)
  yield* leaveCallback(`${name}.release`)
}

/**
 * mmu_notifier_unregister(): release, off the list, and a grace period for the callbacks that are running; sections that are open are
 * not waited for. Left out: the reference to the mm.
 */
export function unregisterProcedure(kernel: Kernel): Procedure<[Subscription], void> {
  return procedure('mmu_notifier_unregister', `${FILE}:mmu_notifier_unregister`, function* (sub) {
    if (yield* isListed(sub)) {
      const id = yield* srcuReadLock(kernel.srcu)
      yield* release(sub)
      yield* srcuReadUnlock(kernel.srcu, id)
      if (sub.hashed) yield* store(sub.hashed, 0)
    }
    yield* synchronizeSrcu(kernel.srcu)
  })
}

/**
 * __mmu_notifier_release(): the intervals are invalidated once more, the list is told and emptied. Left out: subscriptions->lock, which is
 * held for single steps.
 */
export function releaseProcedure(kernel: Kernel): Procedure<[], void> {
  const { mm, srcu } = kernel
  function* itreeRelease(): Body<void> {
    const { intervals } = kernel
    if (!intervals) return
    // Once for start and end: a tree may come into being meanwhile, and never goes.
    const { hasItree } = intervals
    if (hasItree.init !== 1 && !(yield* load(hasItree))) return
    const all = range('RELEASE', mm.virtualPages, { blockable: true })
    yield* countSection(mm, all, 1, 'the intervals are released')
    const seq = yield* mnItreeInvStartRange(intervals, all)
    if (seq) yield* invalidateNodes(kernel, intervals, all, seq)
    yield* mnItreeInvEnd(intervals)
    yield* countSection(mm, all, -1, 'the intervals have been released')
  }
  return procedure('__mmu_notifier_release', `${FILE}:__mmu_notifier_release`, function* () {
    yield* itreeRelease()
    const id = yield* srcuReadLock(srcu)
    for (const sub of kernel.subscriptions) if (yield* isListed(sub)) yield* release(sub)
    for (const { hashed } of kernel.subscriptions) if (hashed) yield* store(hashed, 0)
    yield* srcuReadUnlock(srcu, id)
    yield* synchronizeSrcu(srcu)
  })
}

/** A driver that has been told that it is gone may be freed. */
export function* unregisterOwn(kernel: Kernel, label: string): Body<void> {
  const sub = kernel.subscriptions.find((s) => s.name === label)
  if (!sub) throw new Error(`${label} is not registered`)
  yield* call(kernel.procs.unregister, sub)
  if (sub.gone) yield* store(sub.gone, 1)
}
