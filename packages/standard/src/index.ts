/** The plugins that ship with mmulab. An app hands them to a lab, with its own beside them or without some of them. */
import type { Driver, Patch, PolicyFamily, Scenario } from '@mmulab/core'
import { amdgpuEras } from '@mmulab/driver-amdgpu'
import { amdkfdEras } from '@mmulab/driver-amdkfd'
import drmGpusvm from '@mmulab/driver-drm-gpusvm'
import { gntdevEras } from '@mmulab/driver-gntdev'
import gru from '@mmulab/driver-gru'
import hfi1 from '@mmulab/driver-hfi1'
import { hmmMirrorEras } from '@mmulab/driver-hmm-mirror'
import { i915UserptrEras } from '@mmulab/driver-i915-userptr'
import iommuSva from '@mmulab/driver-iommu-sva'
import { kvmEras } from '@mmulab/driver-kvm'
import mshv from '@mmulab/driver-mshv'
import nouveauSvm from '@mmulab/driver-nouveau-svm'
import { radeonEras } from '@mmulab/driver-radeon'
import { rdmaOdpEras } from '@mmulab/driver-rdma-odp'
import scif from '@mmulab/driver-scif'
import { sgxEras } from '@mmulab/driver-sgx'
import testHmm from '@mmulab/driver-test-hmm'
import vhost from '@mmulab/driver-vhost'
import { xeEras } from '@mmulab/driver-xe'
import callerEnds from '@mmulab/policy-caller-ends'
import deferInvalidation from '@mmulab/policy-defer-invalidation'
import deptMap from '@mmulab/policy-dept-map'
import detachAtOom from '@mmulab/policy-detach-at-oom'
import endForAll from '@mmulab/policy-end-for-all'
import intVoidSplit from '@mmulab/policy-int-void-split'
import interval from '@mmulab/policy-interval'
import listFirst from '@mmulab/policy-list-first'
import mainline from '@mmulab/policy-mainline'
import mayfail from '@mmulab/policy-mayfail'
import mayfailIntervals from '@mmulab/policy-mayfail-intervals'
import noblock from '@mmulab/policy-noblock'
import pincheck from '@mmulab/policy-pincheck'
import preemptRt from '@mmulab/policy-preempt-rt'
import rawMnLock from '@mmulab/policy-raw-mn-lock'
import reaperEnds from '@mmulab/policy-reaper-ends'
import refuseSeveral from '@mmulab/policy-refuse-several'
import rtLocksInNonBlock from '@mmulab/policy-rt-locks-in-non-block'
import skipWhileReaping from '@mmulab/policy-skip-while-reaping'
import stopAndUnwind from '@mmulab/policy-stop-and-unwind'
import stopAtRefusal from '@mmulab/policy-stop-at-refusal'
import undoByAddress from '@mmulab/policy-undo-by-address'
import unevict from '@mmulab/policy-unevict'
import unregisterAtOom from '@mmulab/policy-unregister-at-oom'
import unwindIntervals from '@mmulab/policy-unwind-intervals'
import unwindOnFail from '@mmulab/policy-unwind-on-fail'
import vmaStartRange from '@mmulab/policy-vma-start-range'
import { furtherScenarios, scenarios } from '@mmulab/scenarios'

export interface StandardPlugins {
  readonly families: readonly PolicyFamily[]
  readonly patches: readonly Patch[]
  readonly drivers: readonly Driver[]
  readonly scenarios: readonly Scenario[]
  /** Every path beside every activity, beyond the usual ones. */
  readonly furtherScenarios: readonly Scenario[]
}

export const standard: StandardPlugins = {
  families: [mainline],
  patches: [
    unwindOnFail,
    mayfail,
    endForAll,
    undoByAddress,
    refuseSeveral,
    reaperEnds,
    unwindIntervals,
    pincheck,
    unevict,
    preemptRt,
    rtLocksInNonBlock,
    callerEnds,
    listFirst,
    stopAndUnwind,
    stopAtRefusal,
    mayfailIntervals,
    noblock,
    interval,
    skipWhileReaping,
    detachAtOom,
    unregisterAtOom,
    deferInvalidation,
    deptMap,
    rawMnLock,
    intVoidSplit,
    vmaStartRange,
  ],
  drivers: [
    ...kvmEras,
    ...rdmaOdpEras,
    ...i915UserptrEras,
    ...hmmMirrorEras,
    ...amdgpuEras,
    nouveauSvm(),
    ...gntdevEras,
    gru(),
    ...radeonEras,
    ...xeEras,
    drmGpusvm(),
    iommuSva(),
    ...amdkfdEras,
    vhost(),
    hfi1(),
    scif(),
    ...sgxEras,
    testHmm(),
    mshv(),
  ],
  scenarios,
  furtherScenarios,
}
