/** KVM_SET_USER_MEMORY_REGION of 5.15: user space deletes its memslot and makes it anew. */
import {
  any,
  atomically,
  call,
  jump,
  load,
  ne,
  not,
  type Procedure,
  procedure,
  rcuwaitPrepare,
  rcuwaitSchedule,
  read,
  spinLock,
  spinUnlock,
  store,
  synchronizeSrcu,
  violate,
} from '@mmulab/model'
import { type Guest, SLOT_GONE, SLOT_INVALID, SLOT_VALID } from './guest.ts'

const FILE = 'virt/kvm/kvm_main.c'

export interface GuestOptions {
  /** An update waits for open sections; the twin without it publishes at once. */
  readonly waits: boolean
  /** Whoever destroys the VM puts the count of open sections back; the twin leaves it as it was when its notifier left. Later kernels
   * WARN if none was open, and sections that touch a memslot are counted all the same. */
  readonly putsBack?: boolean | 'or-warns'
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
      // Readers that saw the old slots are through after this: their memory goes, or is written anew for the next update.
      yield* synchronizeSrcu(g.srcu)
      const seen = yield* read(not(g.onlyPublished(state)), `kvfree(old ${g.slot.name}s)`)
      if (seen) yield* violate('memory', `${g.slot.name}s go while somebody looks at them`)
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
      // kvm_arch_free_memslot() (arch/x86/kvm/x86.c): every spte of a memslot is on a list that goes with it.
      const mapped = yield* read(
        any(g.spte, (v) => ne(v, 0)),
        'kvfree(slot->arch.rmap)',
      )
      if (mapped) yield* violate('memory', `${g.slot.name} goes while sptes of it are left`)
      yield* call(install, SLOT_VALID)
    },
  )
}
