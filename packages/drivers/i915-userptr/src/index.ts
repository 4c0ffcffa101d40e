/**
 * i915's userptr objects through time, one file per era; `interval.ts` is what 5.13 and 6.12 have in common.
 */
import { type Driver, driverOfEra } from '@mmulab/core'
import { i915Userptr419 } from './era-4.19.ts'
import { i915Userptr513 } from './era-5.13.ts'
import { i915Userptr5x } from './era-5.x.ts'
import { i915Userptr612 } from './era-6.12.ts'

/** All eras, oldest first. */
export const i915UserptrEras: readonly Driver[] = [
  i915Userptr419,
  i915Userptr5x,
  i915Userptr513,
  i915Userptr612,
]

/** One era; 5.x unless another is asked for. @throws LabError UNKNOWN_ERA */
export default function i915Userptr(options: { readonly era?: string } = {}): Driver {
  return driverOfEra(i915UserptrEras, options.era ?? '5.x')
}
