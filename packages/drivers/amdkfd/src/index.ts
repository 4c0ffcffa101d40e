/** amdkfd's userptr memory through time, one file per era; `process.ts` is what they have in common. */
import { type Driver, driverOfEra } from '@mmulab/core'
import { amdkfd55 } from './era-5.5.ts'
import { amdkfd62 } from './era-6.2.ts'

/** All eras, oldest first. */
export const amdkfdEras: readonly Driver[] = [amdkfd55, amdkfd62]

/** One era; 6.2 unless another is asked for. @throws LabError UNKNOWN_ERA */
export default function amdkfd(options: { readonly era?: string } = {}): Driver {
  return driverOfEra(amdkfdEras, options.era ?? '6.2')
}
