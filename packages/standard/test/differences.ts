/** Every behaviour of mainline and every patch beside its neighbour: a cell in which the two differ, and how. */
import type { ClaimId } from '@mmulab/model'

interface Cells {
  readonly of: string
  /** What it differs from: the behaviour before it, or the base of the patch. */
  readonly from: string
  readonly drivers: string
  readonly scenario: string
  readonly size?: 'small' | 'large'
}

/** `[from, of]` each. */
export type Difference = Cells &
  (
    | { readonly verdicts: readonly [readonly ClaimId[], readonly ClaimId[]] }
    /** Fewest and most pages reaped over all schedules. */
    | { readonly reaped: readonly [readonly [number, number], readonly [number, number]] }
    /** What one task calls when it runs alone, cut down to these words. */
    | {
        readonly task: string
        readonly words: readonly string[]
        readonly order: readonly [readonly string[], readonly string[]]
      }
    /** What is said of one broken promise. */
    | { readonly claim: ClaimId; readonly says: readonly [string, string] }
    /** What the one refuses to run at all. */
    | { readonly refuses: readonly [string | undefined, string | undefined] }
  )

const next = (
  from: string,
  of: string,
  drivers: string,
  scenario: string,
): Pick<Cells, 'of' | 'from' | 'drivers' | 'scenario'> => ({
  from: `mainline@${from}`,
  of: `mainline@${of}`,
  drivers,
  scenario,
})

/** A patch on its base. */
const plus = (patch: string, base: string, drivers: string, scenario = 'oom-reap'): Cells => ({
  from: `mainline@${base}`,
  of: `mainline@${base}+${patch}`,
  drivers,
  scenario,
})

const FLUSH = ['ptep_get_and_clear', 'flush secondary TLB']
const UNMAPS = ['mmu_notifier_count++', 'ptep_clear_flush', 'mmu_notifier_seq++']
const DOWNGRADE = ['downgrade_write', 'mmu_notifier_count++']
const LIST_FIRST = ['mmu_notifier_count++', 'inv_start_range']
const TWO_PASSES = [
  'two-pass: at once',
  'two-pass2: at once',
  'two-pass: start',
  'two-pass2: start',
  'two-pass: finish',
  'two-pass2: finish',
]

const versions: readonly Difference[] = [
  // The reaper tells nobody, or leaves the mm alone.
  { ...next('4.13', '4.14', 'kvm', 'oom-reap'), verdicts: [['memory', 'coherence'], []] },
  {
    ...next('4.13', '4.14', 'kvm', 'oom-reap'),
    reaped: [
      [1, 1],
      [0, 0],
    ],
  },
  // Reclaim says in a section what it told after the fact, to those who listened: i915 did not, gntdev sleeps.
  { ...next('4.12', '4.14', 'i915-userptr@4.19', 'reclaim'), verdicts: [['coherence'], []] },
  { ...next('4.12', '4.14', 'gntdev', 'reclaim'), verdicts: [['context'], []] },
  {
    ...next('4.12', '4.14', 'kvm', 'reclaim'),
    task: 'kswapd0',
    words: UNMAPS,
    order: [['ptep_clear_flush', 'mmu_notifier_seq++'], UNMAPS],
  },
  // Notifiers that do not block are told.
  {
    ...next('4.15', '4.16', 'kvm', 'oom-reap'),
    reaped: [
      [0, 0],
      [1, 1],
    ],
  },
  // Beside one that may block there is something to reap, and something to lose.
  {
    ...next('4.18', '4.19', 'kvm+i915-userptr', 'oom-reap'),
    reaped: [
      [0, 0],
      [0, 1],
    ],
  },
  {
    ...next('4.18', '4.19', 'kvm+i915-userptr', 'oom-reap'),
    verdicts: [[], ['balance', 'progress']],
  },
  // munmap gives up the write lock before it starts.
  {
    ...next('4.19', '5.0', 'kvm', 'munmap'),
    task: 'munmap',
    words: DOWNGRADE,
    order: [DOWNGRADE.slice(1), DOWNGRADE],
  },
  // The core complains about a blockable start that refuses.
  { ...next('5.3', '5.4', 'refuser', 'dontneed'), verdicts: [[], ['warn']] },
  // Lockdep hears of sections in reclaim.
  { ...next('5.3', '5.4', 'allocates-kernel', 'dontneed'), verdicts: [[], ['lock-order']] },
  // There are interval notifiers.
  {
    ...next('5.4', '5.5', 'test-hmm', 'dontneed'),
    refuses: ['has an interval notifier', undefined],
  },
  // GFP_NOFS is no excuse any more.
  { ...next('5.10', '5.11', 'allocates-nofs', 'dontneed'), verdicts: [[], ['lock-order']] },
  // Who began hears that it is over.
  {
    ...next('5.11', '5.12', 'kvm+i915-userptr', 'oom-reap'),
    verdicts: [['balance', 'progress'], []],
  },
  // range_end leaves secondary TLBs alone; start and end exclude them.
  {
    ...next('6.5', '6.6', 'sva', 'dontneed'),
    task: 'madvise0',
    words: FLUSH,
    order: [[...FLUSH, ...FLUSH.slice(1)], FLUSH],
  },
  { ...next('6.5', '6.6', 'both', 'dontneed'), refuses: [undefined, '-EINVAL'] },
  // All interval notifiers start before any of them finishes.
  {
    ...next('7.1', '7.2', 'two-pass+two-pass', 'dontneed'),
    task: 'madvise0',
    words: TWO_PASSES,
    order: [TWO_PASSES.slice(0, 2), TWO_PASSES.slice(2)],
  },
  // The reaper begins at the top, and says CLEAR.
  {
    ...next('7.1', '7.2', 'kvm', 'oom-reap'),
    size: 'large',
    task: 'oom_reaper',
    words: ['ptep_get_and_clear(pte[0])', 'ptep_get_and_clear(pte[1])'],
    order: [
      ['ptep_get_and_clear(pte[0])', 'ptep_get_and_clear(pte[1])'],
      ['ptep_get_and_clear(pte[1])', 'ptep_get_and_clear(pte[0])'],
    ],
  },
  { ...next('7.1', '7.2', 'unmap-only', 'oom-reap'), verdicts: [[], ['coherence']] },
]

