/**
 * Where the table differs from what was expected, and why. Each entry speaks of some drivers, of promises and of kernels; one that
 * explains nothing is as wrong as a difference that none explains.
 */
import { nameOf } from '@mmulab/core'
import type { ClaimId } from '@mmulab/model'
import type { Kind, Reason } from './expected.ts'
import type { Difference, Pair } from './table.ts'

export interface Explanation extends Reason {
  /** One of the two is one of these. */
  readonly drivers: readonly string[]
  /** And the other one of these; anybody, where nothing is said. Where the pair is expected to break anyway nothing is left to explain. */
  readonly beside?: readonly string[]
  readonly kinds: readonly Kind[]
  readonly claims: readonly ClaimId[]
  /** `breaks` where it was expected to hold; `holds` where it was expected to break. */
  readonly got?: Difference['got']
}

const BOTH: readonly Kind[] = ['oom', 'blockable']
const OOM: readonly Kind[] = ['oom']
const COHERENT: readonly ClaimId[] = ['memory', 'coherence']

export const EXPLANATIONS: readonly Explanation[] = [
  {
    id: 'hmm-invalidates-late',
    why: 'known bug',
    number: 15,
    text: 'HMM tells its device at the end of a section, when pages may have been freed',
    source: 'ec131b2d7fa6 (4.20) moved it to the start',
    drivers: ['hmm-mirror@4.19'],
    kinds: BOTH,
    claims: ['memory'],
  },
  {
    id: 'hmm-sleeps',
    why: 'known bug',
    number: 16,
    text: 'HMM takes a rwsem, and in end a mutex, where it may not block',
    source: 'mm/hmm.c, 4.19 to 5.2; a trylock in start (5.1), a spinlock in end (5.3)',
    drivers: ['hmm-mirror@4.19', 'hmm-mirror@4.20', 'hmm-mirror@5.2'],
    kinds: OOM,
    claims: ['context'],
  },
  {
    id: 'hmm-tells-once',
    why: 'finding',
    text: 'a range that is listed and taken off between start and the page-table entry is never told',
    source: 'HMM 4.20 tells the device once, and too early',
    drivers: ['hmm-mirror@4.20'],
    kinds: BOTH,
    claims: COHERENT,
  },
  {
    id: 'hmm-loses-a-refusal',
    why: 'known bug',
    number: 11,
    text: "a shadowed variable swallows the device's -EAGAIN: the page is freed under the device",
    source: 'mm/hmm.c, 5.1 and 5.2; 5.3 returns it',
    drivers: ['hmm-mirror@5.2'],
    kinds: OOM,
    claims: COHERENT,
  },
  {
    id: 'hmm-mark-without-number',
    why: 'finding',
    text: 'a whole section fits between the two looks at the mark: a stale page is installed',
    source: "HMM's mark has no sequence number",
    drivers: ['hmm-mirror@5.2', 'hmm-mirror@5.3'],
    kinds: BOTH,
    claims: COHERENT,
  },
  {
    id: 'amdgpu-sleeps',
    why: 'known bug',
    number: 17,
    text: 'amdgpu tries a mutex where it may not block, and waits for the rwsem behind it',
    source: 'amdgpu_mn.c, 4.19 to 5.1',
    drivers: ['amdgpu@4.19'],
    kinds: OOM,
    claims: ['context'],
  },
  {
    id: 'amdgpu-page-of-before',
    why: 'finding',
    text: 'a submission takes the number of now and the page of before',
    source: 'amdgpu 4.19 takes the page of before for the page of now',
    drivers: ['amdgpu@4.19'],
    kinds: BOTH,
    claims: ['coherence'],
  },
  {
    id: 'amdgpu-has-begun-nothing',
    why: 'finding',
    text: 'while the lock of HMM is taken a BO of amdgpu is mapped in these scenarios: it refuses as well, and has begun nothing',
    source: 'The table of pairs',
    drivers: ['amdgpu@4.19'],
    beside: ['hmm-mirror@4.20'],
    kinds: OOM,
    claims: ['balance'],
    got: 'holds',
  },
  {
    id: 'odp-counts-what-it-refuses',
    why: 'known bug',
    number: 7,
    text: 'ODP counts a start before it refuses it: later umems never get counters of their own',
    source:
      'drivers/infiniband/core/umem_odp.c, 4.19; ca748c39ea3f (4.20) does without that counter',
    drivers: ['rdma-odp@4.19'],
    beside: ['hfi1@4.17', 'hmm-mirror@4.19', 'iommu-sva@5.9', 'scif@4.17'],
    kinds: OOM,
    claims: ['balance'],
  },
  {
    id: 'odp-end-sleeps',
    why: 'finding',
    text: 'a start that had nothing to do is followed by an end that finds a umem, and sleeps',
    source: 'ODP 4.19 sleeps where it may not block',
    drivers: ['rdma-odp@4.19'],
    kinds: OOM,
    claims: ['context'],
  },
  {
    id: 'radeon-binds-unchecked',
    why: 'finding',
    text: 'radeon binds the pages that it has looked up without another look',
    source: 'radeon allocates with its object reserved, and its notifier reserves it',
    drivers: ['radeon@4.19', 'radeon@5.5'],
    kinds: BOTH,
    claims: ['coherence'],
  },
  {
    id: 'radeon-reserves',
    why: 'finding',
    text: 'radeon allocates with its object reserved, which its notifier reserves too',
    source: 'radeon allocates with its object reserved, and its notifier reserves it',
    drivers: ['radeon@4.19', 'radeon@5.5'],
    kinds: BOTH,
    claims: ['lock-order', 'context'],
  },
  {
    id: 'odp-forgotten-unlock',
    why: 'known bug',
    number: 8,
    text: 'ODP refuses with its lock held for read, and one driver suffices',
    source:
      'ca748c39ea3f (4.20); RDMA/odp: Fix missed unlock in non-blocking invalidate_start (5.3)',
    drivers: ['rdma-odp@4.20'],
    beside: ['hfi1@4.17', 'iommu-sva@5.9', 'scif@4.17'],
    kinds: OOM,
    claims: ['balance'],
  },
  {
    id: 'hmm-keeps-its-count',
    why: 'known bug',
    number: 10,
    text: 'HMM refuses for a lock and keeps its count: no range becomes valid again',
    source: 'mm/hmm.c, 5.1 and 5.2; 5.3 undoes the count',
    drivers: ['hmm-mirror@5.2'],
    beside: ['hfi1@4.17', 'iommu-sva@5.9', 'scif@4.17'],
    kinds: OOM,
    claims: ['balance', 'progress'],
  },
  {
    id: 'odp-section-in-section',
    why: 'known bug',
    number: 9,
    text: 'the lock that is held from start to end is under the map of lockdep: a second section behind a writer waits for itself',
    source: 'ca748c39ea3f (4.20) to 5.4; interval notifiers in 5.5',
    drivers: ['rdma-odp@4.20', 'rdma-odp@5.3'],
    kinds: BOTH,
    claims: ['lock-order'],
  },
  {
    id: 'tree-not-told',
    why: 'finding',
    text: 'the interval that refuses before the list is asked comes into the tree later, and then the tree is never told',
    source: 'Intervals beside a list notifier that refuses: the tree is never told (5.5 to 7.3)',
    drivers: ['i915-userptr@5.x', 'nouveau-svm@5.7'],
    beside: [
      'amdgpu@5.5',
      'amdkfd@5.5',
      'amdkfd@6.2',
      'drm-gpusvm@6.15',
      'i915-userptr@5.13',
      'rdma-odp@5.5',
      'xe@6.12',
      'xe@7.2',
    ],
    kinds: OOM,
    claims: ['balance', 'progress'],
    got: 'breaks',
  },
  {
    id: 'mshv-warns-where-it-may-refuse',
    why: 'finding',
    text: 'the notifier WARNs when its mutex is taken where it may not block, which it may well be',
    source: 'drivers/hv/mshv_regions.c: every way out of the notifier that answers no WARNs',
    drivers: ['mshv@6.19'],
    kinds: OOM,
    claims: ['warn'],
    got: 'breaks',
  },
]

