/**
 * RDMA on-demand paging through time, one file per era; `per-mm.ts` is what 4.20 and 5.3 have in common.
 */
import { type Driver, driverOfEra } from '@mmulab/core'
import { rdmaOdp419 } from './era-4.19.ts'
import { rdmaOdp420 } from './era-4.20.ts'
import { rdmaOdp53 } from './era-5.3.ts'
import { rdmaOdp55 } from './era-5.5.ts'

/** All eras, oldest first. */
export const rdmaOdpEras: readonly Driver[] = [rdmaOdp419, rdmaOdp420, rdmaOdp53, rdmaOdp55]

/** One era; 4.20 unless another is asked for. @throws LabError UNKNOWN_ERA */
export default function rdmaOdp(options: { readonly era?: string } = {}): Driver {
  return driverOfEra(rdmaOdpEras, options.era ?? '4.20')
}