const LOST_END: readonly [ClaimId[], ClaimId[]] = [['balance', 'progress'], []]

const patches: readonly Difference[] = [
  { ...plus('unwind-on-fail', '5.4', 'kvm+i915-userptr'), verdicts: LOST_END },
  { ...plus('end-for-all', '5.3', 'kvm+i915-userptr'), verdicts: LOST_END },
  { ...plus('undo-by-address', '5.3', 'kvm+i915-userptr'), verdicts: LOST_END },
  {
    ...plus('refuse-several', '5.3', 'kvm+kvm'),
    reaped: [
      [1, 1],
      [0, 0],
    ],
  },
  { ...plus('reaper-ends', '5.11', 'kvm+i915-userptr'), verdicts: LOST_END },
  { ...plus('unwind-intervals', '5.12', 'test-hmm+i915-userptr'), verdicts: LOST_END },
  // Who stands behind the refuser is left alone.
  { ...plus('stop-at-refusal', '5.4', 'kvm+i915-userptr'), verdicts: LOST_END },
  { ...plus('stop-and-unwind', '5.4', 'i915-userptr+kvm'), verdicts: LOST_END },
  {
    ...plus('list-first', '5.5', 'test-hmm+kvm', 'dontneed'),
    task: 'madvise0',
    words: LIST_FIRST,
    order: [[...LIST_FIRST].reverse(), LIST_FIRST],
  },
  { ...plus('caller-ends', '5.11', 'kvm+i915-userptr'), verdicts: LOST_END },
  {
    ...plus('mayfail', '5.8', 'i915-userptr', 'pin-reclaim'),
    // The wait for the request is gone, the one for obj->mm.lock is not.
    verdicts: [
      ['deadlock', 'progress'],
      ['coherence', 'deadlock', 'progress'],
    ],
  },
  {
    ...plus('pincheck', '5.8', 'i915-userptr', 'pin-reclaim'),
    verdicts: [['deadlock', 'progress'], []],
  },
  {
    ...plus('vma-start-range', '5.0', 'kvm', 'reclaim'),
    size: 'large',
    verdicts: [[], ['memory', 'coherence']],
  },
  {
    // It is unmapped, or found to be mlocked and kept.
    ...plus('unevict', '5.8', 'unmap-only', 'reclaim'),
    task: 'kswapd0',
    words: ['is page1 mlocked?', 'ptep_clear_flush'],
    order: [['ptep_clear_flush'], ['is page1 mlocked?']],
  },
  { ...plus('preempt-rt', '6.6', 'kvm'), verdicts: [[], ['context']] },
  { ...plus('rt-locks-in-non-block', '6.6+preempt-rt', 'kvm'), verdicts: [['context'], []] },
  {
    ...plus('raw-mn-lock', '6.6+preempt-rt', 'kvm'),
    claim: 'context',
    says: ['kvm.mn_invalidate_lock) sleeps', 'kvm.gpc.lock) sleeps'],
  },
  // It waits for the section in which it stands, and nothing is ever reaped.
  {
    ...plus('unregister-at-oom', '6.6', 'kvm'),
    verdicts: [[], ['context', 'deadlock', 'progress', 'oom']],
  },
  // Nobody complains of locks that nobody takes, and the guest keeps what is freed.
  {
    ...plus('detach-at-oom', '6.6+preempt-rt', 'kvm'),
    verdicts: [['context'], ['memory', 'coherence']],
  },
  {
    ...plus('skip-while-reaping', '6.6+preempt-rt', 'kvm'),
    verdicts: [['context'], ['memory', 'coherence']],
  },
  {
    ...plus('defer-invalidation', '6.6+preempt-rt', 'kvm'),
    verdicts: [['context'], ['memory', 'coherence']],
  },
  {
    ...plus('interval', '5.8', 'i915-userptr', 'pin-reclaim'),
    verdicts: [['deadlock', 'progress'], []],
  },
  // What it refused is reaped.
  {
    ...plus('noblock', '6.6', 'i915-userptr'),
    reaped: [
      [0, 0],
      [1, 1],
    ],
  },
  {
    ...plus('mayfail-intervals', '5.8+mayfail', 'mayfail-refuser', 'reclaim'),
    verdicts: [['warn'], []],
  },
  { ...plus('int-void-split', '5.4', 'refuser', 'dontneed'), verdicts: [['warn'], []] },
  { ...plus('dept-map', '6.6', 'rdma-odp@5.3', 'munmap'), verdicts: [['lock-order'], []] },
]

export const differences: readonly Difference[] = [...versions, ...patches]
