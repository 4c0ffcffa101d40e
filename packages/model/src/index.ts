/**
 * The modelling language of mmulab, and the kernel's synchronisation primitives written in it. It knows no mm.
 *
 *     const count = variable('kvm.mmu_notifier_count', { max: 4 })
 *     const mmuLock = spinlock('kvm.mmu_lock')
 *
 *     const start = procedure('kvm_mmu_notifier_invalidate_range_start', 'virt/kvm/kvm_main.c', function* () {
 *       yield* spinLock(mmuLock)
 *       yield* add(count, 1)
 *       yield* spinUnlock(mmuLock)
 *       return 0
 *     })
 *
 * Authors write generator functions; they run only while they are recorded and replayed (@mmulab/checker). Read `op.ts`
 * for what an op is, `procedure.ts` for frames and retry loops, `sync/` for the primitives and their rules.
 *
 * Limits: variables are small integers; memory is sequentially consistent; time is not modelled (a sleep ends at any moment).
 */
export * from './context.ts'
export * from './errors.ts'
export * from './expr.ts'
export type * from './op.ts'
export * from './ops.ts'
export * from './procedure.ts'
export * from './sync/atomic.ts'
export * from './sync/completion.ts'
export * from './sync/gfp.ts'
export * from './sync/mutex.ts'
export * from './sync/rcuwait.ts'
export * from './sync/rwsem.ts'
export * from './sync/spinlock.ts'
export * from './sync/srcu.ts'
export * from './sync/unowned-rwsem.ts'
export * from './sync/wait-queue.ts'
export * from './sync/workqueue.ts'
export * from './variable.ts'
export * from './world.ts'
