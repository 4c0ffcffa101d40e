/**
 * The driver contract: what a plugin that mirrors page tables offers. A driver is plain data and procedures; it learns of the
 * world only what the kernel would tell it (its callbacks' ranges, the helpers of the mm) and never which policy
 * or scenario it runs in.
 */
import {
  type Allocator,
  type Body,
  type Expr,
  LabError,
  type Procedure,
  type TaskSpec,
  type Variable,
} from '@mmulab/model'
import type { IntervalHelpers, IntervalSub } from './interval.ts'
import type { PageNumber } from './pages.ts'
import type { Range } from './range.ts'

/** Raised when plugins written for the old contract would be misread. */
export const CONTRACT = 1

/** struct mmu_notifier_ops, as far as it is modelled. */
export interface DriverOps {
  /**
   * Called before the page tables change. Must return 0 when the range is blockable; may return -EAGAIN otherwise, and
   * must not sleep then. After it returned 0 the device may not use the range until the end callback.
   */
  readonly invalidateRangeStart?: Procedure<[Range], number>
  /** Called after the page tables have changed; pairs with a start that returned 0. */
  readonly invalidateRangeEnd?: Procedure<[Range], void>
  /**
   * Up to 4.12, where reclaim, migration and memory failure open no section: the entry of this virtual page has gone, and the page is kept
   * until this returns. 4.11 and 4.12 call it where sleeping is not allowed. Later kernels never call it.
   */
  readonly invalidatePage?: Procedure<[number], void>
  /**
   * Up to 6.9: copy on write or KSM has put this page at the virtual page, or write-protected it. Called inside a section, and where sleeping is not
   * allowed. Later kernels never call it.
   */
  readonly changePte?: Procedure<[number, PageNumber], void>
  /** The mm goes, or the notifier leaves it: every mapping must go. May run twice at the same time. */
  readonly release?: Procedure<[], void>
  /**
   * invalidate_range(), from 6.6 on arch_invalidate_secondary_tlbs(): for a device that walks the CPU's page table and only
   * caches it. Called under the page-table lock with the virtual pages; must not sleep. 6.6+ refuses to register it
   * beside start or end.
   */
  readonly invalidateRange?: Procedure<[readonly number[]], void>
  /** MMU_INVALIDATE_DOES_NOT_BLOCK, looked at by 4.16 to 4.18: its callbacks never sleep. */
  readonly doesNotBlock?: boolean
  /**
   * Frees a notifier that mmu_notifier_put() (5.4+) or mmu_notifier_call_srcu() (to 5.3) has given up: no callback runs any more,
   * and release() may never have been called. May not sleep.
   */
  readonly freeNotifier?: Procedure<[], void>
  /**
   * For the proposals of 2026 that keep the OOM reaper away from a driver; no mainline kernel calls it. It has been taken off the list,
   * and no callback runs any more: what it counted will not be ended.
   */
  readonly afterOomUnregister?: Procedure<[], void>
  /** An interval notifier (5.5+); kernels before it refuse a driver that has one. */
  readonly intervalSub?: IntervalSub
  /** Those of its other objects, for a driver that has one interval notifier for each: `intervals[1]` of the host and so on. */
  readonly moreIntervalSubs?: readonly IntervalSub[]
}

/**
 * What a device or its user does on its own. A scenario asks for an activity, a driver offers it.
 * - fault: the device touches a virtual page and maps it
 * - busy: something of the driver's own keeps it from answering at once
 * - register: memory is handed to the device (reg_mr)
 * - unregister: the device is closed, and takes its notifier away
 * - pin: pages are pinned one by one while memory may be short
 * - implicit: a fault of the device, in a worker, registers memory of its own accord: the process may be gone
 */
export const ACTIVITY_KINDS = [
  'fault',
  'busy',
  'register',
  'unregister',
  'pin',
  'implicit',
] as const
export type ActivityKind = (typeof ACTIVITY_KINDS)[number]

