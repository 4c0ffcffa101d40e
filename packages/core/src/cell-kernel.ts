/** The kernel of a cell: the mm in the bounds of the scenario, and the procedures that the policy provides for it. */
import { type Allocator, call, type Gfp, procedure, srcu, variable } from '@mmulab/model'
import type { Intervals } from './interval.ts'
import type { Kernel, NotifierProcedures, Subscription } from './kernel.ts'
import { createMm, type Mm } from './mm.ts'
import type { MmPart } from './mm-parts.ts'
import type { Policy } from './policy.ts'
import { NOTIFIER_MAP } from './range.ts'
import { shrinkPageListProcedure } from './reclaim.ts'
import type { Bounds } from './scenario.ts'

/** What drivers add to once they are made: procedures look it up when they run. */
export interface CellKernel {
  readonly kernel: Kernel
  readonly subscriptions: Subscription[]
  intervals: Intervals | undefined
}

export function createCellKernel(
  policy: Policy,
  bounds: Bounds,
  holders: number,
  uses: readonly MmPart[],
): CellKernel {
  const subscriptions: Subscription[] = []
  const parts = uses.filter((part) => part !== 'vma-locks' || policy.facts.vmaLocks)
  const mm: Mm = {
    ...createMm({ ...bounds, holders, openSections: bounds.sections, parts }),
    get secondaryTlbs() {
      return subscriptions.flatMap(({ ops }) => ops.invalidateRange ?? [])
    },
  }
  // Direct reclaim runs the policy's own procedures, which are made below; the allocator finds them when it is used.
  const allocator: Allocator = {
    shortages: bounds.shortages
      ? variable('shortages', { max: bounds.shortages, init: bounds.shortages })
      : undefined,
    directReclaim: procedure(
      'try_to_free_pages',
      'mm/vmscan.c:try_to_free_pages',
      function* (gfp: Gfp) {
        yield* call(shrink, gfp)
      },
    ),
    reclaimMap: policy.facts.notifierMap === 'fs_reclaim' ? NOTIFIER_MAP : undefined,
  }
  const srcuDomain = srcu('srcu', 2)
  let emptied: Kernel | undefined
  const kernelOf = (list: readonly Subscription[]): Kernel => {
    const kernel: Kernel = {
      mm,
      subscriptions: list,
      get intervals(): Intervals | undefined {
        return own.intervals
      },
      srcu: srcuDomain,
      allocator,
      facts: policy.facts,
      reapAttempts: bounds.reapAttempts,
      get procs(): NotifierProcedures {
        return procs
      },
      get emptied(): Kernel {
        emptied ??= kernelOf([])
        return emptied
      },
    }
    const procs = policy.procedures(kernel)
    return kernel
  }
  const kernel = kernelOf(subscriptions)
  const own: CellKernel = { kernel, subscriptions, intervals: undefined }
  const shrink = shrinkPageListProcedure(kernel)
  return own
}
