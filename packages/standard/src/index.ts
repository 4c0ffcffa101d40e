/** The plugins that ship with mmulab. An app hands them to a lab, with its own beside them or without some of them. */
import type { Driver, Patch, PolicyFamily, Scenario } from '@mmulab/core'
import { hmmMirrorEras } from '@mmulab/driver-hmm-mirror'
import i915Userptr from '@mmulab/driver-i915-userptr'
import { kvmEras } from '@mmulab/driver-kvm'
import { rdmaOdpEras } from '@mmulab/driver-rdma-odp'
import mainline from '@mmulab/policy-mainline'
import mayfail from '@mmulab/policy-mayfail'
import unwindOnFail from '@mmulab/policy-unwind-on-fail'
import { scenarios } from '@mmulab/scenarios'

export interface StandardPlugins {
  readonly families: readonly PolicyFamily[]
  readonly patches: readonly Patch[]
  readonly drivers: readonly Driver[]
  readonly scenarios: readonly Scenario[]
}

export const standard: StandardPlugins = {
  families: [mainline],
  patches: [unwindOnFail, mayfail],
  drivers: [...kvmEras, ...rdmaOdpEras, i915Userptr(), ...hmmMirrorEras],
  scenarios,
}
