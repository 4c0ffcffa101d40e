/** Which device driver is on top of the mirror. */
import type { DriverHost } from '@mmulab/core'
import { createAmdgpu } from './amdgpu.ts'
import { createDevice, type Device } from './device.ts'
import { createNouveau } from './nouveau.ts'
import type { Twin } from './twins.ts'

export function deviceOf(host: DriverHost, twin: Twin | undefined, versions: string): Device {
  if (twin === 'amdgpu') return createAmdgpu(host)
  if (twin === 'nouveau') return createNouveau(host)
  return createDevice(host, versions)
}
