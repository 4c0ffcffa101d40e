/** The rules that are read off the verdicts of cells: which claim must hold where, and who says so. */
import type { CellReport } from '@mmulab/compare'
import type { DriverInstance } from '@mmulab/core'
import type { ClaimId } from '@mmulab/model'
import { BLOCKABLE, OOM, type Plan, RECLAIM, SET_UP } from './plan.ts'
import { LEFT_OUT, STILL_MAPPED } from './watched.ts'

export interface CellRule {
  readonly id: string
  readonly rule: string
  readonly kernelReference: string
  /** The cells that it is asked of. */
  readonly asked: (plan: Plan) => boolean
  /** The drivers that it says something about; all, by default. */
  readonly of?: (driver: DriverInstance) => boolean
  readonly claims: readonly ClaimId[]
  /** Only what is broken with these words. */
  readonly words?: RegExp
  /** All but what is broken with these words. */
  readonly but?: RegExp
}

const HEADER = 'include/linux/mmu_notifier.h: struct mmu_notifier_ops'
const CORE = 'mm/mmu_notifier.c'

const BLOCKABLE_REFUSED = /refuses a blockable start/
const NOT_EAGAIN = /instead of -EAGAIN/
const RUNS_AGAIN = /can never run again/
const LOOKED_AT = /while somebody looks at/
const HAS_END = /although it has an end operation/

const blockable = (p: Plan): boolean => !p.watched && BLOCKABLE.includes(p.scenario)
const oom = (p: Plan): boolean => OOM.includes(p.scenario)
const alone = (p: Plan): boolean => p.refuser === undefined
const own = (p: Plan): boolean => !p.watched