export interface Activity {
  /** Stem of the task's name: vcpu, reg_mr. */
  readonly task: string
  /** The procedure for one virtual page; activities over the whole range ignore it. */
  readonly run: Procedure<[number], unknown>
  /** One task per virtual page, or one in all. */
  readonly perPage: boolean
  /** `register`: the device maps at once what it is given, if nothing fails and no section comes in between. */
  readonly populates?: true
}

export interface CachedPage {
  /** As after "maps a page at": gpc. */
  readonly what: string
  readonly va: number
  /** The page, or 0. */
  readonly page: Expr
}

export interface DriverInstance {
  readonly ops: DriverOps
  /** The device's page table: the page it maps at a virtual page, or 0. */
  readonly mapping: (va: number) => Expr
  /** Pages that it keeps beside its page table, under the same promises: a translation that is cached. */
  readonly caches?: readonly CachedPage[]
  /** Must be 0 while no section is open anywhere: counters, locks held from start to end. */
  readonly inFlight: readonly { readonly what: string; readonly value: Expr }[]
  /** Not 0 while the device stands still for an invalidation; it must always be able to come back to 0. */
  readonly stopped?: readonly { readonly what: string; readonly value: Expr }[]
  readonly activities: Readonly<Partial<Record<ActivityKind, Activity>>>
  /** Promises that this driver does not make, with the reason. */
  readonly notClaimed?: Readonly<Partial<Record<'memory' | 'coherence', string>>>
  /** Tasks that run beside the activities: the device itself, its workers. */
  readonly daemons?: readonly TaskSpec[]
  /** What a picture of the driver shows. */
  readonly watch: readonly Variable[]
}

/** What a driver gets to build itself with. */
export interface DriverHost {
  /** The driver's name in this world; prefix of everything it declares. */
  readonly label: string
  /** The virtual pages of the mm. */
  readonly virtualPages: readonly number[]
  /** How many physical pages there are: the domain of a device's page-table entry is 0 to this. */
  readonly pageCount: number
  /** The CPU's page table, for a device that walks it itself: by virtual page, the page or 0. */
  readonly cpuEntries: readonly Expr[]
  /** 1 once nobody is left who runs in the address space: mm_users is 0. What only its own threads set going stands still then. */
  readonly exited: Expr
  /** Upper bound on the sections that can be opened in this world, failed ones included: the domain of counters. */
  readonly sections: number
  /** Upper bound on end callbacks: a core that ends what was refused and a caller that ends it again make two of one section. */
  readonly ends: number
  /** The device starts with everything mapped, as after some use; otherwise it starts empty. */
  readonly warm: boolean
  readonly allocator: Allocator
  /** For the driver's interval notifier, if its `ops` have one. */
  readonly interval: IntervalHelpers
  /** The same, and for those of `moreIntervalSubs`; there is room for one per virtual page. */
  readonly intervals: readonly IntervalHelpers[]
  /** mmu_notifier_unregister() of the driver's list notifier: waits for its callbacks, not for open sections. */
  unregister(): Body<void>
  /** mmu_notifier_unregister_no_release(), up to 5.3. @throws LabError NOT_IN_KERNEL */
  unregisterNoRelease(): Body<void>
  /** mmu_notifier_call_srcu(), up to 5.3: freeNotifier() after a grace period. @throws LabError NOT_IN_KERNEL */
  freeLater(): Body<void>
  /** freeNotifier() at once: right only where no callback can be running. */
  freeNow(): Body<void>
  /** mmu_notifier_get() and put() (5.4+), for a driver with a freeNotifier(). @throws LabError NOT_IN_KERNEL */
  getNotifier(): Body<void>
  putNotifier(): Body<void>
  /** mmu_notifier_synchronize(), and then the module is gone. */
  unloadModule(): Body<void>
  /** mmget_not_zero(): 0 once nobody uses the mm. What it grants is given back with mmput(), under no lock that a callback takes. */
  mmgetNotZero(): Body<boolean>
  mmput(): Body<void>
  getUserPage(va: number): Body<PageNumber>
  pinUserPage(va: number): Body<PageNumber>
  /** get_user_pages() under mmap_lock, which the driver takes. */
  pinUserPageLocked(va: number): Body<PageNumber>
  /** get_user_pages() without FOLL_PIN, under mmap_lock, which the driver takes. */
  getUserPageLocked(va: number): Body<PageNumber>
  /** lock_page() and unlock_page(): reclaim holds the lock of the page that it unmaps. */
  lockPage(page: PageNumber): Body<number>
  unlockPage(page: PageNumber): Body<number>
  /** Under mmap_lock, which the driver takes; keeps no reference (hmm_range_fault, hmm_vma_walk). */
  lookUpPage(va: number): Body<PageNumber>
  mmapReadLock(): Body<number>
  mmapReadUnlock(): Body<number>
  /** For what an mmap() of the driver's does. */
  mmapWriteLock(): Body<void>
  mmapWriteUnlock(): Body<number>
  putPage(page: PageNumber): Body<number>
  unpinUserPage(page: PageNumber): Body<number>
}

