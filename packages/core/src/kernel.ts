/**
 * What a notifier core is made of: the procedures that a kernel version provides and a patch replaces. They find each
 * other through `Kernel.procs`, so a patch to one is seen by all.
 */
import type {
  Allocator,
  PreemptRt,
  Procedure,
  Srcu,
  SrcuHead,
  TaskSpec,
  Variable,
} from '@mmulab/model'
import type { DriverOps } from './driver.ts'
import type { IntervalNode, Intervals } from './interval.ts'
import type { Mm } from './mm.ts'
import type { PageNumber } from './pages.ts'
import type { Range } from './range.ts'

/** struct mmu_notifier on the mm's list. */
export interface Subscription {
  readonly name: string
  readonly ops: DriverOps
  /** 1 while it is on the list; undefined for one that is there from beginning to end. */
  readonly hashed: Variable | undefined
  /** 1 once it has left for good, where one may: no callback may run any more. */
  readonly gone?: Variable | undefined
  /** What mmu_notifier_get() and put() keep, for a driver that has a free_notifier. */
  readonly counted?: CountedNotifier | undefined
}

export interface CountedNotifier {
  /** Those who have got it and not put it yet. */
  readonly users: Variable
  /** Frees it after a grace period. */
  readonly free: SrcuHead
  /** 1 once the module with its operations is unloaded. */
  readonly unloaded: Variable
}

export interface NotifierProcedures {
  /** Blockable wrapper: its caller has no use for an answer. */
  readonly invalidateRangeStart: Procedure<[Range], void>
  /** Answers 0 or -EAGAIN. */
  readonly invalidateRangeStartNonblock: Procedure<[Range], number>
  readonly invalidateRangeEnd: Procedure<[Range], void>
  /** Up to 4.12: the entry of a virtual page has gone, or allows less. */
  readonly invalidatePage: Procedure<[number], void>
  /** Up to 6.9: the entry of a virtual page is another one now, inside a section. */
  readonly changePte: Procedure<[number, PageNumber], void>
  /** What both start wrappers call: the intervals first (5.5+), then the list. */
  readonly rangeStart: Procedure<[Range], number>
  /** The walk over the tree of intervals, refusals undone; called only where there are some. */
  readonly itreeInvalidate: Procedure<[Range], number>
  /** One node's callback: answers 1; 0 for a refusal; FINISH_QUEUED to be called again when all have been asked. */
  readonly callInterval: Procedure<[IntervalNode, Range, number], number>
  /** The walk over the list. */
  readonly hlistInvalidateRangeStart: Procedure<[Range], number>
  readonly hlistInvalidateRangeEnd: Procedure<[Range], void>
  /** One notifier's start callback, with what the core puts around it. */
  readonly callStart: Procedure<[Subscription, Range], number>
  readonly callEnd: Procedure<[Subscription, Range], void>
  /** Takes one off the list, whatever sections are open. */
  readonly unregister: Procedure<[Subscription], void>
  /** Up to 5.3: the same without release. */
  readonly unregisterNoRelease: Procedure<[Subscription], void>
  /** 5.4+: one more user of a counted notifier, which the first registers; and one less, which the last one frees. */
  readonly get: Procedure<[Subscription], void>
  readonly put: Procedure<[Subscription], void>
  /** What a module calls before it is unloaded. */
  readonly synchronize: Procedure<[], void>
  /** The last user of the mm is gone: everybody is told, and the list is emptied. */
  readonly release: Procedure<[], void>
  /** One attempt at every VMA; answers 1 if all could be reaped, LEFT_ALONE if the mm was not looked at (4.14 to 4.18). */
  readonly oomReapTaskMm: Procedure<[], number>
  /** rmap: takes one mapping of a page away. */
  readonly tryToUnmapOne: Procedure<[PageNumber, number], void>
  /** Tasks of the core's own, which do what was put off; asked for once the drivers are registered. */
  readonly workers: () => readonly TaskSpec[]
}

/**
 * - counted: the OOM reaper holds mm_users while it reaps, so that nobody exits meanwhile (to 4.13)
 * - skips: once unmapped, MMF_OOM_SKIP is set, and a victim waits for the reaper to leave mmap_lock (4.14, 212925802454)
 * - reaps: a victim reaps itself first, in sections that may not block, and then does that (4.17, 27ae357fa82b)
 * - reaps-locked: the same, and the rest is done under mmap_lock held for write (5.17, 64591e8605d6)
 * - reads: everybody unmaps under mmap_lock held for read, sets MMF_OOM_SKIP, and frees page tables under it held for write (6.0,
 *   bf3980c85212)
 */
