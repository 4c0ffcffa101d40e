/** Xen's gntdev through time, one file per era. */
import { type Driver, driverOfEra } from '@mmulab/core'
import { gntdev419 } from './era-4.19.ts'
import { gntdev55 } from './era-5.5.ts'

/** All eras, oldest first. */
export const gntdevEras: readonly Driver[] = [gntdev419, gntdev55]

/** One era; 5.5 unless another is asked for. @throws LabError UNKNOWN_ERA */
export default function gntdev(options: { readonly era?: string } = {}): Driver {
  return driverOfEra(gntdevEras, options.era ?? '5.5')
}
