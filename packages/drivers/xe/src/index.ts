/** xe's userptr through time, one file per era; `userptr.ts` is what they have in common. */
import { type Driver, driverOfEra } from '@mmulab/core'
import { xe612 } from './era-6.12.ts'
import { xe72 } from './era-7.2.ts'

/** All eras, oldest first. */
export const xeEras: readonly Driver[] = [xe612, xe72]

/** One era; 7.2 unless another is asked for. @throws LabError UNKNOWN_ERA */
export default function xe(options: { readonly era?: string } = {}): Driver {
  return driverOfEra(xeEras, options.era ?? '7.2')
}
