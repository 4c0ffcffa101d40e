/** KVM_SET_USER_MEMORY_REGION of 5.15: user space deletes its memslot and makes it anew. */
import {
  atomically,
  call,
  jump,
  load,
  type Procedure,
  procedure,
  rcuwaitPrepare,
  rcuwaitSchedule,
  spinLock,
  spinUnlock,
  store,
  synchronizeSrcu,
} from '@mmulab/model'
import { type Guest, SLOT_GONE, SLOT_INVALID, SLOT_VALID } from './guest.ts'

const FILE = 'virt/kvm/kvm_main.c'

export interface GuestOptions {
  /** An update waits for open sections; the twin without it publishes at once. */
  readonly waits: boolean
  /** Whoever destroys the VM puts the count of open sections back; the twin leaves it as it was when its notifier left. */
  readonly putsBack?: boolean
}

/**
 * install_new_memslots(): a rwsem by hand, unfair on purpose. A section that is open keeps it waiting, and new ones may come; a
 * section never waits for it, since a start may not sleep.
 */
export function installProcedure(g: Guest, options: GuestOptions): Procedure<[number], void> {
  const untilNoSection: Procedure<[], void> = procedure(
    'wait for mn_active_invalidate_count',
    { at: `${FILE}:install_new_memslots`, versions: '5.15' },
    function* () {
      if (!options.waits || !(yield* load(g.active))) return
      // Under the lock: the end that makes it 0 comes after, and wakes.
      yield* rcuwaitPrepare(g.updateWait)
      yield* spinUnlock(g.mnLock)
      yield* rcuwaitSchedule(g.updateWait)
      yield* spinLock(g.mnLock)
      return yield* jump(untilNoSection)
    },
  )
  return procedure(
    'install_new_memslots',
    { at: `${FILE}:install_new_memslots`, versions: '5.15' },
    function* (state) {
      yield* spinLock(g.mnLock)
      yield* call(untilNoSection)
      yield* store(g.slot, state)
      yield* spinUnlock(g.mnLock)
      // Readers that saw the old slots are through after this.
      yield* synchronizeSrcu(g.srcu)
    },
  )
}

export function updateMemslotsProcedure(
  g: Guest,
  options: GuestOptions,
): Procedure<[number], void> {
  const install = installProcedure(g, options)
  return procedure(
    'kvm_set_memory_region',
    { at: `${FILE}:kvm_set_memory_region`, versions: '5.15' },
    function* (_va) {
      yield* call(install, SLOT_INVALID)
      yield* spinLock(g.mmuLock)
      yield* atomically({
        assign: g.spte.map((v) => [v, 0] as const),
        label: 'kvm_arch_flush_shadow_memslot(): zap all sptes',
      })
      yield* spinUnlock(g.mmuLock)
      yield* call(install, SLOT_GONE)
      yield* call(install, SLOT_VALID)
    },
  )
}
