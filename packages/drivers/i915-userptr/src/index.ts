/**
 * i915's userptr objects through time, one file per era. From 5.13 on they have interval notifiers, which are not modelled here.
 */
import { type Driver, driverOfEra } from '@mmulab/core'
import { i915Userptr419 } from './era-4.19.ts'
import { i915Userptr5x } from './era-5.x.ts'

/** All eras, oldest first. */
export const i915UserptrEras: readonly Driver[] = [i915Userptr419, i915Userptr5x]

/** One era; 5.x unless another is asked for. @throws LabError UNKNOWN_ERA */
export default function i915Userptr(options: { readonly era?: string } = {}): Driver {
  return driverOfEra(i915UserptrEras, options.era ?? '5.x')
}
