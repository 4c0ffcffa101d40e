/**
 * Shared virtual addressing of an IOMMU (drivers/iommu: arm-smmu-v3-sva, intel svm, amd): the device walks the page table of the process itself and only
 * caches what it finds. There is nothing to hold back and nothing to count: the one operation flushes the cache, under the
 * page-table lock, whenever the CPU's TLB is flushed (arch_invalidate_secondary_tlbs, to 6.5 invalidate_range).
 *
 * A walk and the entry that it leaves in the cache are one step: the flush waits for walks that are under way. The CPU's TLB may be flushed after the section has
 * ended, and so may this one; nobody frees a page before that.
 *
 * What misses is faulted in by handle_mm_fault() in a worker (iommu_sva_handle_iopf), and walked again.
 */
import {
  type Driver,
  type DriverHost,
  type DriverInstance,
  defineDriver,
  devicePages,
  EFAULT,
  entryAt,
} from '@mmulab/core'
import { atomically, expr, jump, type Procedure, procedure } from '@mmulab/model'

const SMMU = 'drivers/iommu/arm/arm-smmu-v3/arm-smmu-v3-sva.c'
const FAULT = 'drivers/iommu/io-pgfault.c'

function create(host: DriverHost): DriverInstance {
  const tlb = devicePages(host, 'iotlb')
  const entry = (va: number) => entryAt(tlb, va)
  const flush = (what: string, pages: readonly number[]) =>
    atomically({
      assign: pages.map((va) => [entry(va), 0] as const),
      label: `${what}: flush ${pages.map((va) => entry(va).name).join(', ')}`,
    })

  const invalidateRange = procedure(
    'arm_smmu_mm_arch_invalidate_secondary_tlbs',
    { at: `${SMMU}:arm_smmu_mm_arch_invalidate_secondary_tlbs`, versions: '4.17..7.3' },
    function* (pages: readonly number[]) {
      yield* flush('arm_smmu_tlb_inv_range_asid()', pages)
    },
  )

  /** The device is kept from walking the page table, and forgets what it has. */
  const release = procedure(
    'arm_smmu_mm_release',
    { at: `${SMMU}:arm_smmu_mm_release`, versions: '5.9..7.3' },
    function* () {
      yield* flush('arm_smmu_tlb_inv_asid()', host.virtualPages)
    },
  )

  const access: Procedure<[number], number> = procedure(
    'iommu_sva_handle_iopf',
    { at: `${FAULT}: a device accesses a page, and iommu_sva_handle_iopf()`, versions: '5.9..7.3' },
    function* (va) {
      const walked = host.cpuEntries[va] ?? 0
      const found = yield* atomically({
        assign: [[entry(va), walked]],
        answer: walked,
        label: `the IOMMU walks the page table into ${entry(va).name}`,
      })
      if (found) return 0
      yield* host.mmapReadLock()
      const page = yield* host.lookUpPage(va)
      yield* host.mmapReadUnlock()
      return page ? yield* jump(access, va) : EFAULT
    },
  )

  const unbind = procedure(
    'iommu_sva_unbind_device',
    { at: 'drivers/iommu/iommu-sva.c:iommu_sva_unbind_device', versions: '5.9..7.3' },
    function* (_va: number) {
      yield* host.unregister()
    },
  )

  return {
    ops: { invalidateRange, release, doesNotBlock: true },
    mapping: (va) => expr(entry(va)),
    inFlight: [],
    notClaimed: {
      coherence: 'an IOTLB is flushed with the TLB of the CPU, which may be after the section',
    },
    activities: {
      fault: { task: 'sva_access', run: access, perPage: true },
      unregister: { task: 'sva_unbind', run: unbind, perPage: false },
    },
    watch: tlb,
  }
}

export default function iommuSva(): Driver {
  return defineDriver({
    name: 'iommu-sva',
    era: '5.9',
    kernel: { since: '4.17', until: '7.3' },
    title: "IOMMU SVA: walks the CPU's page table; its cache is flushed with the CPU's TLB",
    source: `${SMMU} and ${FAULT}, 5.9 to 7.3`,
    offers: ['fault', 'unregister'],
    pins: false,
    create,
  })
}