/** Kernel versions such as 5.4, both included. */
export interface KernelVersions {
  readonly since: string
  readonly until: string
}

export interface Driver {
  readonly kind: 'driver'
  readonly contract: number
  /** kvm, rdma-odp: without the era. */
  readonly name: string
  /** The kernel era it follows: 5.11. */
  readonly era: string
  /** The kernels that shipped it, first and last; where nothing is said, any. */
  readonly kernel?: KernelVersions
  /** One sentence. */
  readonly title: string
  /** Kernel files it follows, and the versions. */
  readonly source: string
  /** The activities it offers; `create` must offer the same. */
  readonly offers: readonly ActivityKind[]
  /** It holds a reference to every page that it maps. */
  readonly pins: boolean
  /** It has an interval notifier: there is no world for it before 5.5. */
  readonly interval?: boolean
  /** Named twins that differ in one thing, for control experiments: `i915-userptr~unpinned`. */
  readonly variants: Readonly<Record<string, Driver>>
  readonly create: (host: DriverHost) => DriverInstance
}

export type DriverOptions = Omit<Driver, 'kind' | 'contract' | 'variants'> &
  Partial<Pick<Driver, 'variants' | 'contract'>>

/** Checks the shape of a driver and returns it. @throws LabError PLUGIN_SHAPE, CONTRACT_VERSION */
export function defineDriver(options: DriverOptions): Driver {
  const driver: Driver = { variants: {}, contract: CONTRACT, ...options, kind: 'driver' }
  if (driver.contract !== CONTRACT)
    throw new LabError({
      code: 'CONTRACT_VERSION',
      kind: 'plugin',
      message: `The driver ${driver.name} was written for contract ${driver.contract}; this core has contract ${CONTRACT}.`,
      where: driver.name,
      hint: 'Install versions of the driver and of @mmulab/core that belong together.',
    })
  if (
    !/^[a-z0-9][a-z0-9-]*(~[a-z0-9-]+)?$/.test(driver.name ?? '') ||
    typeof driver.create !== 'function'
  )
    throw new LabError({
      code: 'PLUGIN_SHAPE',
      kind: 'plugin',
      message: `A driver needs a name of lower-case letters, digits and dashes, and a create function; got the name ${JSON.stringify(driver.name)}.`,
      where: String(driver.name),
      hint: 'See the example in the README of @mmulab/core.',
    })
  return driver
}

/** The driver of one era among those of one name. @throws LabError UNKNOWN_ERA */
export function driverOfEra(eras: readonly Driver[], era: string): Driver {
  const found = eras.find((d) => d.era === era)
  if (found) return found
  const known = eras.map((d) => d.era)
  throw new LabError({
    code: 'UNKNOWN_ERA',
    kind: 'usage',
    message: `There is no era ${era} of ${eras[0]?.name}; there are ${known.join(', ')}.`,
    known,
    hint: 'mmulab list drivers shows all of them.',
  })
}