/** Every reason for one difference. */
export function explain(
  { kind, drivers }: Pair,
  { claim, got }: Difference,
  explanations: readonly Explanation[] = EXPLANATIONS,
): Explanation[] {
  const names = drivers.map(nameOf)
  return explanations.filter(
    (e) =>
      e.kinds.includes(kind) &&
      e.claims.includes(claim) &&
      (e.got ?? 'breaks') === got &&
      names.some(
        (n, i) =>
          e.drivers.includes(n) &&
          (e.beside === undefined || names.some((o, j) => j !== i && e.beside?.includes(o))),
      ),
  )
}

/** What there is to say of one row: every row has one of these. */
export interface Answer {
  readonly standing: 'as expected' | 'explained' | 'never shipped' | 'unexplained' | 'unfinished'
  /** Why promises are broken, or are not, as far as that needs one. */
  readonly reasons: readonly Reason[]
}

export function answerOf(pair: Pair, explanations: readonly Explanation[] = EXPLANATIONS): Answer {
  const { expected, broken, differs, neverShipped, unfinished } = pair
  const found = differs.map((d) => explain(pair, d, explanations))
  const asExpected = broken.size > 0 && expected.reason ? [expected.reason] : []
  const reasons = [...new Set([...asExpected, ...found.flat()])]
  if (neverShipped.length > 0) return { standing: 'never shipped', reasons }
  if (found.some((f) => f.length === 0)) return { standing: 'unexplained', reasons }
  if (unfinished.length > 0) return { standing: 'unfinished', reasons }
  return { standing: differs.length > 0 ? 'explained' : 'as expected', reasons }
}

export interface Judged {
  /** Differences that nothing explains, in pairs that shipped. */
  readonly unexplained: readonly { readonly pair: Pair; readonly difference: Difference }[]
  /** Explanations of nothing. */
  readonly stale: readonly Explanation[]
}

/** A pairing that never shipped explains whatever is odd about it. An explanation can be stale only if its drivers were asked. */
export function judgePairs(
  pairs: readonly Pair[],
  explanations: readonly Explanation[] = EXPLANATIONS,
): Judged {
  const shipped = pairs.filter((p) => p.neverShipped.length === 0)
  const used = new Set<Explanation>()
  const unexplained = shipped.flatMap((pair) =>
    pair.differs.flatMap((difference) => {
      const why = explain(pair, difference, explanations)
      for (const e of why) used.add(e)
      return why.length === 0 ? [{ pair, difference }] : []
    }),
  )
  const asked = (e: Explanation): boolean =>
    shipped.some(({ drivers, kind }) => {
      const [a = '', b = ''] = drivers.map(nameOf)
      const meets = (x: string, y: string): boolean =>
        e.drivers.includes(x) && (e.beside === undefined || e.beside.includes(y))
      return e.kinds.includes(kind) && (meets(a, b) || meets(b, a))
    })
  return {
    unexplained,
    stale: explanations.filter((e) => !used.has(e) && asked(e)),
  }
}
