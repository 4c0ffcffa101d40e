/** radeon's userptr objects through time, one file per era; `bo.ts` is what they have in common. */
import { type Driver, driverOfEra } from '@mmulab/core'
import { radeon419 } from './era-4.19.ts'
import { radeon55 } from './era-5.5.ts'

/** All eras, oldest first. */
export const radeonEras: readonly Driver[] = [radeon419, radeon55]

/** One era; 5.5 unless another is asked for. @throws LabError UNKNOWN_ERA */
export default function radeon(options: { readonly era?: string } = {}): Driver {
  return driverOfEra(radeonEras, options.era ?? '5.5')
}