export const CELL_RULES: readonly CellRule[] = [
  {
    id: 'blockable-start-says-yes',
    rule: 'A start whose range is blockable answers 0.',
    kernelReference: `${CORE}:mn_hlist_invalidate_range_start, WARN_ON of 8402ce61bec2; ${HEADER}`,
    asked: blockable,
    claims: ['warn'],
    words: BLOCKABLE_REFUSED,
  },
  {
    id: 'refuses-with-eagain',
    rule: 'A start that may not block answers 0 or -EAGAIN.',
    kernelReference: `${CORE}:mn_hlist_invalidate_range_start, WARN_ON(ret != -EAGAIN)`,
    asked: (p) => oom(p) && alone(p),
    claims: ['warn'],
    words: NOT_EAGAIN,
  },
  {
    id: 'may-fail-has-no-end',
    rule: 'A driver whose start may refuse has no end operation.',
    kernelReference: `${CORE}:mn_hlist_invalidate_range_start, c2655835fd8c (5.12)`,
    asked: (p) => oom(p) && alone(p) && p.core === 'unwinds',
    claims: ['warn'],
    words: HAS_END,
  },
  {
    id: 'no-complaint',
    rule: 'No WARN_ON or BUG_ON of the driver is ever met.',
    kernelReference: 'include/asm-generic/bug.h',
    asked: own,
    claims: ['warn'],
    but: new RegExp([BLOCKABLE_REFUSED, NOT_EAGAIN, HAS_END].map((r) => r.source).join('|')),
  },
  {
    id: 'ends-what-it-began',
    rule: 'After a section nothing of it is left: counters are back, locks are given back, no page reference is kept.',
    kernelReference: `${HEADER}: start and end are paired`,
    asked: blockable,
    claims: ['balance'],
  },
  {
    id: 'undoes-a-refusal',
    rule: 'A start that refuses leaves nothing behind, since no end follows.',
    kernelReference: `${CORE}:__mmu_notifier_invalidate_range_start, 93065ac753e4 (4.19)`,
    asked: (p) => oom(p) && alone(p) && p.core === 'leaves',
    claims: ['balance'],
  },
  {
    id: 'unwound',
    rule: 'When another driver refuses and the core unwinds, every promise stands.',
    kernelReference: `${CORE}:mn_hlist_invalidate_range_start, c2655835fd8c (5.12)`,
    asked: (p) => oom(p) && p.core === 'unwinds',
    claims: ['balance', 'memory', 'coherence', 'progress', 'deadlock'],
  },
  {
    id: 'retries-after-invalidation',
    rule: 'A page that was looked up before an invalidation is not mapped after it.',
    kernelReference: 'Documentation/mm/hmm.rst; arch/x86/kvm/mmu/mmu.c: mmu_notifier_retry()',
    asked: (p) => own(p) && p.core === 'leaves',
    claims: ['memory', 'coherence'],
    but: LOOKED_AT,
  },
  {
    id: 'waits-for-readers',
    rule: 'What is looked at under SRCU stays until whoever looks at it is through.',
    kernelReference:
      'virt/kvm/kvm_main.c:install_new_memslots, synchronize_srcu_expedited(); Documentation/RCU/checklist.rst',
    asked: own,
    claims: ['memory'],
    words: LOOKED_AT,
  },
  {
    id: 'no-stale-mapping',
    rule: 'When start has said yes, the device maps nothing of the range.',
    kernelReference: `${HEADER}: invalidate_range_start()`,
    asked: (p) => p.watched === true,
    claims: ['coherence'],
    words: new RegExp(STILL_MAPPED),
  },
  {
    id: 'set-up-is-mapped',
    rule: 'A device that cannot wait for a page is left mapped by whoever sets it up, or standing still.',
    kernelReference:
      'drivers/gpu/drm/amd/amdgpu/amdgpu_amdkfd_gpuvm.c:amdgpu_amdkfd_gpuvm_map_memory_to_gpu (f95f51a4c335, 6.2)',
    asked: (p) => p.watched === true && SET_UP.includes(p.scenario),
    of: ({ stopped = [], activities }) =>
      stopped.length > 0 && activities.register?.populates === true,
    claims: ['coherence'],
    words: new RegExp(LEFT_OUT),
  },
  {
    id: 'runs-again',
    rule: 'What an invalidation stops can always run again.',
    kernelReference:
      'drivers/gpu/drm/amd/amdgpu/amdgpu_amdkfd_gpuvm.c:amdgpu_amdkfd_restore_userptr_worker; amdgpu_amdkfd.c:kgd2kfd_resume_mm',
    asked: own,
    of: ({ stopped = [] }) => stopped.length > 0,
    claims: ['progress'],
    words: RUNS_AGAIN,
  },
  {
    id: 'context',
    rule: 'Nothing sleeps where it may not, and no lock is given back that is not held.',
    kernelReference: `${CORE}: non_block_start() around start (ba170f76b69d, 5.4)`,
    asked: () => true,
    claims: ['context'],
  },
  {
    id: 'finishes',
    rule: 'Nobody gets stuck: not the section, not the device, not who waits for it.',
    kernelReference: 'kernel/hung_task.c; mm/oom_kill.c:oom_reap_task, which must come to its end',
    asked: (p) => own(p) && p.core === 'leaves' && !RECLAIM.includes(p.scenario),
    claims: ['progress', 'deadlock', 'oom'],
    but: RUNS_AGAIN,
  },
  {
    id: 'survives-its-own-reclaim',
    rule: 'An allocation of the driver may reclaim the very pages that it is pinning.',
    kernelReference: 'mm/vmscan.c:shrink_page_list; Documentation/core-api/pin_user_pages.rst',
    asked: (p) => RECLAIM.includes(p.scenario),
    claims: ['progress', 'deadlock', 'memory', 'coherence', 'balance'],
  },
  {
    id: 'lock-order',
    rule: 'Locks are taken in one order.',
    kernelReference: 'Documentation/locking/lockdep-design.rst',
    asked: own,
    claims: ['lock-order'],
  },
  {
    id: 'bounds',
    rule: 'No variable leaves the domain that the driver gave it.',
    kernelReference: 'none: the checker explores nothing beyond a domain',
    asked: own,
    claims: ['bound'],
  },
]

export interface Broken {
  readonly claim: ClaimId
  readonly message: string
  readonly token?: string
}

/** Whether it is about what is broken with these words. */
export const says = ({ words, but }: CellRule, message: string): boolean =>
  (!words || words.test(message)) && !but?.test(message)

/** What the rule finds in a cell. */
export function look(rule: CellRule, report: CellReport): Broken[] {
  return rule.claims.flatMap((claim): Broken[] => {
    const { verdict, message = claim } = report.result.claims[claim]
    if (verdict !== 'violated') return []
    if (!says(rule, message)) return []
    const token = report.tokens.get(claim)
    return [{ claim, message, ...(token !== undefined && { token }) }]
  })
}
