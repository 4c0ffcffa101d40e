/** The standard scenarios, generic over drivers. Each file holds those of one kind of event. */
import type { Scenario } from '@mmulab/core'
import { dontneed, munmap, reclaim } from './blockable.ts'
import { exit, unregisterInSection } from './leave.ts'
import { oomReap, oomReapFaults, oomReapRegister, oomReapThenRegister } from './oom.ts'
import { overlap } from './overlap.ts'
import { cow, holePunch, mrelease, thpSplit, thpSplitRegister } from './paths.ts'
import { pinReclaim } from './pin.ts'
import { registerInSection } from './register.ts'

export {
  cow,
  dontneed,
  exit,
  holePunch,
  mrelease,
  munmap,
  oomReap,
  oomReapFaults,
  oomReapRegister,
  oomReapThenRegister,
  overlap,
  pinReclaim,
  reclaim,
  registerInSection,
  thpSplit,
  thpSplitRegister,
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
