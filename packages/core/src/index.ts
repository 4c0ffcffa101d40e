/**
 * The mm and the notifier engine, and the contracts of plugins. `cell.ts` turns a policy, drivers and a scenario into a world
 * that @mmulab/checker explores; `mm.ts`, `unmap.ts`, `reclaim.ts`, `oom.ts` and `gup.ts` follow the kernel's mm paths;
 * `subscription.ts` is the list and its walk, `interval.ts` and `itree.ts` are the tree of intervals and its walk; `driver.ts`, `policy.ts` and `scenario.ts` are the contracts.
 */
export {
  ALLOC_CONTEXTS,
  ALLOCATED,
  type AllocContext,
  allocIn,
  mayReclaim,
  mmapRegionProcedure,
} from './alloc-context.ts'
export * from './cell.ts'
export { nameOf } from './cell-drivers.ts'
export { changePteProcedure } from './change-pte.ts'
export { clearRefsProcedure } from './clear-refs.ts'
export { COLLAPSED, collapseHugePageProcedure, TABLE_TAKEN } from './collapse.ts'
export { collapsePteMappedThpProcedure } from './collapse-file.ts'
export {
  freeingTasks,
  getProcedure,
  putProcedure,
  synchronizeProcedure,
  unregisterNoReleaseProcedure,
} from './counted.ts'
export { PAGE_COPIED, wpPageCopyProcedure, writeFaultProcedure } from './cow.ts'
export { devicePages, entryAt } from './device-pages.ts'
export * from './driver.ts'
export { exitMmapProcedure } from './exit.ts'
export {
  type Child,
  childExitProcedure,
  createChild,
  forkProcedure,
  PAGE_SHARED,
} from './fork.ts'
export { faultInProcedure, gupProcedure, type Keep } from './gup.ts'
export type { IntervalHelpers, IntervalNode, IntervalSub, Intervals } from './interval.ts'
export { createIntervals, FINISH_QUEUED, hitBy } from './interval.ts'
export { invalidatePageProcedure } from './invalidate-page.ts'
export * from './itree.ts'
export type { Kernel, KernelFacts, NotifierProcedures, Subscription } from './kernel.ts'
export { atLeast, parseVersion } from './kernel-version.ts'
export {
  MERGE_TRIED,
  PAGE_MERGED,
  replacePageProcedure,
  tryToMergeOnePageProcedure,
  writeProtectPageProcedure,
} from './ksm.ts'
export { releaseProcedure, unregisterProcedure } from './lifecycle.ts'
export { madviseFreeProcedure } from './madvise-free.ts'
export { memoryFailureProcedure, PAGE_POISONED } from './memory-failure.ts'
export { MIGRATION_TRIED, PAGE_MOVED, unmapAndMoveProcedure } from './migrate.ts'
export { unmapAndMoveHugePageProcedure } from './migrate-huge.ts'
export { clearPageDirtyForIoProcedure, PAGE_CLEANED } from './mkclean.ts'
export {
  createMm,
  entry,
  type Mm,
  type MmShape,
  noSectionOpen,
  pageLockOf,
  type Vma,
  vmaOf,
} from './mm.ts'
export { CLEAN, type MmPart, READ_ONLY, WRITTEN } from './mm-parts.ts'
export { changeProtNumaProcedure, mprotectProcedure } from './mprotect.ts'
export { movePageTables, mremapProcedure, PAGES_MOVED } from './mremap.ts'
export {
  LEFT_ALONE,
  oomReapTaskMmProcedure,
  oomReapTaskProcedure,
  processMreleaseProcedure,
  REAP_REFUSED,
  REAP_SKIPPED,
  REAP_TRIED,
  REAP_ZAPPED,
  type ReapOptions,
} from './oom.ts'
export {
  allocPagesMayOomProcedure,
  GOT_REAPED,
  memCgroupOutOfMemoryProcedure,
  OOM_LOCK_TAKEN,
  SECOND_VICTIM,
  SECOND_VICTIM_TOO_SOON,
} from './oom-kill.ts'
export * from './pages.ts'
export * from './policy.ts'
export * from './range.ts'
export { kswapdProcedure, shrinkPageListProcedure } from './reclaim.ts'
export { tryToUnmapOneProcedure, type UnmapOptions } from './rmap.ts'
export * from './scenario.ts'
export { closeSection, countSection, type OpenOptions, openSection } from './section.ts'
export { INTERRUPTED } from './signals.ts'
export * from './subscription.ts'
export {
  dontneedProcedure,
  dontneedSplitProcedure,
  munmapProcedure,
  unmapMappingRangeProcedure,
} from './unmap.ts'
export { mmgetNotZero, mmputProcedure } from './users.ts'
export { vmaEndWrite, vmaStartWrite } from './vma-lock.ts'
export { flushSecondaryTlbs, type Gathered, tlbFinish, zapPages, zapProcedure } from './zap.ts'