type ExitMmap = 'counted' | 'skips' | 'reaps' | 'reaps-locked' | 'reads'

/** How a kernel version differs outside the notifier core, as far as scenarios can see it. */
export interface KernelFacts {
  /** munmap unmaps under the lock downgraded to read (4.20+, dd2283f2605e). */
  readonly munmapDowngrades: boolean
  /** Faults of the CPU take the lock of their VMA instead of mmap_lock (6.4+). */
  readonly vmaLocks: boolean
  /**
   * What rmap walks call: invalidate_page() once the page-table lock is dropped (to 4.10), or under it (4.11, 4.12, c7ab0d2fdc84); it is
   * gone from 4.13 on (369ea8242c0f), and they open sections.
   */
  readonly invalidatePage: 'unlocked' | 'under-ptl' | 'gone'
  /** set_pte_at_notify() calls change_pte() (to 6.9). */
  readonly changePte: boolean
  /** try_to_migrate() is not try_to_unmap() any more (5.14+). */
  readonly tryToMigrate: boolean
  /** khugepaged takes page tables away from mappings of files (5.4+, 27e1f8273113), and tells notifiers (6.1+, f268f6cf875f). */
  readonly collapsesFiles: boolean
  readonly collapseNotifies: boolean
  /** Reclaim leaves pinned anonymous pages alone before it unmaps them (5.11+, feb889fb40fa). */
  readonly reclaimSkipsPinned: boolean
  /** lockdep knows kswapd for reclaim: up to 4.13 (lockdep_set_current_reclaim_state()), and from 4.18 on (93781325da6e). */
  readonly kswapdInFsReclaim: boolean
  /** Ranges carry flags (5.2+). */
  readonly rangeFlags: boolean
  /** The OOM reaper holds oom_lock through an attempt (4.7 to 4.18, e2fe14564d33 to af5679fbc669). */
  readonly reaperTakesOomLock: boolean
  /** How exit_mmap() and those who reap keep out of each other's way (exit.ts). */
  readonly exitMmap: ExitMmap
  /** process_mrelease(2) exists (5.15+). */
  readonly processMrelease: boolean
  /** mmu_notifier_get() and put() exist, and unregister_no_release() does not any more (5.4+). */
  readonly countedNotifiers: boolean
  /** The OOM reaper takes notifiers off the list, of those that say how: no mainline kernel. */
  readonly oomDetaches: boolean
  /** Interval notifiers exist (5.5+). */
  readonly interval: boolean
  /** try_to_unmap_one marks its ranges MAYFAIL: no mainline kernel. */
  readonly unmapMayFail: boolean
  /**
   * What lockdep knows of sections: nothing; that reclaim opens some, from the first registration on (5.4); that every
   * allocation that may reclaim directly might (5.11). `event`: no mainline kernel; a section is then what is waited for, not a
   * lock that is touched where it begins and ends.
   */
  readonly notifierMap: 'none' | 'primed' | 'fs_reclaim' | 'event'
  /** Secondary TLBs are flushed with the CPU's; before 6.6 only by an mmu_gather, and by range_end for all else. */
  readonly secondaryTlbs: 'range-end' | 'arch-flush'
  /** Built with PREEMPT_RT, under which spinlocks sleep: only where a patch says so. */
  readonly preemptRt: PreemptRt
  /** Which text the list walk has: what a patch to it must find. Callbacks of `void` walks have no answer. */
  readonly hlistWalk: 'void' | 'continue' | 'continue-and-warn' | 'unwind'
}

export interface Kernel {
  readonly mm: Mm
  /** In the order in which they are called: the newest first. */
  readonly subscriptions: readonly Subscription[]
  /** Where some driver of the world has an interval notifier; a kernel without them has no such state. */
  readonly intervals?: Intervals | undefined
  readonly srcu: Srcu
  readonly allocator: Allocator
  readonly facts: KernelFacts
  /** How often the OOM reaper tries (MAX_OOM_REAP_RETRIES, 10 in the kernel). */
  readonly reapAttempts: number
  readonly procs: NotifierProcedures
  /** The same once the mm has been released: nobody is on its list, and nobody can join it any more; in cells. */
  readonly emptied?: Kernel
}
