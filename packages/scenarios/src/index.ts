/**
 * The standard scenarios, generic over drivers. Each file holds paths of one kind; `path.ts` has them meet what drivers do. A few
 * are what is usually looked at; the others are found by name, and `list` shows them apart.
 */
import type { Scenario } from '@mmulab/core'
import { allocations } from './alloc.ts'
import * as blockable from './blockable.ts'
import { exit, exitImplicit, exitMm, reapExit, unregisterInSection } from './leave.ts'
import * as move from './move.ts'
import { oomReap, oomReapFaults, oomReapThenRegister, reap, reapAllocate } from './oom.ts'
import { overlap } from './overlap.ts'
import { MEETINGS, meets, type Path, whileInUse } from './path.ts'
import * as paths from './paths.ts'
import { pinReclaim } from './pin.ts'
import * as protect from './protect.ts'
import { registerInSection } from './register.ts'
import { mreleaseInterrupted, registerInterrupted } from './signals.ts'

export { MEETINGS, type Meeting, meets, type Path, whileInUse } from './path.ts'

export const dontneed: Scenario = whileInUse(blockable.dontneed)
export const munmap: Scenario = whileInUse(blockable.munmap)
export const reclaim: Scenario = whileInUse(blockable.reclaim)
export const holePunch: Scenario = whileInUse(paths.holePunch)
export const cow: Scenario = whileInUse(paths.cow)
export const thpSplit: Scenario = whileInUse(paths.thpSplit)
export const thpSplitRegister: Scenario = meets(paths.thpSplit, 'register')
export const mrelease: Scenario = whileInUse(paths.mrelease)
export const oomReapAllocate: Scenario = whileInUse(reapAllocate)
export const oomReapRegister: Scenario = meets(
  reap,
  'register',
  'memory is registered with a device while the OOM reaper runs',
)

export {
  exit,
  oomReap,
  oomReapFaults,
  oomReapThenRegister,
  overlap,
  pinReclaim,
  registerInSection,
  unregisterInSection,
}

export const scenarios: readonly Scenario[] = [
  oomReap,
  oomReapFaults,
  oomReapThenRegister,
  oomReapRegister,
  dontneed,
  munmap,
  reclaim,
  overlap,
  pinReclaim,
  registerInSection,
  holePunch,
  cow,
  thpSplit,
  thpSplitRegister,
  mrelease,
  unregisterInSection,
  exit,
]

/** What the mm can do. */
export const allPaths: readonly Path[] = [
  blockable.dontneed,
  blockable.munmap,
  blockable.reclaim,
  paths.holePunch,
  paths.cow,
  paths.thpSplit,
  paths.mrelease,
  reap,
  protect.fork,
  protect.madviseFree,
  protect.mprotect,
  protect.writeBack,
  protect.clearRefs,
  protect.ksm,
  protect.numa,
  move.migrate,
  move.migrateHuge,
  move.memoryFailure,
  move.mremap,
  move.collapse,
  move.collapseFile,
  exitMm,
  reapExit,
  ...allocations,
]

const usual = new Set(scenarios.map((s) => s.name))

/** The paths that are not among the usual scenarios, and every path beside each activity: found by name. */
export const furtherScenarios: readonly Scenario[] = [
  ...allPaths.map((path) => whileInUse(path)),
  ...allPaths.flatMap((path) => MEETINGS.map((meeting) => meets(path, meeting))),
  oomReapAllocate,
  exitImplicit,
  registerInterrupted,
  mreleaseInterrupted,
].filter((s) => !usual.has(s.name))
