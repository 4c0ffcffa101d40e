/**
 * amdgpu's userptr objects through time, one file per era. From 5.2 to 5.4 amdgpu sat on the HMM mirror, which is a driver of its own
 * here.
 */
import { type Driver, driverOfEra } from '@mmulab/core'
import { amdgpu419 } from './era-4.19.ts'
import { amdgpu55 } from './era-5.5.ts'

/** All eras, oldest first. */
export const amdgpuEras: readonly Driver[] = [amdgpu419, amdgpu55]

/** One era; 4.19 unless another is asked for. @throws LabError UNKNOWN_ERA */
export default function amdgpu(options: { readonly era?: string } = {}): Driver {
  return driverOfEra(amdgpuEras, options.era ?? '4.19')
}
