/**
 * KVM's mmu notifier through time, one file per era. What stays the same: it never refuses, it never sleeps, and it needs exactly
 * one end for every start.
 */
import { type Driver, driverOfEra } from '@mmulab/core'
import { kvm511 } from './era-5.11.ts'
import { kvm512 } from './era-5.12.ts'
import { kvm515 } from './era-5.15.ts'
import { kvm61 } from './era-6.1.ts'

/** All eras, oldest first. */
export const kvmEras: readonly Driver[] = [kvm511, kvm512, kvm515, kvm61]

/** One era; that of the 2019 question unless another is asked for. @throws LabError UNKNOWN_ERA */
export default function kvm(options: { readonly era?: string } = {}): Driver {
  return driverOfEra(kvmEras, options.era ?? '5.11')
}
